"""Halves and quarters as people say them → decimals: "an hour and a half", "dreieinhalb Tage"."""

from __future__ import annotations

import re

from shared.suggestion.text.folding import Plain
from shared.suggestion.text.patterns import Pattern

_GERMAN = {
    word: at
    for at, word in enumerate(("ein", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn"), 1)
}
_UNIT_AHEAD = (
    r"(?=(?:an? )?(?:g[bo]|gi?gs?|gigas?|gigabytes?|t[bo]|tib|teras?|terabytes?|teraoctets?|hours?|days?|weeks?|"
    r"months?|years?|"
    r"horas?|heures?|stunden?|dias?|jours?|tagen?|tag|journees?|semanas?|semaines?|wochen?|mes|meses|mois|monate?|ano|"
    r"jahre?|million|billion|hrs?|h|"
    r"v?cpu|core)\b)"
)
_HALVES = Pattern(
    r"\b(?P<n>\d+)\s*(?:and a half|& a half|y medi[oa]|et demie?|e mei[oa]|einhalb)\b|"
    rf"\b(?P<compound>{'|'.join(_GERMAN)})einhalb\b|"
    r"\b(?P<quarter_hour>dreiviertel|viertel)(?=stunde\b)|"
    r"(?P<ge>\d+)\s*[个個]\s*0\.5\s*(?=小时|小時|钟头|钟|月|星期|礼拜)|"
    rf"(?<![\w.,/])(?:(?P<before>\d+)[ -])?(?P<over>[13])/(?P<under>[24]) (?:of an? )?{_UNIT_AHEAD}|"
    rf"\b(?:an? )?(?:(?P<parts>[13]) )?(?P<q>quarters?|quarts?|cuartos?|quartos?|viertel) (?:of |de |d')?"
    rf"(?:an? |un |ein "
    rf")?{_UNIT_AHEAD}|"
    rf"\b(?P<h>half (?:of )?an? |an? half(?: of)?(?: an?)? |half[ -](?=g|t)|half |medi[oa] |(?:une? )?demi[ -]e?|"
    rf"(?:eine?[rnms]? )?halbe[rsnm]? |mei[oa] ){_UNIT_AHEAD}|"
    r"\b(?:(?:an?|una?|une|uma?|eine?|(?P<whole>\d+))\s?)?(?P<unit>h|hrs?|hours?|days?|weeks?|months?|"
    r"years?|horas?|dias?|semanas?|mes|meses|heures?|jours?|semaines?|mois|stunden?|tage?|wochen?|monate?)"
    r" (?:and a half|y medi[oa]|et demie?|e mei[oa]|und (?:eine? )?halbe[rsn]?|"
    r"(?P<fourth>and a quarter|y (?:un )?cuarto|et (?:un )?quart|e (?:um )?quarto|und (?:eine? )?viertel))\b|"
    r"(?P<han>\d+)\s*(?P<counter>时间|時間|小时|小時|天|日間|日|周|週間|年|(?:个|個|[かカヶヵケ])月)半|\b(?P<german>anderthalb)\b",
    stems="half medi demi halb mei quart viertel cuarto 半 0.5 /2 /4",
)


def with_halves(plain: Plain) -> Plain:
    """The text, its whole numbers in digits already, with these too."""
    return plain.replaced(_HALVES, _decimal)


def _decimal(hit: re.Match[str]) -> str:
    if hit["n"]:
        return f"{hit['n']}.5"
    if hit["unit"]:
        return f"{hit['whole'] or 1}{'.25' if hit['fourth'] else '.5'} {hit['unit']}"
    if hit["compound"]:
        return f"{_GERMAN[hit['compound']]}.5"
    if hit["ge"]:
        return f"{hit['ge']}.5 "
    if hit["under"]:
        return f"{int(hit['before'] or 0) + int(hit['over']) / int(hit['under']):g} "
    if hit["han"]:
        return f"{hit['han']}.5 {hit['counter']}"
    if hit["german"]:
        return "1.5"
    if hit["quarter_hour"]:
        return "0.75 " if hit["quarter_hour"].startswith("drei") else "0.25 "
    if hit["q"]:
        return "0.75 " if hit["parts"] == "3" else "0.25 "
    return "0.5 "
