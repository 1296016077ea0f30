"""What is asked back: at most two questions, and only where the answer would change the machine."""

from __future__ import annotations

import re
from datetime import date

from shared.catalog.images import Image, images, newest
from shared.catalog.workloads import installable, workloads
from shared.suggestion.reading import Reading
from shared.suggestion.text.expressions import Expression
from shared.suggestion.text.sentences import answers, say

Question = tuple[str, tuple[str, ...]]
MOST_QUESTIONS = 2
_TRAINING = re.compile(
    r"\b(?:train(?:ing)?|fine-?tun\w+|finetun\w+|entren\w+|entraîn\w+|trainier\w+|treinar|"
    r"treinamento)\b(?=[^.;\n]{0,40}\b(?:models?|llms?|networks?|modelos?|modèles?|modelle?n?|redes?|netz)\b)|"
    r"训练.{0,10}模型|モデル.{0,6}(?:学習|訓練)|मॉडल.{0,10}(?:ट्रेन|प्रशिक्षित)",
    re.IGNORECASE,
)
# A language model of no size, of which a machine may have to be any: "a machine to run an LLM".
_SOME_MODEL = re.compile(
    r"\b(?:(?:an?|some|my|our|un|une|eine?[nm]?|um)\s+)(?:(?:own|local|large|private|propio|grand)\s+)?"
    r"(?:llms?|language models?|modelo de lenguaje|modèle de langage|sprachmodell|modelo de linguagem)\b",
    re.IGNORECASE,
)
_OTHER_USE = re.compile(
    r"\b(?:game|gaming|render\w*|video|transcod\w*|stream\w*|cad|3d|desktop|workstation|infer\w*|llm|chat\w*|"
    r"stable diffusion|train\w*|fine-?tun\w*|cuda|simulat\w*|deep learning|machine learning|ml|ai|model\w*|"
    r"jugar|juegos|spiele\w*|jeux|jogos)\b",
    re.IGNORECASE,
)


# Artificial intelligence of no kind: "a place for our AI experiments".
_SOME_AI = Expression(
    r"\b(?:(?:ai|a\.i\.|gen ?ai|artificial intelligence|llm)\s+(?:experiments?|stuff|things|work|projects?|playground|"
    r"lab|sandbox|research|server|machine|box|tests?|prototypes?|workloads?)|"
    r"(?:experiment\w*|play\w*|research\w*|tinker\w*|something|stuff) (?:with|in|for|on|around) (?:some )?(?:ai|"
    r"artificial intelligence|llms)|(?:experimentos|pruebas|proyectos?|algo|cosas) (?:de|con|para) (?:ia|"
    r"inteligencia artificial)|(?:expériences|essais|projets?|quelque chose) (?:d[’']|en |avec l[’']|pour l[’'])(?:ia|"
    r"intelligence artificielle)|ki[- ](?:experimente?|versuche|projekte?|spielwiese|server|sachen)|"
    r"(?:experimentos|projetos?|testes) (?:de|com|para) (?:ia|inteligência artificial))\b|"
    r"(?:AI|人工智能)(?:实验|项目|研究|测试)|AIの?(?:実験|研究|プロジェクト)|(?:AI|एआई) (?:प्रयोग|प्रोजेक्ट)"
)


def some_ai(text: str) -> bool:
    """Whether it asks for artificial intelligence of no kind, which commonly takes a GPU."""
    return bool(_SOME_AI.search(text))


def questions(reading: Reading, text: str, today: date) -> tuple[Question, ...]:
    """The questions that the reading of the text leaves, with ready answers in the writer's language. Each answer,
    sent as a refinement, decides."""
    asked = [*_systems(reading, today), *_purpose(reading, text)]
    return tuple(asked[:MOST_QUESTIONS])


def sees_a_machine(reading: Reading) -> bool:
    """Whether anything was read that only a machine can have."""
    stated = reading.stated
    sized = (stated.machine_type, stated.series, stated.vcpus, stated.memory_gib, stated.disk_gib, stated.gpu)
    return bool(
        reading.workloads or reading.unwanted or reading.os or any(sized) or reading.gpu is not None
        or reading.billions or reading.users or reading.data_gib or reading.ports or reading.requests_per_second
    )  # fmt: skip


def names_only_languages(reading: Reading) -> bool:
    """Whether programming languages are all that it names: "a Python script" is not yet a machine."""
    return bool(reading.workloads) and all(workloads()[id].kind == "language" for id in reading.workloads)


def _purpose(reading: Reading, text: str) -> list[Question]:
    """What it is to run, where nothing says so; what a GPU is for; how large a model is that is to be trained."""
    tongue = reading.language
    stated = reading.stated
    sized = reading.billions or stated.gpu or stated.gpu_gib or stated.machine_type
    if _TRAINING.search(text) and not sized and reading.gpu is not False and not _learns_without_gpu(reading):
        return [(say("ask_model", tongue), answers("ask_model", tongue))]
    if (
        _SOME_MODEL.search(text)
        and reading.workloads == ("ollama",)
        and not (sized or stated.vcpus or stated.memory_gib)
    ):
        return [(say("ask_model_run", tongue), answers("ask_model_run", tongue))]
    if reading.gpu and not sized and not reading.workloads and (some_ai(text) or not _OTHER_USE.search(text)):
        return [(say("ask_gpu", tongue), answers("ask_gpu", tongue))]
    return [] if sees_a_machine(reading) else [(say("ask_purpose", tongue), answers("ask_purpose", tongue))]


def _learns_without_gpu(reading: Reading) -> bool:
    """Whether everything named that computes does so without a GPU: scikit-learn, R."""
    named = [workloads()[id] for id in reading.workloads]
    return bool(named) and not any(workload.needs.gpu_gib for workload in named)


def _systems(reading: Reading, today: date) -> list[Question]:
    """Where a system was named and something that only the other family of systems can have."""
    image = images().get(reading.image or "") or (newest(reading.os, today) if reading.os else None)
    ubuntu, windows = newest("Ubuntu", today), newest("Windows Server", today)
    if image is None or ubuntu is None or windows is None:
        return []
    other: Image = ubuntu if image.os_family == "windows" else windows
    for id in reading.workloads:
        if not installable(id, image) and installable(id, other) and other.os not in reading.unwanted_os:
            title = workloads()[id].title
            ready = (form.format(other=other.os, title=title) for form in answers("ask_system", reading.language))
            return [(say("ask_system", reading.language, title=title, os=image.os), tuple(ready))]
    return []
