"""What a machine is for: development, test, staging or production."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.domain.spec import Environment
from shared.domain.suggestion import Keyword
from shared.suggestion.text.expressions import Expression
from shared.suggestion.text.words import corrected, negated

_I = re.IGNORECASE


def _any(*forms: str) -> Expression:
    return Expression(rf"\b(?:{'|'.join(forms)})\b")


# Named outright, in this order, since "pre-production" contains "production".
_ENVIRONMENTS: tuple[tuple[Expression, Environment], ...] = (
    (
        _any(
            *(r"pre[\s-]?prod(?:uction)?", r"staging", "uat", r"stage(?= (?:server|environment|env|box))"),
            *("preproducción", "pré-?production", "recette", "homologação", "vorproduktion"),
        ),
        "staging",
    ),
    (
        _any(
            *("production", "prod", r"live (?:site|system|server|environment|traffic)", r"mission[\s-]critical"),
            *(r"go(?:ing|es)?[\s-]live", r"business[\s-]critical", r"high[\s-]availability"),
            *("producción", "produção", "produktion", r"produktiv\w*", "en prod", "prod-?umgebung", "produktivsystem"),
        ),
        "production",
    ),
    (
        _any(
            *("development", "dev", "develop", "developing", r"prototyp\w*", "poc", "proof of concept", "hobby"),
            *("sandbox", "playground", r"(?<!machine )(?<!deep )learn(?:ing)?", "tutorial", r"experiment(?:s|ing|al)?"),
            *("home ?work", r"side[\s-]project", "hackathon", r"course ?work", "assignment", "tinker(?:ing)?"),
            *("play(?:ing)? (?:around|with)", "try(?:ing)? (?:out|stuff)", "mess(?:ing)? around", "coding bootcamp"),
            *("desarrollo", "desarrollar", "prototipo", "aprender", "experimentar", "deberes", "hobby"),
            *("développement", "développer", "apprendre", "bac à sable", "devoirs"),
            *("entwicklung", "entwickeln", "entwicklungsserver", "lernen", "hausaufgaben?", "ausprobieren"),
            *("desenvolvimento", "desenvolver", "protótipo", "lição de casa"),
        ),
        "development",
    ),
    (
        _any(
            *(
                "tests?",
                "testing",
                "qa",
                "ci",
                "ci/cd",
                r"benchmark\w*",
                r"load[\s-]test\w*",
                "trial",
                "demo(?:s|nstration)?",
            ),
            *(
                r"pruebas?",
                "probar",
                "ensayo",
                "essais?",
                "tester",
                "testen",
                r"testumgebung",
                "testserver",
                "testes?",
                "testar",
            ),
        ),
        "test",
    ),
)
_ENVIRONMENTS_UNSPACED: tuple[tuple[Expression, Environment], ...] = (
    (Expression(r"预发布|预生产|ステージング|स्टेजिंग"), "staging"),
    (Expression(r"生产环境|生产|正式环境|线上|上线|本番|प्रोडक्शन|उत्पादन"), "production"),
    (Expression(r"开发|学习|原型|開発|学習用|プロトタイプ|विकास|डेवलपमेंट|सीखने"), "development"),
    (Expression(r"测试|演示|テスト|検証|デモ|परीक्षण|टेस्ट"), "test"),
)
# What only somebody who serves others says.
_SERVING_OTHERS = _any(
    r"(?:our|my|paying|real) (?:customers|clients|patients|shoppers|subscribers|members)", "paying users", r"24[/x]7",
    "always[- ]on", "sla", r"(?:our|the) company['’]?s? (?:website|site|shop|store)", r"online (?:shop|store)",
    "e-?commerce", r"web ?shop", r"launch(?:ing|es)? (?:on|next|this|tomorrow|to the public|day)", "public launch",
    "nuestros clientes", "mis clientes", "tienda (?:online|en línea)", "nos clients", "mes clients",
    "boutique en ligne",
    "unsere kunden", "online-?shop", "nossos clientes", "meus clientes", "loja (?:online|virtual)",
)  # fmt: skip


def environment(text: str) -> tuple[Environment, Keyword] | None:
    """The environment that the text names; the first of the table if it names several and takes none back. Where none
    is named, that it serves others says production."""
    found = [
        (hit, name)
        for pattern, name in (*_ENVIRONMENTS, *_ENVIRONMENTS_UNSPACED)
        for hit in pattern.finditer(text)
        if not negated(text, hit.start(), hit.end()) and not _about_something_else(text, hit)
    ]
    if found:
        hit, name = _last_corrected(text, found)
        return name, Keyword(text=hit[0], kind="environment", start=hit.start(), end=hit.end())
    for hit in _SERVING_OTHERS.finditer(text):
        if not negated(text, hit.start(), hit.end()):
            return "production", Keyword(text=hit[0], kind="environment", start=hit.start(), end=hit.end())
    return None


def _about_something_else(text: str, hit: re.Match[str]) -> bool:
    """Of "test results", "pen test" or "video production" only the machine's own purpose counts."""
    behind = text[hit.end() : hit.end() + 14]
    before = text[max(0, hit.start() - 8) : hit.start()]
    media = re.search(r"(?:video|music|audio|film)\s$", before, _I)
    return bool(media) or (bool(re.match(r"\s+(?:results?|data|suite)\b", behind, _I)) and hit[0].lower() == "test")


def _last_corrected(text: str, found: Sequence[tuple[re.Match[str], Environment]]) -> tuple[re.Match[str], Environment]:
    chosen = found[0]
    for other in found[1:]:
        if other[0].start() > chosen[0].end() and corrected(text[chosen[0].end() : other[0].start()]):
            chosen = other
    return chosen
