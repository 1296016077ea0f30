"""The start-up scripts that install a machine's packages, rendered from data, every value quoted.

A public image runs `startup-script` (Linux) or `windows-startup-script-ps1` at every boot, so each script does its work
once, guarded by a marker on the disk. Progress is told by guest attributes of namespace `vmc`: `step-NN`, a JSON object
{name, state: running | done | failed, at, detail}, and at the end `log` (after a failure) and `setup`: done or failed.
A step that fails does not stop the later ones.

A disk may be made larger while the machine runs, so each script also leaves something that looks every minute and grows
the root partition and its file system when there is room behind them: a systemd timer, a scheduled task.

A vendor's repository is trusted by its own key alone: for apt in a keyring that only this repository is signed by, for
dnf by import. Keys are ASCII-armoured, which is what the ending .asc tells apt.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from shared.catalog.workloads import SetupStep

_NAME = re.compile(r"[A-Za-z0-9 ._+:/-]{1,80}")

_BASH = r"""#!/bin/bash
# Installs what was asked for, once, and says how far it is in guest attributes.
set -u
export DEBIAN_FRONTEND=noninteractive HOME=/root
state=/var/lib/vm-creator
[ -e "$state/done" ] && exit 0
mkdir -p "$state"
log=$state/setup.log
number=0
failed=0

attribute() {
  curl -sf --retry 5 --retry-all-errors -m 20 -X PUT -H 'Metadata-Flavor: Google' --data-binary "$2" \
    "http://metadata.google.internal/computeMetadata/v1/instance/guest-attributes/vmc/$1"
}

report() {
  attribute "$(printf 'step-%02d' "$number")" \
    "{\"name\": \"$1\", \"state\": \"$2\", \"at\": \"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"}"
}

step() {
  local name=$1
  shift
  number=$((number + 1))
  report "$name" running
  if "$@" >>"$log" 2>&1; then report "$name" done; else failed=1; report "$name" failed; fi
}

with_apt() {
  local try
  for try in 1 2 3; do
    apt-get -o DPkg::Lock::Timeout=300 update -q && apt-get -o DPkg::Lock::Timeout=300 install -y -q "$@" && return 0
    sleep $((try * 5))
  done
  return 1
}
with_apt_repository() {
  local name=$1 key=$2
  shift 2
  mkdir -p /etc/apt/keyrings &&
    curl -sfL --retry 5 --retry-all-errors -m 60 -o "/etc/apt/keyrings/$name.asc" "$key" &&
    printf 'deb [signed-by=/etc/apt/keyrings/%s.asc] %s\n' "$name" "$*" >"/etc/apt/sources.list.d/$name.list"
}
with_dnf_repository() {
  rpm --import "$2" &&
    printf '[%s]\nname=%s\nbaseurl=%s\nenabled=1\ngpgcheck=1\ngpgkey=%s\n' "$1" "$1" "$3" "$2" \
      >"/etc/yum.repos.d/$1.repo"
}
with_dnf() { dnf install -y -q "$@"; }
with_zypper() { zypper --non-interactive install --no-confirm "$@"; }
with_pip() { python3 -m venv --system-site-packages /opt/python && /opt/python/bin/pip install -q "$@"; }
with_npm() { npm install -g --no-fund --no-audit "$@"; }
with_gem() { gem install --no-document "$@"; }
with_snap() { snap install "$@"; }
with_docker() { docker run -d --restart unless-stopped "$@"; }
with_gpu_driver() {
  curl -sfL -m 300 -o "$state/cuda_installer.pyz" \
    https://storage.googleapis.com/compute-gpu-installation-us/installer/latest/cuda_installer.pyz &&
    python3 "$state/cuda_installer.pyz" install_driver
}

"""

# Sectors of 512 bytes; less than 32 MiB is what partitioning leaves over. sfdisk is everywhere, growpart is not.
_GROW = r"""
cat >/usr/local/sbin/vm-creator-grow <<'SCRIPT'
#!/bin/bash
# Grows the root partition and its file system when the disk has grown.
set -eu
root=$(findmnt -no SOURCE /)
block=/sys/class/block/$(basename "$(readlink -f "$root")")
[ -e "$block/partition" ] || exit 0
part=$(cat "$block/partition")
disk=$(basename "$(dirname "$(readlink -f "$block")")")
free=$(($(cat "/sys/class/block/$disk/size") - $(cat "$block/start") - $(cat "$block/size")))
[ "$free" -gt 65536 ] || exit 0
if command -v growpart >/dev/null; then
  growpart "/dev/$disk" "$part"
else
  echo ', +' | sfdisk -q --no-reread --force -N "$part" "/dev/$disk"
  partx -u "/dev/$disk"
fi
case $(findmnt -no FSTYPE /) in
  ext*) resize2fs "$root" ;;
  xfs) xfs_growfs / ;;
  btrfs) btrfs filesystem resize max / ;;
esac
SCRIPT
chmod 755 /usr/local/sbin/vm-creator-grow
cat >/etc/systemd/system/vm-creator-grow.service <<'UNIT'
[Unit]
Description=Grow the root file system with its disk
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/vm-creator-grow
UNIT
cat >/etc/systemd/system/vm-creator-grow.timer <<'UNIT'
[Unit]
Description=Look every minute whether the disk has grown
[Timer]
OnBootSec=1min
OnUnitActiveSec=1min
[Install]
WantedBy=timers.target
UNIT
systemctl daemon-reload && systemctl enable --now vm-creator-grow.timer

