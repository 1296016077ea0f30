"""From the body of builds.create to a build: what is refused, what is filled in, and substitutions."""

from __future__ import annotations

import re
from typing import Any

from local.rest import invalid, seconds

Json = dict[str, Any]

MOST_TAGS = 64
LONGEST = 86_400.0  # seconds
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_KEY = re.compile(r"_[A-Z0-9_]+")
_USE = re.compile(r"\$(?:(\$)|\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
# Empty in a build that no trigger began, unless the request says what they are.
_OF_A_TRIGGER = ("BRANCH_NAME", "COMMIT_SHA", "REPO_NAME", "REVISION_ID", "SHORT_SHA", "TAG_NAME", "TRIGGER_NAME")
_WITHOUT_BUCKET = ("CLOUD_LOGGING_ONLY", "NONE")
# Enumerations of the options, in the order of their numbers: Google's clients send those instead of the names.
_NUMBERED = {
    "logging": ("LOGGING_UNSPECIFIED", "LEGACY", "GCS_ONLY", "STACKDRIVER_ONLY", "NONE", "CLOUD_LOGGING_ONLY"),
    "substitutionOption": ("MUST_MATCH", "ALLOW_LOOSE"),
}


def completed(body: Json, project: str, location: str, build_id: str, created: str) -> Json:
    """The build that a body asks for, QUEUED. Raises ApiError 400."""
    for option, names in _NUMBERED.items():
        number = body.get("options", {}).get(option)
        if isinstance(number, int):
            body["options"][option] = names[number]
    _check(body)
    build = _substituted(body, _builtin(body, project, location, build_id))
    for tag in build.get("tags", []):
        if not _TAG.fullmatch(tag):
            raise invalid(f"invalid build tag {tag!r}: must match format ^[\\w][\\w.-]{{0,127}}$")
    return {
        "timeout": "3600s",
        "queueTtl": "3600s",
        **build,
        "name": f"projects/{project}/locations/{location}/builds/{build_id}",
        "id": build_id,
        "projectId": project,
        "status": "QUEUED",
        "createTime": created,
        "logUrl": f"https://console.cloud.google.com/cloud-build/builds;region={location}/{build_id}?project={project}",
    }


def _check(body: Json) -> None:
    steps = body.get("steps") or []
    if not steps:
        raise invalid("invalid build: no build steps are specified")
    for number, step in enumerate(steps):
        if not step.get("name"):
            raise invalid(f"invalid build: build step {number} must specify name")
        if step.get("script") and (step.get("args") or step.get("entrypoint")):
            raise invalid(f"invalid build: build step {number}: script cannot be used with args or entrypoint")
    if not 0 < seconds(body.get("timeout", "3600s")) <= LONGEST:
        raise invalid("invalid build: timeout must be greater than 0 and at most 24 hours")
    if len(body.get("tags", [])) > MOST_TAGS:
        raise invalid(f"invalid build: at most {MOST_TAGS} tags")
    stored = body.get("source", {}).get("storageSource")
    if "source" in body and not (stored and stored.get("bucket") and stored.get("object")):
        raise invalid("invalid build: source: only a storageSource with bucket and object is emulated")
    logging = body.get("options", {}).get("logging")
    if body.get("serviceAccount") and not body.get("logsBucket") and logging not in _WITHOUT_BUCKET:
        raise invalid(
            "if 'build.service_account' is specified, the build must either (a) specify 'build.logs_bucket', (b) use "
            "the REGIONAL_USER_OWNED_BUCKET build.options.default_logs_bucket_behavior option, or (c) use either "
            "CLOUD_LOGGING_ONLY / NONE logging options"
        )


def _builtin(body: Json, project: str, location: str, build_id: str) -> dict[str, str]:
    return {
        **dict.fromkeys(_OF_A_TRIGGER, ""),
        **body.get("substitutions", {}),
        "PROJECT_ID": project,
        "PROJECT_NUMBER": "0",
        "LOCATION": location,
        "BUILD_ID": build_id,
    }


def _substituted(body: Json, values: dict[str, str]) -> Json:
    """The body with its substitutions made. One that is used and not given is refused; one that is given and not used
    too, unless the options allow it."""
    own = set(body.get("substitutions", {}))
    for key in own - set(_OF_A_TRIGGER):
        if not _KEY.fullmatch(key):
            raise invalid(f'substitution key "{key}" does not respect format "^_[A-Z0-9_]+$"')
    used: set[str] = set()

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: held if key == "script" else replaced(held) for key, held in value.items()}
        if isinstance(value, list):
            return [replaced(each) for each in value]
        return _USE.sub(one, value) if isinstance(value, str) else value

    def one(match: re.Match[str]) -> str:
        if match[1]:
            return "$"
        key = match[2] or match[3]
        used.add(key)
        if key not in values:
            raise invalid(
                f"invalid value for 'build.substitutions': key in the template \"{key}\" is not a valid built-in"
            )
        return values[key]

    made: Json = {key: held if key == "substitutions" else replaced(held) for key, held in body.items()}
    options = body.get("options", {})
    mapped = options.get("automapSubstitutions") or any(step.get("automapSubstitutions") for step in body["steps"])
    unused = sorted(own - used - set(_OF_A_TRIGGER))
    if unused and not mapped and options.get("substitutionOption") != "ALLOW_LOOSE":
        raise invalid(f'key "{unused[0]}" in the substitution data is not matched in the template')
    return made
