"""What operating systems are called, with their versions, and what stands in for those that there is no image of."""

from __future__ import annotations

from shared.suggestion.text.expressions import Expression

_S = r"[\s-]"
_NO_VERSION = (  # behind it stands what it counts: "debian 3 ghante"
    r"(?!\.\d|,5\b|/[24]\b|[\s-]?(?:[gtm]i?b|[gt]o|%|x\b|v?cpus?|cores?|kerne|coeurs?|nucleos?|núcleos?|m(?:ins?|inut\w+)|h|hrs?|"
    r"hours?|d|days?|w|weeks?|months?|years?|horas?|horinhas?|horitas?|d[ií]as?|semanas?|mes(?:es)?|heures?|jours?|semaines?|"
    r"mois|stunden?|tagen?|tage|wochen?|monate?n?|werktagen?|ghant[ae]|din|haft[ae]|mahin[ae]|quarts?|users?|players?|"
    r"(?:business|working|full|more) days?|1/[24]|and a half)\b|[\s-]?[½¼¾]|"
    r"\s?(?:分|時間|时|小时|小時|个|個|天|日|週|周|核|コア|営業|年|月|名|人|घंट|दिन|हफ्त|हफ़्त|महीन|मिनट|कोर|जीबी))"
)
_V = r"(?:v(?:ersion)?\.?\s?)?"
WINDOWS = frozenset({"Windows Server", "Windows Server Core"})
# How a system is called, with its version in groups; the catalogue's name of it; the family that a version makes.
SYSTEMS: tuple[tuple[Expression, str, str], ...] = (
    (
        Expression(rf"\bubuntu{_S}+minimal(?:{_S}+(\d\d)\.?(04|10))?(?:{_S}+lts)?\b"),
        "Ubuntu Minimal",
        "ubuntu-minimal-{0}{1}",
    ),
    (
        Expression(
            rf"\bubuntu(?:{_S}*(?:server|linux|lts|core|desktop))*(?:{_S}*{_V}(\d\d)(?:\.?(04|"
            rf"10)\b)?(?:\.\d)?{_NO_VERSION})?(?:{_S}+lts)?(?![\d.]*\d)"
        ),
        "Ubuntu",
        "ubuntu-{0}{1}",
    ),
    (Expression(rf"\bdebian(?:{_S}*(?:gnu/linux{_S}+)?{_V}(\d\d?)(?:\.\d+)?\b{_NO_VERSION})?"), "Debian", "debian-{0}"),
    (
        Expression(rf"\brocky(?:{_S}*linux)?(?:{_S}*{_V}(\d\d?)(?:\.\d+)?\b{_NO_VERSION})?"),
        "Rocky Linux",
        "rocky-linux-{0}",
    ),
    (
        Expression(
            rf"\b(?:rhel|red\s?hat(?:{_S}+(?:enterprise|linux))*)(?:{_S}*{_V}(\d\d?)(?:\.\d+)?\b{_NO_VERSION})?"
        ),
        "RHEL",
        "rhel-{0}",
    ),
    (
        Expression(rf"\bcent{_S}?os(?:{_S}+(?:linux|stream))*(?:{_S}*{_V}(\d\d?)(?:\.\d+)?\b{_NO_VERSION})?"),
        "CentOS Stream",
        "centos-stream-{0}",
    ),
    (
        Expression(rf"\b(?:sles|(?<!open)suse(?:{_S}+(?:linux|enterprise|server))*)(?:{_S}*{_V}(\d\d)\b)?"),
        "SLES",
        "sles-{0}",
    ),
    (Expression(rf"\bopensuse(?:{_S}+leap)?(?:{_S}+\d\d(?:\.\d)?)?\b"), "openSUSE Leap", ""),
    (Expression(rf"\bcontainer{_S}optimi[sz]ed(?:{_S}os)?\b"), "Container-Optimized OS", ""),
    (
        Expression(
            rf"\b(?:ms{_S}+|microsoft{_S}+)?windows(?:{_S}+server)?(?:{_S}+(20\d\d))?{_S}+core(?:{_S}+(20\d\d))?\b"
        ),
        "Windows Server Core",
        "windows-{0}-core",
    ),
    (
        Expression(
            rf"\b(?:(?:ms{_S}+|microsoft{_S}+)?(?:win(?:dows)?(?:{_S}*(?:server|srv))?|ws|w2k)|(?<!sql "
            rf")server(?=\s20(?:08|12|16|19|22|25)\b))[\s-]*(20(?:0[038]|1[0-9]|"
            rf"2[0-9]))(?:{_S}?r2)?(?:{_S}+(?:datacenter|standard|server))?\b"
        ),
        "Windows Server",
        "windows-{0}",
    ),
    (
        Expression(
            rf"\b(?:ms{_S}+|microsoft{_S}+)?windows(?:{_S}+(?:10|11|8|7|xp|vista|server|desktop))?\b|"
            rf"\bwin\s?(?:10|11|7|xp)\b|\bwin(?:{_S}server)?(?=\s+(?:vm|server|box|machine)\b)"
        ),
        "Windows Server",
        "",
    ),
    (Expression(r"视窗|विंडोज़?|ウィンドウズ"), "Windows Server", ""),
    (Expression(r"उबंटू|乌班图|ウブントゥ"), "Ubuntu", ""),
    (Expression(r"डेबियन"), "Debian", ""),
)
FAMILIES = {os: pattern for _, os, pattern in SYSTEMS if pattern and os != "Windows Server Core"}
CODENAMES = {
    "bionic": ("Ubuntu", "18.04"), "focal": ("Ubuntu", "20.04"), "jammy": ("Ubuntu", "22.04"),
    "noble": ("Ubuntu", "24.04"), "resolute": ("Ubuntu", "26.04"), "buster": ("Debian", "10"),
    "bullseye": ("Debian", "11"), "bookworm": ("Debian", "12"), "trixie": ("Debian", "13"),
}  # fmt: skip
CODENAME = Expression(
    rf"\b(?:(?:ubuntu|debian){_S}+)?(bionic|focal|jammy|bookworm|bullseye|trixie|buster)\b|\bubuntu{_S}+(noble|"
    rf"resolute)\b"
)
# Systems that Compute Engine has no public image of, and what comes nearest.
INSTEAD = (
    (Expression(rf"\balma(?:{_S}*linux)?(?:{_S}*(\d\d?)(?:\.\d+)?\b{_NO_VERSION})?"), "Rocky Linux", "rocky-linux-{0}"),
    (Expression(rf"\boracle{_S}+linux(?:{_S}*(\d\d?)(?:\.\d+)?\b{_NO_VERSION})?"), "Rocky Linux", "rocky-linux-{0}"),
    (Expression(rf"\b(?:amazon{_S}+linux(?:{_S}+(?:2023|2))?|al2023)\b"), "Rocky Linux", ""),
    (Expression(rf"\bfedora(?:{_S}+(?:server|linux|coreos))?(?:{_S}+\d\d)?\b"), "CentOS Stream", ""),
    (Expression(rf"\b(?:linux{_S}+mint|pop!?_?os|elementary{_S}?os)\b"), "Ubuntu", ""),
    (
        Expression(
            rf"\b(?:kali(?:{_S}*linux)?|raspbian|raspberry pi os|arch{_S}+linux|manjaro|nixos|gentoo|"
            rf"alpine(?:{_S}+linux)?|devuan|parrot{_S}?os|void{_S}+linux|slackware)\b"
        ),
        "Debian",
        "",
    ),
    (Expression(r"\b(?:free|open|net)bsd\b"), "Debian", ""),
)
