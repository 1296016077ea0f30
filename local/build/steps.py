"""The steps of one build: its source unpacked, then one process after the other, until one fails."""

from __future__ import annotations

import asyncio
import base64
import io
import sys
import tarfile
import zipfile
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable
from pathlib import Path

from local.build import guard
from local.build.builds import span
from local.build.programs import Missing, Programs, hint
from local.build.request import Json
from local.clock import Clock

MOST_OUTPUT = 50 * 1024  # bytes of one step's output that are kept
NOT_FOUND = 127  # a shell's exit code for a program that is not there
_WORKSPACE = "/workspace"


class Failed(Exception):
    """A build's end other than SUCCESS. `kind` is a FailureInfo's type."""

    def __init__(self, status: str, kind: str, message: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


class Steps:
    """Runs the steps of `build` in `scratch`; `say` takes what they write. `environment` is every step's."""

    def __init__(
        self, build: Json, scratch: Path, programs: Programs, environment: dict[str, str], say: Callable[[bytes], None]
    ) -> None:
        self._build = build
        self._scratch = scratch
        self._workspace = scratch / "workspace"
        self._workspace.mkdir()
        self._programs = programs
        self._environment = environment
        self._say = say
        self._process: Process | None = None
        self._said = b""
        self.outputs: list[str] = []

    async def run(self, clock: Clock) -> None:
        """Raises Failed for the first step that fails and may not."""
        for number, step in enumerate(self._build["steps"]):
            began = clock.time()
            step["status"] = "WORKING"
            code = await self._run(number, step)
            step |= {"timing": span(began, clock.time()), "exitCode": code, "status": "FAILURE" if code else "SUCCESS"}
            self.outputs.append(self._output(number))
            if code and not (step.get("allowFailure") or code in step.get("allowExitCodes", [])):
                if advice := hint(self._said):
                    self._say(f"{advice}\n".encode())
                why = f'build step {number} "{step["name"]}" failed: step exited with non-zero status: {code}'
                raise Failed("FAILURE", "USER_BUILD_STEP", why)

    async def kill(self) -> None:
        """kill -9 of the step that runs, and of all that it has started; returns once it is gone."""
        process = self._process
        if process is not None and process.returncode is None:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()

    async def _run(self, number: int, step: Json) -> int:
        command = self._command(number, step)
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-S", guard.__file__),
            *command,
            cwd=self._folder(step),
            env=self._variables(number, step),
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
        )
        try:
            await self._listen(process, f"Step #{number}: " if len(self._build["steps"]) > 1 else "")
            return await process.wait()
        finally:
            await asyncio.shield(self.kill())

    def _command(self, number: int, step: Json) -> list[str]:
        try:
            if script := step.get("script"):
                written = self._scratch / f"script-{number}"
                written.write_text(script if script.startswith("#!") else f"#!/bin/sh\n{script}")
                written.chmod(0o755)
                return self._programs.command(step["name"], str(written), [])
            args = [self._placed(word) for word in step.get("args", [])]
            return self._programs.command(step["name"], step.get("entrypoint", ""), args)
        except Missing as missing:
            step |= {"exitCode": NOT_FOUND, "status": "FAILURE"}
            self._say(f"Error: {missing}\n".encode())
            why = f'build step {number} "{step["name"]}" failed: it could not be started'
            raise Failed("FAILURE", "USER_BUILD_STEP", why) from missing

    def _folder(self, step: Json) -> Path:
        folder = self._workspace / self._placed(step.get("dir", ""))
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _variables(self, number: int, step: Json) -> dict[str, str]:
        output = self._scratch / "outputs" / str(number)
        output.mkdir(parents=True)
        options = self._build.get("options", {})
        mapped = step.get("automapSubstitutions") or options.get("automapSubstitutions")
        said = dict(word.partition("=")[::2] for word in [*options.get("env", []), *step.get("env", [])])
        return {
            **self._programs.environment(),
            **self._environment,
            **(self._build.get("substitutions", {}) if mapped else {}),
            **{name: self._placed(value) for name, value in said.items()},
            "BUILDER_OUTPUT": str(output),
        }

    def _placed(self, text: str) -> str:
        """`/workspace` as it is called here."""
        return text.replace(_WORKSPACE, str(self._workspace))

    async def _listen(self, process: Process, prefix: str) -> None:
        assert process.stdout is not None
        self._said = left = b""
        while chunk := await process.stdout.read(65536):
            self._said += chunk
            *lines, left = (left + chunk).split(b"\n")
            self._say(b"".join(prefix.encode() + line + b"\n" for line in lines))
        if left:
            self._say(prefix.encode() + left + b"\n")

    def _output(self, number: int) -> str:
        """What the step leaves as its output, in base64; empty if it leaves none."""
        try:
            written = (self._scratch / "outputs" / str(number) / "output").read_bytes()
        except FileNotFoundError:
            return ""
        return base64.b64encode(written[:MOST_OUTPUT]).decode()

    def unpack(self, name: str, content: bytes) -> None:
        """The source, a zip or a tar. Raises Failed for what is neither."""
        try:
            if zipfile.is_zipfile(io.BytesIO(content)):
                with zipfile.ZipFile(io.BytesIO(content)) as packed:
                    packed.extractall(self._workspace)
            else:
                with tarfile.open(fileobj=io.BytesIO(content)) as tar:
                    tar.extractall(self._workspace, filter="data")
        except (zipfile.BadZipFile, tarfile.TarError) as error:
            raise Failed("FAILURE", "FETCH_SOURCE_FAILED", f"could not unpack the source {name}: {error}") from error
