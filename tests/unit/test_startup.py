"""The start-up scripts: what they run, what they tell of it, and that no name in them can become a command.

The Linux script is really run, under a PATH of shims that write down how they were called. Its absolute folders are
put into a temporary one by replacing them in the text, so nothing of this machine is touched.
"""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from shared.catalog.images import images
from shared.catalog.workloads import SetupStep, installable, setup_steps, workloads
from shared.services.provisioning.startup import bash, powershell

FOLDERS = {
    "/var/lib/vm-creator": "state",
    "/opt/python": "python",
    "/etc/apt": "apt",
    "/etc/yum.repos.d": "yum",
    "/usr/local/sbin": "sbin",
    "/etc/systemd/system": "units",
}
BASH = shutil.which("bash") or "/bin/bash"
BORROWED = ("mkdir", "date", "tail", "touch", "cat", "chmod")
SHIMS = (
    "curl",
    "apt-get",
    "dnf",
    "zypper",
    "npm",
    "gem",
    "snap",
    "docker",
    "python3",
    "pip",
    "sleep",
    "rpm",
    "systemctl",
)
SHIM = f"""#!{BASH}
printf '%s\\0' "$#" "${{0##*/}}" "$@" >>"$CALLS"
[ -n "$SAYS" ] && [ "${{0##*/}}" != curl ] && echo "$SAYS"
case " $FAILING " in *" ${{0##*/}} "*) exit 1 ;; esac
"""
HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "a; touch pwned",
    "a && touch pwned",
    "a\ntouch pwned\n",
    "'; touch pwned; '",
    "'\"'\"'; touch pwned #",
    '"; touch pwned; "',
    "${HOME}",
    "\\",
    "*",
    "~",
    "",
    "--option",
    "a b",
    "é 漢 \N{RIGHT SINGLE QUOTATION MARK}",
)
words = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)


