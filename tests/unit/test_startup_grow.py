"""What the start-up script leaves so that the root file system follows its disk, really run on a made-up machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from shared.services.provisioning.startup import powershell
from tests.unit.test_startup import BASH, Linux

TOOLS = ("bash", "basename", "dirname", "readlink", "cat")
FREE = 40 << 21  # sectors


def grown(folder: Path, free: int, file_system: str, *, growpart: bool = True) -> list[str]:
    """The commands that the script runs where so many sectors behind the root partition are free."""
    linux = Linux(folder / "machine")
    linux.run([])
    assert ["systemctl", "enable", "--now", "vm-creator-grow.timer"] in linux.services
    assert "ExecStart=/" in (folder / "machine" / "units" / "vm-creator-grow.service").read_text()
    block = folder / "block"
    root = block / "sda" / "sda1"
    root.mkdir(parents=True)
    (block / "sda1").symlink_to(root)
    for name, told in (("partition", 1), ("start", 2048), ("size", 1 << 20)):
        (root / name).write_text(f"{told}\n")
    (block / "sda" / "size").write_text(f"{2048 + (1 << 20) + free}\n")
    tools, calls = folder / "tools", folder / "calls"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    (tools / "findmnt").write_text(f'#!{BASH}\n[ "$2" = SOURCE ] && echo /dev/sda1 || echo {file_system}\n')
    for name in (*(["growpart"] if growpart else []), "sfdisk", "partx", "resize2fs", "xfs_growfs", "btrfs"):
        (tools / name).write_text(f'#!{BASH}\necho "${{0##*/}} $*" >>{calls}\n')
    for tool in tools.iterdir():
        tool.is_symlink() or tool.chmod(0o755)
    calls.touch()
    script = (folder / "machine" / "sbin" / "vm-creator-grow").read_text().replace("/sys/class/block", str(block))
    subprocess.run([BASH, "-c", script], env={"PATH": str(tools)}, check=True, timeout=30)
    return calls.read_text().splitlines()


@pytest.mark.parametrize(
    ("file_system", "command"),
    [("ext4", "resize2fs /dev/sda1"), ("xfs", "xfs_growfs /"), ("btrfs", "btrfs filesystem resize max /")],
)
def test_the_root_partition_and_its_file_system_follow_the_disk(tmp_path: Path, file_system: str, command: str) -> None:
    assert grown(tmp_path, FREE, file_system) == ["growpart /dev/sda 1", command]


def test_where_there_is_no_growpart_sfdisk_does(tmp_path: Path) -> None:
    ran = grown(tmp_path, FREE, "ext4", growpart=False)
    assert ran == ["sfdisk -q --no-reread --force -N 1 /dev/sda", "partx -u /dev/sda", "resize2fs /dev/sda1"]


def test_nothing_is_done_while_there_is_no_room_behind_it(tmp_path: Path) -> None:
    assert grown(tmp_path, 2048, "ext4") == []


def test_windows_looks_every_minute_too() -> None:
    script = powershell([])
    assert "Resize-Partition -DriveLetter C -Size $most" in script
    assert "-RepetitionInterval (New-TimeSpan -Minutes 1)" in script
