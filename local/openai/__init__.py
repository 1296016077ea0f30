"""A scripted model behind OpenAI's wire protocol: chat completions (structured output, streams) and the list of models.

It answers this platform's own prompt from the analysis that the prompt carries, so that the same request always gets
the same answer. `python -m local.openai --port N [--state FOLDER]`; any key is
accepted, a call without one is refused (401).

Faults (`POST /_faults`), method `chat.completions`, `where` may name the `model`: `status` with `reason` and `message`
(an error as OpenAI writes it), `delay` (seconds on the emulated clock before the answer), `detail.content` (this text
is the answer, whatever was asked). `GET /_requests` shows the bodies of the last hundred calls.
"""

from local.openai.app import make_app

__all__ = ["make_app"]
