"""What is newest in a pasted mail, and what it quotes: older messages, which it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

_QUOTED = re.compile(r"\s*>")
_ASKED = re.compile(r"\s*>.*\?\s*$")  # "> How long?", answered in the next line
_OLDER = re.compile(  # what stands above an older message, which lasts to the end
    r"\s*(?:(?:on|am|le|el|em) .{3,100}\b(?:wrote|schrieb|a écrit|escribió|escreveu)\b.{0,60}:|"
    r".{3,80}(?:写道|寫道|書きました|"
    r"ने लिखा)\s*[:：]|"
    r"-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht|"
    r"message (?:d['’]origine|original|transféré)|mensaje (?:original|reenviado)|mensagem (?:original|encaminhada)|"
    r"原始邮件|转发的邮件|元のメッセージ|転送メッセージ)\s*-{2,}|_{10,})\s*$",
    re.IGNORECASE,
)
_SENDER = re.compile(r"\s*\*?(?:from|von|de|expéditeur|发件人|寄件者|差出人)\s?[:：]", re.IGNORECASE)
_SENT = re.compile(
    r"\s*\*?(?:sent|date|to|gesendet|datum|an|envoyé|à|enviado|fecha|para|data|发送时间|收件人|日期|送信日時|日時|宛先)\s?[:：]",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\s*\*?[A-Za-zÀ-ÿ-]{2,14}\s?:")  # "Subject: …"
_SIGNATURE = re.compile(r"--\s?$")


def parted(text: str) -> tuple[str, str]:
    """The newest message and what it quotes, each as long as the text, with spaces for what is the other's; nothing is
    a quote where nothing else is said. Signatures below "--" are in neither."""
    lines = text.splitlines(keepends=True)
    roles = list(_roles(lines))
    said = any(
        role == "new" and line.strip() and not _HEADER.match(line) for role, line in zip(roles, lines, strict=True)
    )
    if "quote" not in roles or not said:
        return text, ""
    return _only(lines, roles, "new"), _only(lines, roles, "quote")


def _roles(lines: list[str]) -> Iterator[str]:
    """ "new", "quote" or "signature" for each line."""
    older = signed = said = False
    for at, line in enumerate(lines):
        if said and (_OLDER.match(line) or _is_older_header(lines, at)):
            older, signed = True, False
        quoted = bool(_QUOTED.match(line))
        if not quoted and not older:
            signed = signed or bool(_SIGNATURE.match(line))
            said = said or (bool(line.strip()) and not _HEADER.match(line))
        if older or (quoted and not _is_answered(lines, at)):
            yield "quote"
        else:
            yield "signature" if signed else "new"


def _is_answered(lines: list[str], at: int) -> bool:
    after = lines[at + 1] if at + 1 < len(lines) else ""
    return bool(_ASKED.match(lines[at]) and after.strip() and not _QUOTED.match(after))


def _is_older_header(lines: list[str], at: int) -> bool:
    return bool(_SENDER.match(lines[at])) and any(_SENT.match(line) for line in lines[at + 1 : at + 4])


def _only(lines: list[str], roles: list[str], wanted: str) -> str:
    return "".join(
        line if role == wanted else re.sub(r"[^\r\n]", " ", line) for line, role in zip(lines, roles, strict=True)
    )
