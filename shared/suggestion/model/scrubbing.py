"""Takes what names a person, a place on a network or a secret out of a request, and leaves what describes a machine.

Rules, in this order; each puts a neutral tag in place of what it finds. What stays: sizes, versions, dates, product
names (also those that look like hosts, such as ASP.NET), machine types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from shared.catalog.workloads import workloads

ROUNDS = 3  # a tag may bring together what stood apart; nothing was found that takes more than two

_LETTER_CASE = re.IGNORECASE
_NAME = r"[A-ZÀ-ÖØ-Þ][\w’'-]+(?:[ \t]+[A-ZÀ-ÖØ-Þ][\w’'-]+){0,2}"
_BEFORE_ONE = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[ _-]?key|access[ _-]?key|contraseña|mot de passe|passwort|"
    r"kennwort|senha|パスワード|密码)"
)

_KEYS = re.compile(
    r"-----BEGIN [A-Z ]*KEY-----.*?(?:-----END [A-Z ]*KEY-----|\Z)"
    r"|\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+)\s+\S+"
    r"|\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{8,}|\bgh[pousr]_\w{8,}|\bglpat-[\w-]{8,}|\bvmc_[\w-]{8,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bAIza[\w-]{16,}|\bxox[abeprs]-[\w-]{8,}|\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"
    r"|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b",
    re.DOTALL,
)
_SAID_SECRET = re.compile(
    rf"\b({_BEFORE_ONE})(\s*(?:[:=]|\bis\b|\bes\b|\best\b|\bist\b|\bé\b)\s*)(?!\[)[^\s\[]\S*", _LETTER_CASE
)
_DENSE = re.compile(r"(?<![\w+/=])(?=[A-Za-z_+/=]*\d)(?=[\d_+/=]*[A-Za-z])[A-Za-z0-9_+/=]{20,}(?![\w+/=])")
_HEX = re.compile(r"\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{16,}\b", _LETTER_CASE)
_LINK = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://\S+|\bwww\.\S+|\b[\w.-]+@[\w.-]+:\S+", _LETTER_CASE)
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\"]+")
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2}|:\d{1,5})?(?!\d)")
_IPV6 = re.compile(
    r"(?<![\w:])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?=[0-9a-f:]*::)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})"
    r"(?:/\d{1,3})?(?![\w:])",
    _LETTER_CASE,
)
_MAC = re.compile(r"(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])", _LETTER_CASE)
_HOST = re.compile(
    r"(?<![\w.@-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"(?:com|org|net|edu|gov|mil|int|io|dev|app|cloud|info|biz|online|site|shop|tech|xyz|internal|intranet|local|corp|"
    r"lan|home|localdomain|ai|co|eu|uk|de|fr|es|it|nl|be|ch|at|pl|pt|br|mx|in|jp|cn|ru|us|ca|au|se|no|fi|dk|cz|ie|nz|za)"
    r"(?:[/:][^\s,;)]*)?(?![\w-])"
)
_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+\d[\d\s().-]{6,18}\d|\(\d{2,5}\)[\s-]?\d{2,5}[\s-]?\d{2,6}|\d{3}[-.\s]\d{3}[-.\s]\d{4}"
    r"|0\d{1,4}[\s/-]\d{3,}(?:[\s-]\d{2,})*)(?![\w-])"
)
_TICKET = re.compile(
    r"\b(?:INC|REQ|CHG|RITM|TASK|SR)\d{4,}\b|(?<!\w)#\d{3,}\b"
    r"|\b(?!(?:RTX|GTX|RFC|ISO|CVE|UTF|SHA|AES|RSA|MI|GPT|EPYC)-)[A-Z][A-Z0-9]{1,9}-\d{3,7}\b"
    r"|\b(?:ticket|case|request|incident)\s+(?:no\.?\s*|number\s+|#\s*)?\d{4,}\b"
)
_HANDLE = re.compile(r"(?<![\w@])@[A-Za-z][\w-]{2,}")
_INTRODUCED = re.compile(
    r"(\b(?:my name is|mi nombre es|me llamo|je m[’']appelle|mein name ist|ich heiße|meu nome é|mi chiamo)\s+)"
    r"[\w’'-]+(?-i:(?:[ \t]+[A-ZÀ-ÖØ-Þ][\w’'-]+){0,2})",
    _LETTER_CASE,
)
_THIS_IS = re.compile(rf"(\b[Tt]his is ){_NAME}(?=\s+(?:from|at|of)\b)")
_GREETED = re.compile(
    rf"((?:^|\n)\s*(?:[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear|[Hh]ola|[Bb]onjour|[Hh]allo)\s+){_NAME}(?=\s*[,!:])"
)
_SIGNED = re.compile(
    r"((?:^|\n|[.!?]\s+)\s*(?:--+|(?:best|kind|warm)?\s*regards|best|thanks(?: a lot)?|thank you|cheers|sincerely|"
    r"saludos|gracias|cordialement|merci|viele grüße|mit freundlichen grüßen|danke|atenciosamente|obrigad[oa]))"
    rf"(?:[ \t]*[,!.]?[ \t]*\n\s*|[ \t]*[,!][ \t]*)(?-i:{_NAME})\s*$",
    _LETTER_CASE,
)
_DIGITS = re.compile(r"(?<![\w.])\d{7,}(?![\w.]*\d)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def scrubbed(request: str) -> str:
    """The request without what names a person, a host or a secret. Scrubbing it again changes nothing."""
    for _ in range(ROUNDS):
        before = request
        for pattern, put in _RULES:
            request = pattern.sub(put, request)
        if request == before:
            break
    return request


@cache
def _products() -> frozenset[str]:
    """Names of the catalogue that have a full stop in them."""
    return frozenset(word for each in workloads().values() for word in each.words | each.exact if "." in word)


def _host(found: re.Match[str]) -> str:
    return found[0] if found[0].lower() in _products() or found[0].lower() == "asp.net" else "[host]"


def _phone(found: re.Match[str]) -> str:
    return found[0] if _DATE.search(found[0]) else "[phone]"


def _long_number(found: re.Match[str]) -> str:
    """A round number is a count of something (10000000 rows); any other that long names something."""
    return found[0] if not found[0][3:].strip("0") else "[number]"


_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_KEYS, "[secret]"),
    (_LINK, "[link]"),
    (_EMAIL, "[e-mail]"),
    (_SAID_SECRET, r"\1\2[secret]"),
    (_DENSE, "[secret]"),
    (_HEX, "[secret]"),
    (_MAC, "[address]"),
    (_IPV4, "[address]"),
    (_IPV6, "[address]"),
    (_INTRODUCED, r"\1[name]"),
    (_THIS_IS, r"\1[name]"),
    (_GREETED, r"\1[name]"),
    (_SIGNED, r"\1, [name]"),
    (_HANDLE, "[name]"),
    (_HOST, _host),
    (_PHONE, _phone),
    (_TICKET, "[ticket]"),
    (_DIGITS, _long_number),
)
