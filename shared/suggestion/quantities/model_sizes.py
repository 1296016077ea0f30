"""How large a model is, how many bits each of its weights takes, and whether it is trained or only run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from shared.catalog.files import document
from shared.domain.suggestion import Keyword
from shared.suggestion.quantities.figures import Figure as Said
from shared.suggestion.quantities.figures import free, meant, number
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

Training = Literal["full", "adapters"]

_PARAMETERS = r"(?:param(?:eter|etre|etro|eters|etros|etres)?s?|parametern?|weights|参数|參數|パラメータ|पैरामीटर)"
_BILLIONS = Pattern(
    rf"(?<![\w.,$€£])(?:(?P<experts>\d{{1,3}})\s?x\s?)?(?P<n>{NUMBER})[\s-]?(?P<unit>b|bn|billion|billones|"
    rf"milliards?|milliarden?|mil millones|bilhoes)"
    rf"(?P<p>[\s-]*(?:of |de |d'|von )?{_PARAMETERS})?(?![\w])|"
    rf"(?<![\w.,])(?P<m>{NUMBER})[\s-]?(?:m|mio|million)?[\s-]*(?:of |de |d'|von )?(?:{_PARAMETERS})(?!\w)|"
    rf"(?<![\w.,])(?P<m2>{NUMBER})m[\s-]+(?:model|llm|transformer)|"
    rf"(?<![\w.,])(?P<yi>{NUMBER})\s*(?:个)?参数"
)
_NOT_PARAMETERS = Pattern(
    r"^\s*(?:rows?|records?|users?|requests?|events?|messages?|documents?|tokens?|entries|dollars?|usd|people|keys|"
    r"vectors?|visits?|queries|points|items|files)\b"
)
_MIXTURES = {
    (8, Decimal(7)): Decimal("46.7"),
    (8, Decimal(22)): Decimal(141),
}  # attention is shared: see model_sizes.json
_ABOUT_MODELS = Pattern(
    r"\b(?:llms?|language models?|models?|modelos?|modeles?|modelle?|llama|mistral|mixtral|qwen|gemma|phi|deepseek|"
    r"falcon|bert|gpt|quanti[sz]\w*|loras?|qloras?|"
    r"fine-?tun\w*|inference|infer|vllm|ollama|transformers?|weights|gguf)\b|模型|モデル|मॉडल"
)
_BITS = (
    (32, Pattern(r"\b(?:fp32|float32|32[\s-]?bit (?:precision|weights|float)|full precision)\b")),
    (16, Pattern(r"\b(?:fp16|bf16|float16|bfloat16|half precision|16[\s-]?bit(?:s)?(?! (?:os|windows|color)))\b")),
    (4, Pattern(
        r"\b(?:4[\s-]?bits?|int4|fp4|nf4|q4(?:_\w+)*|gguf|gptq|awq|qlora|quanti[sz]ed|quantizado|quantise|"
        r"quantisiert|4 bits)\b|量化|量子化"
    )),
    (8, Pattern(r"\b(?:8[\s-]?bits?|int8|fp8|q8(?:_\w+)*)\b")),
    (5, Pattern(r"\bq5(?:_\w+)*\b")),
    (6, Pattern(r"\bq6(?:_\w+)*\b")),
)  # fmt: skip
_FULLY = Pattern(
    r"\b(?:full(?:y|[ -]parameter)?[ -](?:fine[ -]?tun\w*|param\w* (?:fine[ -]?)?tun\w*)|pre-?train\w*|pre "
    r"train\w*|train\w* (?:\w+ ){0,4}?from scratch|from scratch train\w*|"
    r"entrenar (?:\w+ ){0,4}?desde cero|entrainer (?:\w+ ){0,4}?(?:de zero|a partir de zero)|"
    r"von grund auf "
    r"trainier\w*|treinar (?:\w+ ){0,4}?do zero)\b|"
    r"从头训练|从零训练|预训练|全参数?微调|全量微调|フルパラメータ|全パラメータ|事前学習|フルファインチューニング"
)
_EVERY_WEIGHT = Pattern(  # full, where it is training that is spoken of
    r"\b(?:all|every|each)(?: of)?(?: the| its)? (?:weights?|param\w*|layers?)\b|"
    r"\b(?:full|whole|entire|complete)[ -]?(?:model|weights?|param\w*)[ -](?:\w+ )?(?:fine[ -]?tun|train)|"
    r"\b(?:without|no|not|sin|sans|ohne|sem|instead of) (?:using |any )?(?:q?lora|peft|adapters?)\b|"
    r"\bunfreez\w+ (?:every|all|the whole)|"
    r"\b(?:fine[ -]?tuning|ajuste fino|afinado|reglage fin) (?:complet|integral|total)|"
    r"\bvollstandig\w* (?:fine[ -]?tun|feinabstimm)|"
    r"\b(?:todos los|tous les|todos os|alle) (?:pesos|parametr\w+|poids|gewichte)\b",
)
_TUNED = Pattern(r"tun(?:e|ing|ed)|train|updat|entren|afin|ajust|affin|feinabstimm|trein|微调|学習|训练")
_ADAPTED = Pattern(
    r"\b(?:fine[\s-]?tun\w*|q?loras?|peft|adapters? (?:train|tun)\w*|instruction[ -]tun\w*|afinar|ajuste fino|"
    r"ajustar finamente|affiner|reglage fin|feinabstimm\w*|"
    r"feintun\w*|finetun\w*|ajustar (?:um|un) modelo)\b|微调|微調整|ファインチューニング|फाइन[- ]?(?:ट्यून|ट्यूनिंग)"
)
_TRAINED = Pattern(r"\b(?:train(?:ing)?|entrenar|entrainer|trainieren|treinar)\b|训练|学習させ")
_FULL_UP_TO = 3  # billions: what is said only to be trained is trained wholly up to here, larger ones by adapters


@dataclass(frozen=True, slots=True)
class ModelSize:
    """Billions of parameters that are resident; bits of one, None where not said."""

    billions: Decimal | None = None
    bits: int | None = None
    training: Training | None = None
    keywords: tuple[Keyword, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()


def model_size(plain: Plain, taken: Sequence[tuple[int, int]]) -> ModelSize:
    """A stated size, else that of a model known by its name. Adapters are what fine-tuning means, unless the whole
    model is said to be trained."""
    text = plain.text
    sized = _stated(plain, taken) or _named(plain)
    if sized.billions is None and not _ABOUT_MODELS.search(text):
        return sized
    training = _training(text, sized.billions)
    adapted = training == "adapters" and not _ADAPTED.search(text)
    notes = (*sized.notes, "The training is taken to be of adapters, not of every weight.") if adapted else sized.notes
    bits = next((bits for bits, said in _BITS if said.search(text)), None)
    return ModelSize(sized.billions, bits, training, sized.keywords, sized.spans, notes)


def _stated(plain: Plain, taken: Sequence[tuple[int, int]]) -> ModelSize | None:
    """The largest size stated: it is what has to fit."""
    found: list[tuple[Decimal, re.Match[str]]] = []
    for hit in _BILLIONS.finditer(plain.text):
        figure = Said(number("1"), "", hit.start(), hit.end())
        if not free(figure, taken) or _NOT_PARAMETERS.match(plain.text[hit.end() : hit.end() + 16]):
            continue
        billions = _billions(hit)
        if billions is not None and not meant(plain.text, figure, hit.start(), hit.end()).negated:
            found.append((billions, hit))
    if not found:
        return None
    billions, hit = max(found, key=lambda each: each[0])
    key = plain.keyword(hit.start(), hit.end(), "model size")
    notes: tuple[str, ...] = ()
    if hit["experts"]:
        notes = (f"“{key.text}”: all experts are resident, {billions.normalize():f} billion parameters.",)
    return ModelSize(billions, keywords=(key,), spans=tuple(each.span() for _, each in found), notes=notes)


def _billions(hit: re.Match[str]) -> Decimal | None:
    """None where it is a count of something else: no model has so many or so few."""
    if hit["n"]:
        each = number(hit["n"])
        if hit["experts"]:
            experts = int(hit["experts"])
            return _MIXTURES.get((experts, each), each * experts)
        return each if 0 < each <= 2000 else None
    if hit["yi"]:
        return Decimal(hit["yi"]) / 10**9
    millions = Decimal(hit["m"] or hit["m2"])
    billions = millions / 10**9 if millions >= 10**6 else millions / 1000
    return billions if Decimal("0.001") <= billions <= 2000 and ("m" in hit[0] or millions >= 10**6) else None


def _named(plain: Plain) -> ModelSize:
    known, pattern = _models()
    for hit in pattern.finditer(plain.text):
        billions = known[re.sub(r"[\s_-]+", " ", hit["name"])]
        if meant(plain.text, Said(billions, "", hit.start(), hit.end()), hit.start(), hit.end()).negated:
            continue
        key = plain.keyword(hit.start(), hit.end(), "model size")
        note = f"“{key.text}” is taken as the model of {billions.normalize():f} billion parameters."
        return ModelSize(billions, keywords=(key,), notes=(note,))
    return ModelSize()


@cache
def _models() -> tuple[Mapping[str, Decimal], Pattern]:
    """Sizes by name, hyphens as spaces, and what finds the names, the longest first."""
    known = {
        re.sub(r"[\s_-]+", " ", name): Decimal(size) for name, (size, _) in document("model_sizes")["models"].items()
    }
    names = "|".join(re.escape(name).replace(r"\ ", r"[\s_-]?") for name in sorted(known, key=len, reverse=True))
    spaced = dict(known) | {name.replace(" ", ""): size for name, size in known.items()}
    stems = sorted({name.split()[0] for name in known})
    return spaced, Pattern(rf"(?<![\w.-])(?P<name>{names})(?![\w]|\.\d|\.cpp)", " ".join(stems))


def _training(text: str, billions: Decimal | None) -> Training | None:
    if _FULLY.search(text) or (_EVERY_WEIGHT.search(text) and _TUNED.search(text)):
        return "full"
    if _ADAPTED.search(text):
        return "adapters"
    if billions is not None and _TRAINED.search(text):
        return "full" if billions <= _FULL_UP_TO else "adapters"
    return None
