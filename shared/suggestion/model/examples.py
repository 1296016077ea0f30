"""From what was approved to what the model should have answered: examples to train on and to judge by.

An example asks exactly what the model is asked in use (`model_context.question`) and answers in its schema. The answer
is what the rules read, corrected by what the person approved, as far as the words of the request bear it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Literal

from shared.catalog.machines import machine_type
from shared.catalog.workloads import workloads
from shared.domain.learning import Approved, Split
from shared.domain.spec import Spec
from shared.suggestion.analyse import analyse
from shared.suggestion.model.checks import wrong
from shared.suggestion.model.context import Message, question
from shared.suggestion.model.schema import Evidence, ModelReading, as_answer
from shared.suggestion.model.scrubbing import scrubbed
from shared.suggestion.reading import Reading

LeftOut = Literal[
    "no_consent", "never_up", "setup_failed", "deleted_at_once", "abusive", "injection", "nothing_read", "duplicate"
]
CameOf = Literal["runs", "full_lease", "extended", "ended_early", "ended_otherwise"]

AT_ONCE = timedelta(minutes=10)  # who deletes a machine within it did not want that machine
_PROSE = {"explanation", "intent", "evidence"}
HELD_BACK = 5  # one in so many is kept from training, to judge by

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|rule|prompt|above|previous|schema|limit)s?\b"
    r"|\bsystem prompt\b|\byou are now\b|\bact as (?:an?|the)\b|\bjailbreak\b|\bdeveloper mode\b"
    r"|\bapprove (?:it|this)\b|\bset the price\b|\b(?:reveal|print|repeat) (?:your|the) (?:prompt|instructions)\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Example:
    """`text` is the request without personal data; `edited` names the fields of the specification that the person
    changed, `came_of` what became of the machine. `digest` changes with the question or the answer."""

    text: str
    question: tuple[Message, ...]
    answer: ModelReading
    edited: tuple[str, ...]
    came_of: CameOf
    reading: Reading
    split: Split
    digest: str

    def line(self) -> str:
        """One line of OpenAI's chat fine-tuning format."""
        told = {"role": "assistant", "content": self.answer.model_dump_json()}
        return json.dumps({"messages": [*self.question, told]}, ensure_ascii=False)


def examples(approvals: Iterable[Approved]) -> Iterator[Example | LeftOut]:
    """What each approval teaches, or why nothing. Of several with the same words the first given counts, so give the
    newest first."""
    seen: set[str] = set()
    for approved in approvals:
        made = left_out(approved) or example(approved)
        if isinstance(made, Example):
            words = _plain(made.text)
            if words in seen:
                made = "duplicate"
            seen.add(words)
        yield made


def left_out(approved: Approved) -> LeftOut | None:
    """Why nothing should be learned from it, before its words are read."""
    if not approved.consent:
        return "no_consent"
    if approved.state == "FAILED":
        return "never_up"
    if approved.setup == "failed":
        return "setup_failed"
    if approved.reason in ("user", "cancelled") and _lived(approved) < AT_ONCE:
        return "deleted_at_once"
    return "injection" if _ORDERS.search(approved.request) else None


def example(approved: Approved) -> Example | LeftOut:
    """The example, or why there is none."""
    text = scrubbed(approved.request)
    reading = analyse(text, approved.asked_at)
    if reading.refusal is not None:
        return "abusive"
    answer = _answer(text, reading, approved)
    if not answer.workloads or wrong(text, answer, reading):
        return "nothing_read"
    asked = tuple(question(text, reading))
    told = json.dumps([*asked, answer.model_dump(mode="json")], sort_keys=True)
    return Example(
        text=text,
        question=asked,
        answer=answer,
        edited=edited(approved.suggested, approved.approved),
        came_of=_came_of(approved),
        reading=reading,
        split=split(text),
        digest=sha256(told.encode()).hexdigest(),
    )


def edited(suggested: Spec, approved: Spec) -> tuple[str, ...]:
    """The fields of the specification that the person changed before the approval."""
    return tuple(name for name in Spec.model_fields if getattr(suggested, name) != getattr(approved, name))


