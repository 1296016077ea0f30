"""A scripted model behind OpenAI's wire protocol: chat completions (structured output, streams), the list of models,
files and fine-tuning jobs.

It answers this platform's own prompt from the analysis that the prompt carries, so that the same request always gets
the same answer. `python -m local.openai --port N [--state FOLDER]`; any key is
accepted, a call without one is refused (401).

A fine-tuning job takes half a minute on the emulated clock; the model that it gives answers requests like those of its
training file as these were answered there, and is not found (404) before the job has succeeded or once it is deleted.

Faults (`POST /_faults`), method `chat.completions`, `where` may name the `model`: `status` with `reason` and `message`
(an error as OpenAI writes it; `detail.retry_after`: the header of that name), `drop` (the connection is cut without an
answer), `delay` (seconds on the emulated clock before the answer). `detail` changes the answer: `content` (this text,
whatever was asked), `refusal` (declined, in these words), `usage: false` (its tokens are not told), `finish` (its
finish_reason), `cut` (the stream breaks after so many characters), `stall` (after so many, each chunk takes `delay` on
the emulated clock). `GET /_requests` shows the bodies of the last hundred calls, `GET /_abandoned` how many streams
their readers left before the end.

Methods `files.…`, `fine_tuning.jobs.…` and `models.delete` take `status`, `drop` and `lose_response`, a job's creation
also `operation_error` (it fails so) and `delay` (it takes so much longer).
"""

from local.openai.app import make_app

__all__ = ["make_app"]