class Linux:
    """A machine of a test's own: `run` boots it once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        tools = folder / "bin"
        (folder / "python" / "bin").mkdir(parents=True)
        (folder / "work").mkdir()
        (folder / "apt" / "sources.list.d").mkdir(parents=True)
        for name in ("yum", "sbin", "units"):
            (folder / name).mkdir()
        tools.mkdir()
        for name in BORROWED:
            (tools / name).symlink_to(shutil.which(name) or f"/bin/{name}")
        for shim in [tools / name for name in SHIMS] + [folder / "python" / "bin" / "pip"]:
            shim.write_text(SHIM)
            shim.chmod(0o755)

    def run(self, steps: Sequence[SetupStep], failing: str = "", says: str = "") -> list[list[str]]:
        """The commands that one boot ran, in order, as their words."""
        script = bash(steps)
        for folder, place in FOLDERS.items():
            assert folder in script
            script = script.replace(folder, str(self.folder / place))
        calls = self.folder / "calls"
        calls.write_bytes(b"")
        environment = {"PATH": str(self.folder / "bin"), "CALLS": str(calls), "FAILING": failing, "SAYS": says}
        (self.folder / "script").write_text(script)
        subprocess.run([BASH, str(self.folder / "script")], env=environment, cwd=self.folder / "work", timeout=30)
        assert list((self.folder / "work").iterdir()) == []
        called = list(_calls(calls.read_bytes().decode()))
        self.services = [call for call in called if call[0] == "systemctl"]
        return [call for call in called if call[0] != "systemctl"]


def _calls(recorded: str) -> Iterator[list[str]]:
    parts = iter(recorded.split("\0")[:-1])
    for count in parts:
        yield list(itertools.islice(parts, int(count) + 1))


def told(calls: list[list[str]]) -> list[tuple[str, str]]:
    """The guest attributes that were set, in order."""
    reports = [call for call in calls if call[0] == "curl" and "PUT" in call]
    assert all("Metadata-Flavor: Google" in call for call in reports)
    return [(call[-1].rpartition("/vmc/")[2], call[call.index("--data-binary") + 1]) for call in reports]


def states(calls: list[list[str]]) -> list[tuple[str, str, str]]:
    """Of each report of a step: its key, its name, its state."""
    found = [(key, json.loads(value)) for key, value in told(calls) if key.startswith("step-")]
    return [(key, report["name"], report["state"]) for key, report in found]


@pytest.fixture
def linux(tmp_path: Path) -> Linux:
    return Linux(tmp_path)


def test_each_step_is_told_as_it_begins_and_as_it_ends(linux: Linux) -> None:
    calls = linux.run([SetupStep("Install nginx", "dnf", ("nginx",)), SetupStep("Install vue", "npm", ("vue",))])
    assert states(calls) == [
        ("step-01", "Install nginx", "running"),
        ("step-01", "Install nginx", "done"),
        ("step-02", "Install vue", "running"),
        ("step-02", "Install vue", "done"),
    ]
    assert told(calls)[-1] == ("setup", "done")
    assert [call for call in calls if call[0] != "curl"] == [
        ["dnf", "install", "-y", "-q", "nginx"],
        ["npm", "install", "-g", "--no-fund", "--no-audit", "vue"],
    ]


def test_a_report_has_the_time_in_utc(linux: Linux) -> None:
    report = json.loads(told(linux.run([SetupStep("one", "dnf", ("a",))]))[0][1])
    assert set(report) == {"name", "state", "at"}
    assert report["at"].endswith("Z")


def test_a_step_that_fails_does_not_stop_the_later_ones_and_leaves_the_end_of_its_log(linux: Linux) -> None:
    steps = [SetupStep("Install a", "dnf", ("a",)), SetupStep("Install b", "gem", ("b",))]
    calls = linux.run(steps, failing="dnf", says="no such package")
    assert [state for *_, state in states(calls)] == ["running", "failed", "running", "done"]
    assert told(calls)[-1] == ("setup", "failed")
    assert told(calls)[-2] == ("log", "no such package\nno such package")


def test_apt_is_tried_three_times_with_growing_pauses(linux: Linux) -> None:
    calls = linux.run([SetupStep("Install a", "apt", ("a",))], failing="apt-get")
    assert [call[-1] for call in calls if call[0] == "sleep"] == ["5", "10", "15"]
    assert states(calls)[-1][2] == "failed"


def test_the_work_is_done_at_the_first_boot_alone(linux: Linux) -> None:
    steps = [SetupStep("Install a", "dnf", ("a",))]
    assert linux.run(steps)
    assert linux.run(steps) == []


def test_a_machine_that_was_switched_off_in_between_begins_again(linux: Linux) -> None:
    steps = [SetupStep("Install a", "dnf", ("a",))]
    first = linux.run(steps)
    (linux.state / "done").unlink()
    assert len(linux.run(steps)) == len(first)


def test_without_packages_there_is_only_the_end_to_tell(linux: Linux) -> None:
    assert told(linux.run([])) == [("setup", "done")]


@pytest.mark.parametrize(
    ("manager", "ran"),
    [
        ("apt", ["apt-get", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "-q", "--x", "a", "b"]),
        ("dnf", ["dnf", "install", "-y", "-q", "--x", "a", "b"]),
        ("zypper", ["zypper", "--non-interactive", "install", "--no-confirm", "--x", "a", "b"]),
        ("pip", ["pip", "install", "-q", "--x", "a", "b"]),
        ("npm", ["npm", "install", "-g", "--no-fund", "--no-audit", "--x", "a", "b"]),
        ("gem", ["gem", "install", "--no-document", "--x", "a", "b"]),
        ("snap", ["snap", "install", "--x", "a", "b"]),
    ],
)
def test_every_manager_gets_the_options_before_the_packages(linux: Linux, manager: str, ran: list[str]) -> None:
    assert ran in linux.run([SetupStep("Install", manager, ("a", "b"), ("--x",))])


def test_an_image_runs_in_the_background_and_comes_back_after_a_boot(linux: Linux) -> None:
    calls = linux.run([SetupStep("Install", "docker", ("ghcr.io/x/y:1",), ("--gpus=all",))])
    (ran,) = (call for call in calls if call[0] == "docker")
    assert ran[:2] == ["docker", "run"]
    assert ran[-2:] == ["--gpus=all", "ghcr.io/x/y:1"]
    assert {"-d", "--restart", "unless-stopped"} < set(ran)


APT_REPOSITORY = SetupStep(
    "Add repository grafana",
    "apt-repository",
    ("grafana", "https://vendor.example/gpg.key", "https://apt.vendor.example", "stable", "main"),
)
DNF_REPOSITORY = SetupStep(
    "Add repository grafana",
    "dnf-repository",
    ("grafana", "https://vendor.example/gpg.key", "https://rpm.vendor.example/$basearch"),
)


def test_a_vendors_repository_for_apt_is_trusted_by_its_own_key_before_it_is_installed_from(linux: Linux) -> None:
    calls = linux.run([APT_REPOSITORY, SetupStep("Install grafana", "apt", ("grafana",))])
    key = linux.folder / "apt" / "keyrings" / "grafana.asc"
    fetched = next(call for call in calls if call[0] == "curl" and "-o" in call)
    assert fetched[fetched.index("-o") + 1 :] == [str(key), "https://vendor.example/gpg.key"]
    listed = (linux.folder / "apt" / "sources.list.d" / "grafana.list").read_text()
    assert listed == f"deb [signed-by={key}] https://apt.vendor.example stable main\n"
    updated = next(call for call in calls if call[0] == "apt-get" and "update" in call)
    assert calls.index(fetched) < calls.index(updated)
    assert told(calls)[-1] == ("setup", "done")


def test_a_vendors_repository_for_dnf_is_checked_against_its_imported_key(linux: Linux) -> None:
    calls = linux.run([DNF_REPOSITORY])
    assert ["rpm", "--import", "https://vendor.example/gpg.key"] in calls
    assert (linux.folder / "yum" / "grafana.repo").read_text().splitlines() == [
        "[grafana]",
        "name=grafana",
        "baseurl=https://rpm.vendor.example/$basearch",
        "enabled=1",
        "gpgcheck=1",
        "gpgkey=https://vendor.example/gpg.key",
    ]


@pytest.mark.parametrize(("step", "failing"), [(APT_REPOSITORY, "curl"), (DNF_REPOSITORY, "rpm")])
def test_a_repository_whose_key_cannot_be_had_is_not_listed(linux: Linux, step: SetupStep, failing: str) -> None:
    linux.run([step], failing=failing)
    assert list((linux.folder / "apt" / "sources.list.d").iterdir()) == []
    assert list((linux.folder / "yum").iterdir()) == []


@pytest.mark.parametrize("hostile", [word for word in HOSTILE if word])
def test_a_hostile_address_of_a_repository_is_no_command(linux: Linux, hostile: str) -> None:
    calls = linux.run([SetupStep("Add", "apt-repository", ("a", hostile, hostile))])
    fetched = next(call for call in calls if call[0] == "curl" and "-o" in call)
    assert fetched[-1] == hostile
    assert (linux.folder / "apt" / "sources.list.d" / "a.list").read_text().endswith(f" {hostile}\n")


def test_a_hostile_package_is_one_word_and_no_command(linux: Linux) -> None:
    calls = linux.run([SetupStep("Install", "dnf", HOSTILE, HOSTILE)])
    assert [call for call in calls if call[0] != "curl"] == [["dnf", "install", "-y", "-q", *HOSTILE, *HOSTILE]]
    assert told(calls)[-1] == ("setup", "done")


@examples(max_examples=25)
@given(st.lists(words, min_size=1, max_size=12))
def test_any_package_reaches_its_manager_as_it_is(packages: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        calls = Linux(Path(folder)).run([SetupStep("Install", "dnf", tuple(packages))])
    assert [call for call in calls if call[0] != "curl"] == [["dnf", "install", "-y", "-q", *packages]]


@pytest.mark.parametrize(
    "name", ["", "a'b", 'a"b', "a\nb", "$(x)", "a\\b", "a`b", "a{b", "é", "x" * 81, "a\n", "a;b", "a&b", "a|b"]
)
def test_a_step_whose_name_is_not_plain_is_refused(name: str) -> None:
    for render, manager in ((bash, "apt"), (powershell, "choco")):
        with pytest.raises(ValueError, match="characters"):
            render([SetupStep(name, manager, ("a",))])


def test_a_manager_of_the_other_system_is_refused() -> None:
    with pytest.raises(ValueError, match="choco does not install anything on Linux"):
        bash([SetupStep("Install", "choco", ("a",))])
    with pytest.raises(ValueError, match="apt does not install anything on Windows"):
        powershell([SetupStep("Install", "apt", ("a",))])


@pytest.mark.parametrize("name", [name for name, image in images().items() if image.os_family == "linux"])
def test_everything_that_can_be_installed_on_an_image_makes_a_script_that_bash_can_read(name: str) -> None:
    image = images()[name]
    steps = setup_steps([package for package in workloads() if installable(package, image)], image)
    read = subprocess.run([BASH, "-n"], input=bash(steps), text=True, capture_output=True, timeout=10, check=False)
    assert (read.returncode, read.stderr) == (0, "")
