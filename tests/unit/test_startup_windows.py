"""The Windows start-up script, read by PowerShell's own rules of quoting, since it is not installed everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog.workloads import SetupStep
from shared.services.provisioning.startup import powershell
from tests.unit.test_startup import HOSTILE, words

# What PowerShell takes for a single quote (about_Quoting_Rules; CharExtensions.IsSingleQuote in its source).
QUOTES = "'\u2018\u2019\u201a\u201b"


def powershell_words(line: str) -> list[str]:
    """The words of a line of quoted and bare words, by PowerShell's rules: within single quotes everything is itself,
    but a quote of any kind, doubled, is one."""
    found, at = [], 0
    while at < len(line):
        if line[at] == " ":
            at += 1
        elif line[at] in QUOTES:
            word, at = _quoted(line, at + 1)
            found.append(word)
        else:
            end = line.find(" ", at) if " " in line[at:] else len(line)
            found.append(line[at:end])
            at = end
    return found


def _quoted(line: str, at: int) -> tuple[str, int]:
    word = ""
    while line[at] not in QUOTES or line[at + 1 : at + 2] in tuple(QUOTES):
        at += line[at] in QUOTES
        word += line[at]
        at += 1
    return word, at + 1


def powershell_line(packages: Sequence[str]) -> list[str]:
    """The words of the line that one step with these packages becomes."""
    plain = powershell([SetupStep("Install", "choco", ("only",))])
    before, after = plain.split("Step 'Install' { With-Choco 'only' }")
    script = powershell([SetupStep("Install", "choco", tuple(packages))])
    return powershell_words(script.removeprefix(before).removesuffix(after))


@pytest.mark.parametrize("package", [*HOSTILE, "a'b", "a''", "'", "$env:Path", "a\u2018; Remove-Item x; \u2019"])
def test_a_hostile_package_is_one_word_of_powershell(package: str) -> None:
    assert powershell_line(["a", package]) == ["Step", "Install", "{", "With-Choco", "a", package, "}"]


@given(st.lists(words, max_size=6))
def test_any_package_is_one_word_of_powershell(packages: list[str]) -> None:
    assert powershell_line(packages) == ["Step", "Install", "{", "With-Choco", *packages, "}"]


def test_a_windows_step_calls_its_manager_with_quoted_words() -> None:
    script = powershell([SetupStep("Install IIS", "windows-feature", ("Web-Server",), ("--x",))])
    assert "\nStep 'Install IIS' { With-Feature '--x' 'Web-Server' }\n" in script
