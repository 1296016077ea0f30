"""The way to a model: any server that speaks OpenAI's chat completions, asked for structured output."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shared.suggestion.model.context import Message
from shared.suggestion.model.schema import ModelReading

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletion

ANSWER_TOKENS = 1500  # at most for one answer; an honest one takes about 300
LONGEST_ANSWER = 20_000  # characters; no honest answer of so many tokens is longer
_TRIES = 2  # of one question, where the server says that it may go better in a moment
_PAUSE = 0.5  # seconds before the second try where the server names none
_PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the model's server counted them."""

    tokens_in: int
    tokens_out: int


NOTHING_USED = Usage(0, 0)


class ModelFailed(Exception):
    """The model gave nothing that can be used; the reason is a sentence that may be shown. `usage` is what was used all
    the same, None where nobody knows."""

    def __init__(self, reason: str, usage: Usage | None = None) -> None:
        super().__init__(reason)
        self.usage = usage


class ModelUnavailable(ModelFailed):
    """Its server did not let it answer, which says nothing of the model. `missing`: it has no model of that name."""

    def __init__(self, reason: str, usage: Usage | None = None, *, missing: bool = False) -> None:
        super().__init__(reason, usage)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model wrote, whole or cut off: text that has yet to be read. `usage` is None where it was not told;
    `stand_in` is the model that answered in the place of the one that was asked."""

    content: str
    usage: Usage | None
    stand_in: str | None = None


class Model(Protocol):
    """Something that completes a chat in the schema of ModelReading."""

    @property
    def name(self) -> str: ...

    def ask(self, messages: Sequence[Message], within: float, stream: bool) -> Generator[str, None, Answer]:
        """Ask, for at most `within` seconds. With `stream` it yields what is written so far, each time there is more.
        Closing the generator ends the call. Raises ModelFailed."""


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """`pause` waits between two tries."""

    api_key: str
    name: str
    base_url: str | None = None
    pause: Callable[[float], None] = time.sleep

    def ask(self, messages: Sequence[Message], within: float, stream: bool) -> Generator[str, None, Answer]:
        """As Model.ask; a server that is busy is asked once more, after the time that it names, if that is soon."""
        until = time.monotonic() + within
        for tries_left in reversed(range(_TRIES)):
            try:
                return (yield from self._once(messages, until, within, stream))
            except _Busy as busy:
                if not tries_left or time.monotonic() + busy.wait >= until:
                    raise ModelUnavailable(str(busy), NOTHING_USED) from busy
                self.pause(busy.wait)
        raise AssertionError("the last try returns or raises")

    def _once(
        self, messages: Sequence[Message], until: float, within: float, stream: bool
    ) -> Generator[str, None, Answer]:
        import openai  # half a second that only requests which use the model pay for

        left = until - time.monotonic()
        client = openai.OpenAI(api_key=self.api_key, base_url=self.base_url or None, timeout=left, max_retries=0)
        question: dict[str, Any] = {
            "model": self.name,
            "messages": list(messages),
            "response_format": ModelReading,
            "max_completion_tokens": ANSWER_TOKENS,
        }
        with client:
            try:
                return (yield from _streamed(client, question, until)) if stream else _whole(client, question)
            except (openai.APITimeoutError, TimeoutError) as error:
                raise ModelUnavailable(f"The model did not answer within {round(within, 1):g} s.") from error
            except openai.APIStatusError as error:
                raise _refused(error) from error
            except openai.APIConnectionError as error:
                raise _Busy("The model's server could not be reached.", _PAUSE) from error
            except openai.OpenAIError as error:
                raise ModelFailed(f"The model's answer could not be read ({type(error).__name__}).") from error


class _Busy(Exception):
    """The server may do better after `wait` seconds."""

    def __init__(self, reason: str, wait: float) -> None:
        super().__init__(reason)
        self.wait = wait


def _refused(error: openai.APIStatusError) -> Exception:
    reason = f"The model's server answered {error.status_code}."
    if error.status_code not in _PASSING:
        return ModelUnavailable(reason, NOTHING_USED, missing=error.status_code == 404)
    named = error.response.headers.get("retry-after", "")
    return _Busy(reason, max(_PAUSE, float(named)) if named.isdecimal() else _PAUSE)


def _whole(client: openai.OpenAI, question: dict[str, Any]) -> Answer:
    """One answer by `parse`. What it wrote is kept where it does not fit the schema, so that it can be repaired."""
    import openai

    raw = client.chat.completions.with_raw_response.parse(**question)
    completion: ChatCompletion
    try:
        completion = raw.parse()
    except openai.LengthFinishReasonError as error:
        completion = error.completion
    except (ValueError, AttributeError):  # not in the schema; no completion at all
        completion = _unparsed(raw.http_response)
    message = completion.choices[0].message if completion.choices else None
    usage = _usage(completion.usage)
    return _answer(message.content if message else None, bool(message and message.refusal), usage)


def _unparsed(response: Any) -> ChatCompletion:
    """The completion as it came, its content not fitting the schema. Raises ModelFailed for what is no completion."""
    from openai.types.chat import ChatCompletion

    try:
        return ChatCompletion.model_validate(response.json())
    except ValueError as error:
        raise ModelFailed("The model's answer could not be read.") from error


def _streamed(client: openai.OpenAI, question: dict[str, Any], until: float) -> Generator[str, None, Answer]:
    """The answer as it is written. Its server may write slowly and for ever: `until` counts for the whole."""
    import openai

    content, refusal, usage, begun = "", False, None, False
    with client.chat.completions.stream(**question, stream_options={"include_usage": True}) as events:
        try:
            for event in events:
                if time.monotonic() > until:
                    raise TimeoutError
                begun = True
                refusal = refusal or event.type == "refusal.delta"
                if event.type == "chunk":
                    usage = _usage(event.chunk.usage) or usage
                if event.type == "content.delta":
                    content = event.snapshot
                    if len(content) > LONGEST_ANSWER:
                        break
                    yield content
        except openai.APITimeoutError:
            raise
        except openai.APIConnectionError as error:
            if not begun:
                raise
            raise ModelUnavailable("The model's answer broke off.") from error
        except (openai.LengthFinishReasonError, openai.ContentFilterFinishReasonError, ValueError):
            # Cut short, or not in the schema: whoever asked judges what was written.
            message = events.current_completion_snapshot.choices[0].message if begun else None
            content = (message.content if message else None) or content
    return _answer(content, refusal, usage)


def _answer(content: str | None, refused: bool, usage: Usage | None) -> Answer:
    if refused:
        raise ModelFailed("The model declined.", usage)
    if not content:
        raise ModelFailed("The model's answer was empty.", usage)
    if len(content) > LONGEST_ANSWER:
        raise ModelFailed("The model's answer was too long.", usage)
    return Answer(content, usage)


def _usage(told: Any) -> Usage | None:
    return None if told is None else Usage(told.prompt_tokens, told.completion_tokens)