"""

_BASH_END = r"""
touch "$state/done"
if [ "$failed" = 0 ]; then
  attribute setup done
else
  attribute log "$(tail -c 4000 "$log")"
  attribute setup failed
fi
"""

_POWERSHELL = r"""# Installs what was asked for, once, and says how far it is in guest attributes.
$ErrorActionPreference = 'Stop'
$state = 'C:\ProgramData\vm-creator'
if (Test-Path "$state\done") { exit 0 }
New-Item -ItemType Directory -Force -Path $state | Out-Null
$log = "$state\setup.log"
$script:number = 0
$script:failed = $false

function Attribute($key, $value) {
  $address = "http://metadata.google.internal/computeMetadata/v1/instance/guest-attributes/vmc/$key"
  $headers = @{'Metadata-Flavor' = 'Google'}
  Invoke-RestMethod -Method Put -Uri $address -Body $value -Headers $headers -TimeoutSec 20 | Out-Null
}

function Report($name, $state) {
  $told = @{name = $name; state = $state; at = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')}
  Attribute ('step-{0:d2}' -f $script:number) ($told | ConvertTo-Json -Compress)
}

function Step($name, [scriptblock]$work) {
  $script:number++
  Report $name 'running'
  $global:LASTEXITCODE = 0
  try {
    & $work *>> $log
    if ($LASTEXITCODE) { throw "exit code $LASTEXITCODE" }
    Report $name 'done'
  } catch {
    $_ | Out-File -Append $log
    $script:failed = $true
    Report $name 'failed'
  }
}

function With-Choco {
  if (-not (Get-Command choco -ErrorAction SilentlyContinue)) {
    [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
    Invoke-Expression ((New-Object Net.WebClient).DownloadString('https://community.chocolatey.org/install.ps1'))
    $env:Path += ';C:\ProgramData\chocolatey\bin'
  }
  choco install -y --no-progress @args
}
function With-Pip { python -m pip install --quiet @args }
function With-Npm { npm install -g --no-fund --no-audit @args }
function With-GpuDriver {
  $installer = "$state\install_gpu_driver.ps1"
  Invoke-WebRequest -UseBasicParsing -TimeoutSec 300 -OutFile $installer `
    'https://raw.githubusercontent.com/GoogleCloudPlatform/compute-gpu-installation/main/windows/install_gpu_driver.ps1'
  & $installer
}
function With-Feature { Install-WindowsFeature -Name $args -IncludeManagementTools }

"""

_GROW_POWERSHELL = r"""
Set-Content "$state\grow.ps1" @'
# Grows C: when its disk has grown.
Update-HostStorageCache
$most = (Get-PartitionSupportedSize -DriveLetter C).SizeMax
if ($most - (Get-Partition -DriveLetter C).Size -gt 32MB) { Resize-Partition -DriveLetter C -Size $most }
'@
$grow = "-NoProfile -ExecutionPolicy Bypass -File `"$state\grow.ps1`""
$every = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 1)
Register-ScheduledTask -Force -TaskName 'VM Creator: grow the disk' -User SYSTEM -RunLevel Highest -Trigger $every `
  -Action (New-ScheduledTaskAction -Execute powershell.exe -Argument $grow) | Out-Null

"""

_POWERSHELL_END = r"""
New-Item -ItemType File -Force -Path "$state\done" | Out-Null
if ($script:failed) {
  Attribute 'log' ((Get-Content $log -Tail 60) -join "`n")
  Attribute 'setup' 'failed'
} else {
  Attribute 'setup' 'done'
}
"""

_LINUX_MANAGERS = frozenset(
    {"apt", "dnf", "zypper", "pip", "npm", "gem", "snap", "docker", "gpu-driver", "apt-repository", "dnf-repository"}
)
_WINDOWS_MANAGERS = {
    "choco": "With-Choco",
    "windows-feature": "With-Feature",
    "pip": "With-Pip",
    "npm": "With-Npm",
    "gpu-driver": "With-GpuDriver",
}


def bash(steps: Sequence[SetupStep]) -> str:
    """The Linux script. ValueError for a step that Linux has no way to do, or whose name is not plain."""
    lines = []
    for step in steps:
        if step.manager not in _LINUX_MANAGERS:
            raise ValueError(f"{step.manager} does not install anything on Linux")
        function = f"with_{step.manager.replace('-', '_')}"
        lines.append(shlex.join(["step", _plain(step.name), function, *step.options, *step.packages]))
    return _BASH + _GROW + "\n".join(lines) + "\n" + _BASH_END


def powershell(steps: Sequence[SetupStep]) -> str:
    """The Windows script. ValueError for a step that Windows has no way to do, or whose name is not plain."""
    lines = []
    for step in steps:
        if step.manager not in _WINDOWS_MANAGERS:
            raise ValueError(f"{step.manager} does not install anything on Windows")
        words = " ".join(_powershell_quoted(word) for word in (*step.options, *step.packages))
        function = _WINDOWS_MANAGERS[step.manager]
        lines.append(f"Step {_powershell_quoted(_plain(step.name))} {{ {function} {words} }}")
    return _POWERSHELL + _GROW_POWERSHELL + "\n".join(lines) + "\n" + _POWERSHELL_END


def _plain(name: str) -> str:
    """A step's name goes into JSON written by the shell, so only what needs no escaping is let through."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a step's name has characters that it may not have: {name!r}")
    return name


def _powershell_quoted(word: str) -> str:
    """A verbatim string. PowerShell takes typographic quotes for plain ones, so they are doubled as well."""
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", word) + "'"
