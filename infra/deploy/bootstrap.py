"""What has to be there before Terraform can run: the APIs it asks first, its state's bucket, the artefacts' bucket, the
repository of the jobs' image and who builds that. Every step looks first, so all of it can be run again."""

from __future__ import annotations

from collections.abc import Callable

from infra.deploy.gcloud import Gcloud
from infra.deploy.settings import Settings

PLATFORM_APIS = (
    "artifactregistry",
    "cloudbuild",
    "cloudkms",
    "cloudresourcemanager",
    "firestore",
    "iam",
    "logging",
    "pubsub",
    "secretmanager",
    "serviceusage",
    "sqladmin",
    "storage",
)
# Those whose own accounts the deployment lets use its keys and topics: Google makes them when they are first needed.
AGENTS = ("firestore", "pubsub", "secretmanager", "sqladmin")
VM_APIS = ("cloudresourcemanager", "compute", "iam", "serviceusage")
KEYS = frozenset({"firestore", "secrets", "sql", "storage"})  # those of keys.tf
NO_CONDITION = "--condition=None"


def bootstrap(settings: Settings, say: Callable[[str], None]) -> None:
    """Raises CommandFailed."""
    gcloud = Gcloud(settings.project)
    say("APIs")
    gcloud.run("services", "enable", *(f"{api}.googleapis.com" for api in PLATFORM_APIS))
    Gcloud(settings.vm_project).run("services", "enable", *(f"{api}.googleapis.com" for api in VM_APIS))
    say("Google's own accounts for its services")
    for api in AGENTS:
        gcloud.run("beta", "services", "identity", "create", f"--service={api}.googleapis.com")
    gcloud.run("storage", "service-agent")
    for bucket in (settings.state_bucket, settings.artifact_bucket):
        say(f"bucket {bucket}")
        make_bucket(gcloud, bucket, settings.region)
    say(f"repository {settings.repository_id}")
    _repository(gcloud, settings)
    say(f"account {settings.image_account}")
    _image_account(gcloud, settings)


def to_adopt(settings: Settings) -> list[str]:
    """What is there already and Terraform has to take into its state (the variable `adopt`): the two buckets, and what
    an earlier deployment of this name could not take away."""
    gcloud = Gcloud(settings.project)
    ring = (f"--keyring=vmc-{settings.environment}", f"--location={settings.region}")
    keys = {each["name"].rpartition("/")[2] for each in gcloud.find("kms", "keys", "list", *ring) or ()}
    left = {
        # All or none: what is not there cannot be taken, and what a first run made before it broke off is in the state.
        "keys": keys >= KEYS,
        "seals": gcloud.find("storage", "buckets", "describe", f"gs://{settings.prefix}-seals") is not None,
    }
    return ["artifacts", "state", *(name for name, there in left.items() if there)]


def make_bucket(gcloud: Gcloud, bucket: str, region: str) -> None:
    """Versioned, so that a state that went wrong is there as it was before. Terraform adopts both, with their key."""
    url = f"gs://{bucket}"
    if gcloud.find("storage", "buckets", "describe", url) is None:
        closed = ("--uniform-bucket-level-access", "--public-access-prevention")
        gcloud.run("storage", "buckets", "create", url, f"--location={region}", *closed)
    gcloud.run("storage", "buckets", "update", url, "--versioning")


def _repository(gcloud: Gcloud, settings: Settings) -> None:
    where = (settings.repository_id, f"--location={settings.region}")
    if gcloud.find("artifacts", "repositories", "describe", *where) is None:
        kind = ("--repository-format=docker", "--description=The image of VM Creator's jobs")
        gcloud.run("artifacts", "repositories", "create", *where, *kind)


def _image_account(gcloud: Gcloud, settings: Settings) -> None:
    """Builds the jobs' image and nothing else; a release's own builds have accounts that Terraform makes."""
    email = settings.image_account
    if gcloud.find("iam", "service-accounts", "describe", email) is None:
        name = email.partition("@")[0]
        gcloud.run("iam", "service-accounts", "create", name, "--display-name=VM Creator: builds the jobs' image")
    member = f"--member=serviceAccount:{email}"
    repository = (settings.repository_id, f"--location={settings.region}")
    write = "--role=roles/artifactregistry.writer"
    gcloud.run("artifacts", "repositories", "add-iam-policy-binding", *repository, member, write)
    read = "--role=roles/storage.objectViewer"
    gcloud.run("storage", "buckets", "add-iam-policy-binding", f"gs://{settings.artifact_bucket}", member, read)
    log = "--role=roles/logging.logWriter"
    gcloud.run("projects", "add-iam-policy-binding", settings.project, member, log, NO_CONDITION)
