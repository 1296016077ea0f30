"""`python -m tests.eval`: the suggestion engine against the labelled requests. Ends with 1 below the thresholds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.suggestion.model.openai_chat import Model
from tests.eval.cases import cases, read
from tests.eval.report import failures, reached, summary
from tests.eval.run import run


def main() -> int:
    given = _arguments()
    wanted = [case for case in (read(given.cases) if given.cases else cases()) if given.kind in (None, case.kind)]
    with _model(given.model) as model:
        results = run(wanted, model)
    print("\n".join(summary(results)))
    if given.failures:
        print("\n".join(failures(results)))
    return 0 if reached(results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.eval", description=__doc__)
    parser.add_argument("--failures", action="store_true", help="list what was not met, held-out cases excepted")
    parser.add_argument("--kind", help="the cases of one kind alone")
    parser.add_argument("--cases", type=Path, help="another file of cases, in the same form")
    parser.add_argument("--model", action="store_true", help="with the scripted model, not the rules alone")
    return parser.parse_args()


@contextmanager
def _model(wanted: bool) -> Iterator[Model | None]:
    if not wanted:
        yield None
        return
    from local.openai import make_app
    from local.server import in_thread
    from shared.suggestion.model.openai_chat import OpenAIModel

    with in_thread(make_app()) as address:
        yield OpenAIModel(api_key="local", model="scripted-1", base_url=f"{address}/v1")


if __name__ == "__main__":
    sys.exit(main())
