"""Figures that describe what somebody has, not what is asked for: "my laptop has 8 GB and that is too little"."""

from __future__ import annotations

import re
from typing import Literal

from shared.suggestion.text.patterns import Pattern

Compared = Literal["owned", "moved", "outgrown"]

_BEFORE, _BEHIND = 90, 70  # characters that are looked at
_CUT = Pattern(
    r"[.!?;\n](?:\s|$)|\b(?:need|needs|want|wants|require|requires|looking for|give me|please|should|must|upgrade "
    r"to|move to|but i|necesit\w+|quier[oe]|"
    r"besoin|veux|voudrais|brauch\w+|mochte|will|precis\w+|quero)\b|需要|想要|必要|चाहिए"
)
_OWNED = Pattern(
    r"\b(?:my|our|mi|mon|ma|notre|meine?|unsere?|meu|minha|nosso)\s+(?!new\b)(?:[\w-]+\s+){0,2}?(?:laptop|pc|"
    r"desktop|computer|macbook|mac|notebook|gaming rig|"
    r"portatil|ordenador|ordinateur|rechner|computador)\b|"
    r"\b(?:my|our|the|this|a|mi|mon|notre|mein|unser|meu|nosso)\s+(?:[\w-]+\s+){0,2}?(?:server|vm|machine|box|"
    r"workstation|instance|vps|droplet|servidor|serveur|maquina)\s+"
    r"(?:\w+\s+){0,2}?(?:has|had|only|currently|is on|runs on|tiene|solo|hat|tem)\b|"
    r"\b(?:machine|server|box|laptop|pc|vm|one)\s+(?:that\s+)?(?:i|we)\s+(?:have|use|own|am using|are using|run)\b|"
    r"\b(?:current(?:ly)?|at the moment|right now|existing|old|today we have|actual(?:mente)?|actuel(?:lement)?|"
    r"derzeit|aktuell|bisher|atual(?:mente)?)\b|"
    r"我的(?:电脑|笔记本)|目前|现在的|今の|現在の?|私のpc|मेरे (?:लैपटॉप|कंप्यूटर)"
)
_MOVED = Pattern(
    r"\b(?:migrat\w*|replac\w*|same (?:size|specs?|as)|move (?:it|this|our|my)|moving|like|equivalent|similar|"
    r"match(?:es|ing)?|lift and shift|reproduc\w*|"
    r"migrar|migrer|migrieren|umzieh\w*|ersetzen|remplacer|reemplazar|substituir)\b|迁移|移行"
)
_OUTGROWN = Pattern(
    r"\b(?:too (?:little|small|slow|weak|few)|not (?:be )?enough|isn'?t enough|insufficient|runs? out|running out|"
    r"ran out|maxed out|struggl\w*|can'?t (?:handle|cope|keep up)|"
    r"falls short|doesn'?t cut it|no (?:es suficiente|alcanza|basta)|se queda corto|es poco|ne suffit pas|"
    r"insuffisant|trop (?:peu|petit)|reicht nicht|"
    r"zu (?:wenig|klein|langsam)|nao (?:e suficiente|basta|chega)|e pouco|oom(?:s|ing)?|out of memory)\b|不够|不足|"
    r"足りない|कम (?:है|पड)"
)  # fmt: skip


def compared(text: str, start: int, end: int) -> Compared | None:
    """What the figure is that stands there: `owned`, by something that is not to be made again; `moved`, the present
    machine's, to be had elsewhere; `outgrown`, said to be too little; or None, asked for."""
    before = text[max(0, start - _BEFORE) : start]
    cuts = list(_CUT.finditer(before))
    clause = before[cuts[-1].end() :] if cuts else before
    behind = text[end : end + _BEHIND]
    stop = re.search(r"[.!?;\n](?:\s|$)|\d", behind)
    rest = behind[: stop.start()] if stop else behind
    cut = _CUT.search(rest)
    if _OUTGROWN.search(rest[: cut.start()] if cut else rest):
        return "outgrown"
    if not _OWNED.search(clause):
        return None
    return "moved" if _MOVED.search(text) else "owned"