def split(text: str) -> Split:
    """One in HELD_BACK is kept from training, by a hash of the words alone, whatever their order, case and numbers: so
    near-duplicates are on the same side, and an example never changes sides."""
    alike = " ".join(sorted(set(re.sub(r"\d+", "0", _plain(text)).split())))
    return "train" if int(sha256(alike.encode()).hexdigest()[:8], 16) % HELD_BACK else "held_back"


def agreement(answer: ModelReading, right: ModelReading) -> dict[str, bool]:
    """Field by field, whether an answer is the right one; lists in any order. Prose and evidence are not compared."""
    given, wanted = _comparable(answer), _comparable(right)
    return {name: given[name] == wanted[name] for name in wanted}


def _answer(text: str, reading: Reading, approved: Approved) -> ModelReading:
    """What the rules read, corrected by each thing that was approved otherwise and that the request's words bear: a
    correction that the model's own check objects to cannot be read from them, and teaches nothing."""
    answer = as_answer(reading)
    for correction in _corrections(text, answer, reading, approved):
        corrected = answer.model_copy(update=correction)
        if not wrong(text, corrected, reading):
            answer = corrected
    return answer.model_copy(update={"explanation": _explanation(answer, reading, approved)})


def _corrections(text: str, ours: ModelReading, reading: Reading, approved: Approved) -> Iterator[dict[str, Any]]:
    """Packages that were approved beside those that were read, and without those that the person took away; the length
    and the numbers that they changed, each with the figure in the text as its evidence."""
    suggested, spec = approved.suggested, approved.approved
    taken_away = set(suggested.packages) - set(spec.packages)
    named = dict.fromkeys((*ours.workloads, *(id for id in spec.packages if id in workloads())))
    yield {"workloads": list(named)}
    yield {"workloads": [id for id in named if id not in taken_away]}
    if not ours.intent:
        yield {"intent": scrubbed(approved.intent)}
    if reading.duration is None and spec.duration != suggested.duration and not approved.extended:
        yield {"duration": spec.duration}
    evidence = list(ours.evidence)
    for name, before, after in _numbers(suggested, spec):
        figure = re.search(rf"(?<![\d.,]){after:g}(?![\d.,]*\d)", text)
        if figure and getattr(ours, name) is None and before != after:
            evidence = [*evidence, Evidence(field=name, words=figure[0])]
            yield {name: after, "evidence": evidence}


def _explanation(answer: ModelReading, reading: Reading, approved: Approved) -> str:
    """What the model said itself, where its workloads were approved; else their names, in a sentence if the request is
    in English."""
    if approved.explanation and approved.suggested.packages == approved.approved.packages:
        return scrubbed(approved.explanation)
    known = workloads()
    titles = ", ".join(known[id].title for id in answer.workloads if id in known)
    return f"This needs {titles}." if reading.language == "en" else f"{titles}."


def _numbers(suggested: Spec, approved: Spec) -> Iterator[tuple[str, float, float]]:
    """The numbers that a person may have set: name in the answer, suggested, approved."""
    before, after = machine_type(suggested.machine_type), machine_type(approved.machine_type)
    if before and after:
        yield "vcpus", before.vcpus, after.vcpus
        yield "memory_gib", float(before.memory_gib), float(after.memory_gib)
    yield "disk_gib", suggested.disk_gib, approved.disk_gib


def _lived(approved: Approved) -> timedelta:
    if approved.started_at is None or approved.ended_at is None:
        return timedelta(0)
    return approved.ended_at - approved.started_at


def _came_of(approved: Approved) -> CameOf:
    if approved.extended:
        return "extended"
    if approved.reason == "user":
        return "ended_early"
    if approved.reason == "expired":
        return "full_lease"
    return "ended_otherwise" if approved.ended_at is not None else "runs"


def _plain(text: str) -> str:
    """The words alone: case, width, accents' encoding, punctuation and spacing do not tell two requests apart."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _comparable(answer: ModelReading) -> Mapping[str, Any]:
    return {
        name: frozenset(value) if isinstance(value, list) else value
        for name, value in answer.model_dump(mode="json", exclude=_PROSE).items()
    }
