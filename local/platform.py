"""The whole platform on one machine: PostgreSQL, the emulated Google Cloud, the staged functions, the front door."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import httpx

from infra import look_rates
from infra.stage import HTTP, stage
from local import addresses, resources
from local.build.programs import GET_TERRAFORM
from local.credentials import UNIVERSE, write_service_account_key
from local.postgres import Server
from local.processes import Process, StartFailed
from local.server import write_whole

ROOT = Path(__file__).resolve().parent.parent
PROJECT, LOCATION, QUEUE, TOPIC = "demo", "us-west1", "vm-looks", "vm-wake"
DATABASE = "vmcreator"
ADMIN_EMAIL = "admin@example.com"
SERVICE_ACCOUNT = f"vm-creator@{PROJECT}.iam.gserviceaccount.com"
SWEEP_SECONDS = 60
SEALS_BUCKET = f"{PROJECT}-seals"
STATE_BUCKET, SOURCE_BUCKET, LOGS_BUCKET = (f"{PROJECT}-{name}" for name in ("state", "build-source", "build-logs"))
TERRAFORM_IMAGE = "hashicorp/terraform@sha256:" + "0" * 64  # stands for the terraform of this machine
HOOK_KEY = "known to everybody on this machine"
SEALS_KEPT = 10 * 365 * 86_400  # seconds
BUCKETS = [
    {"name": SEALS_BUCKET, "retentionPolicy": {"retentionPeriod": str(SEALS_KEPT)}},
    {"name": STATE_BUCKET, "versioning": {"enabled": True}},
    {"name": SOURCE_BUCKET},
    {"name": LOGS_BUCKET},
]


class Platform:
    """`folder` holds all that is kept between runs. `latency`: how slow the emulated Compute Engine is (0: at once).
    `overrides`: environment variables of the functions, over the platform's own. `without`: parts that are not
    started here, because the overrides name another (Google's own emulator, say). `terraform`: the command that builds
    run for it, instead of the one on the PATH."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        latency: float = 1.0,
        durable: bool = True,
        overrides: Mapping[str, str] | None = None,
        without: frozenset[str] = frozenset(),
        terraform: str | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self.latency = latency
        self.overrides = dict(overrides or {})
        self.without = without
        self.terraform, self.say = terraform, say
        self.logs = folder / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        self.ports = addresses.choose(folder / "ports.json", port)
        self.postgres = Server(folder / "postgres", durable=durable)
        self.processes: dict[str, Process] = {}
        self.admin_email, self.admin_password, self.token = ADMIN_EMAIL, "", ""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.ports['front']}"

    @property
    def compute_url(self) -> str:
        """Where gcloud and other clients reach the emulated Compute Engine."""
        return f"{self.address('compute')}/compute/v1"

    def address(self, name: str) -> str:
        """Where a part listens."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def __enter__(self) -> Platform:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything, in the order in which it is needed, and return once the front door answers."""
        self._check_engine()
        self.say("PostgreSQL")
        self.postgres.start()
        if DATABASE not in self.postgres.databases():
            self.postgres.create_database(DATABASE)
        if not self._key.exists():
            write_service_account_key(self._key, SERVICE_ACCOUNT)
        self.say("the emulated Google Cloud")
        for name in addresses.EMULATORS:
            if name not in self.without:
                self._run(name, self._emulator(name), ROOT)
        self.say("the functions, staged as they deploy")
        for name in addresses.FUNCTIONS:
            stage(name, self.folder / "staged")
        link = self._migrate()
        self._wait()
        environment = self.environment()
        resources.subscribe(environment["PUBSUB_ENDPOINT"], PROJECT, TOPIC, self.address("provision"))
        for bucket in BUCKETS:
            resources.make_bucket(environment["STORAGE_EMULATOR_HOST"], bucket)
        for name in addresses.FUNCTIONS:
            self.start_function(name)
        self._run("front", self._front_door(), ROOT)
        self._wait()
        self._sign_in(link)
        write_whole(self.folder / "platform.json", self.about(), mode=0o600)

    def stop(self) -> None:
        """Stop everything; nothing is left behind."""
        (self.folder / "platform.json").unlink(missing_ok=True)
        for process in self.processes.values():
            process.begin_stop()
        for process in self.processes.values():
            process.stop()
        self.processes.clear()
        self.postgres.stop()

    def about(self) -> dict[str, str]:
        """What a person or program needs to use it."""
        return {
            "url": self.url,
            "email": self.admin_email,
            "password": self.admin_password,
            "token": self.token,
            "compute": self.compute_url,
            "monitoring": self.address("monitoring"),
        }

    def start_function(self, name: str) -> None:
        """Boot a staged function by the framework's own production server, in a process of its own."""
        command = [sys.executable, "-m", "functions_framework", "--target", "main", "--host", "127.0.0.1"]
        command += ["--port", str(self.ports[name]), *(["--asgi"] if name in HTTP else [])]
        self._run(name, command, self.folder / "staged" / name)

    def advance(self, seconds: float) -> None:
        """Move the clock of the emulated cloud and of the database."""
        httpx.post(f"{self.url}/_clock", json={"advance": seconds}, timeout=30).raise_for_status()

    def environment(self) -> dict[str, str]:
        """The functions' configuration: endpoints, credentials and the database. Nothing else tells them where
        they are."""
        return {
            "GCP_PROJECT_ID": PROJECT,
            "VM_PROJECT_ID": PROJECT,
            "ENVIRONMENT": "dev",
            "LOCATION": LOCATION,
            "PUBLIC_URL": self.url,
            "DATABASE_URL": self.postgres.dsn(DATABASE),
            "WAKE_TOPIC": TOPIC,
            "LOOK_QUEUE": QUEUE,
            "PROVISION_URL": self.address("provision"),
            "TASKS_SERVICE_ACCOUNT": SERVICE_ACCOUNT,
            "COMPUTE_ENDPOINT": self.address("compute"),
            "PUBSUB_ENDPOINT": self.address("pubsub"),
            "TASKS_ENDPOINT": self.address("tasks"),
            "SECRETS_ENDPOINT": self.address("secrets"),
            "MONITORING_ENDPOINT": self.address("monitoring"),
            "FIRESTORE_EMULATOR_HOST": f"127.0.0.1:{self.ports['firestore']}",
            "STORAGE_EMULATOR_HOST": self.address("storage"),
            "SEALS_BUCKET": SEALS_BUCKET,
            **self._builds,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.ports["mail"] + 1),
            "SMTP_FROM": "VM Creator <vm-creator@example.com>",
            "SMTP_TLS": "none",
            "MAIL_OUTBOX_URL": f"{self.url}/_mail",
            "HOOK_KEY": HOOK_KEY,
            "DEAD_LETTER_SUBSCRIPTION": f"{TOPIC}-dead",
            "OPENAI_API_KEY": "local",
            "OPENAI_BASE_URL": f"{self.address('openai')}/v1",
            "OPENAI_MODEL": "scripted",
            "MODEL_INPUT_USD": "0",
            "MODEL_OUTPUT_USD": "0",
            "SIGNUP": "open",
            "ADMIN_EMAIL": ADMIN_EMAIL,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self._key.resolve()),
            "GOOGLE_CLOUD_UNIVERSE_DOMAIN": UNIVERSE,
            **self.overrides,
        }

    def _check_engine(self) -> None:
        """What the engine that is asked for lacks is said now, not by the first build."""
        wanted = {**os.environ, **self.overrides}.get("ENGINE")
        if wanted == "terraform" and not self.terraform and shutil.which("terraform") is None:
            raise StartFailed(f"ENGINE=terraform: there is no terraform on this machine. {GET_TERRAFORM}")

    @property
    def _builds(self) -> dict[str, str]:
        """What the Terraform engine's builds need."""
        return {
            "BUILD_ENDPOINT": self.address("build"),
            "BUILD_SERVICE_ACCOUNT": SERVICE_ACCOUNT,
            "BUILD_SOURCE_BUCKET": SOURCE_BUCKET,
            "BUILD_LOGS_BUCKET": LOGS_BUCKET,
            "STATE_BUCKET": STATE_BUCKET,
            "TERRAFORM_IMAGE": TERRAFORM_IMAGE,
        }

    @property
    def _key(self) -> Path:
        return self.folder / "service-account.json"

    def _run(self, name: str, command: list[str], folder: Path) -> None:
        self.processes[name] = Process(
            name, command, self.ports[name], self.logs, folder=folder, environment=self.environment()
        )

    def _wait(self) -> None:
        for process in self.processes.values():
            process.wait_until_listening()

    def _emulator(self, name: str) -> list[str]:
        command = [sys.executable, "-m", f"local.{name}", "--port", str(self.ports[name])]
        command += ["--state", str(self.folder / "cloud")]
        if name == "compute":
            command += ["--latency", str(self.latency)]
        if name in ("monitoring", "build"):
            command += ["--compute", self.address("compute")]
        if name == "build":
            command += ["--storage", self.address("storage")]
            command += ["--terraform", self.terraform] if self.terraform else []
        if name == "tasks":
            looks = look_rates.configured()
            limits = f"{looks.per_second}={looks.at_a_time}"
            command += ["--queue", f"projects/{PROJECT}/locations/{LOCATION}/queues/{QUEUE}={limits}"]
        if name == "scheduler":
            command += ["--job", f"sweep={SWEEP_SECONDS}={self.address('reaper')}/"]
            command += ["--service-account", SERVICE_ACCOUNT]
        return command

    def _front_door(self) -> list[str]:
        clocks = [self.address(name) for name in addresses.EMULATORS if name not in self.without | {"firestore"}]
        if "firestore" not in self.without:
            clocks.append(f"http://127.0.0.1:{self.ports['firestore'] + 1}")
        plan = {
            "functions": {name: self.address(name) for name in addresses.FUNCTIONS},
            "page": str(ROOT / "frontend" / "dist"),
            "clocks": clocks,
            "mail": self.address("mail"),
            "clock": str(self.folder / "cloud" / "clock.json"),
            "database": self.postgres.dsn(DATABASE),
        }
        path = self.folder / "frontdoor.json"
        write_whole(path, plan, mode=0o600)
        return [sys.executable, "-m", "local.frontdoor", "--port", str(self.ports["front"]), "--plan", str(path)]

    def _migrate(self) -> str:
        """Migrate; the first administrator's link, empty if there is one already."""
        done = subprocess.run(
            [sys.executable, "-m", "shared.migrate"],
            cwd=ROOT,
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartFailed(f"The registry could not be migrated:\n{done.stderr[-2000:]}")
        return done.stdout.strip()

    def _sign_in(self, link: str) -> None:
        """The administrator's account and token: made on the first start, remembered afterwards."""
        path = self.folder / "account.json"
        if path.exists() and not link:
            kept = json.loads(path.read_text())
            self.admin_password, self.token = kept["password"], kept["token"]
            return
        self.admin_password = secrets.token_urlsafe(12)
        with httpx.Client(base_url=self.url, timeout=30) as client:
            account = {"email": ADMIN_EMAIL, "password": self.admin_password}
            invitation = link.partition("invitation=")[2]
            client.post("/api/accounts", json={**account, "invitation": invitation}).raise_for_status()
            opened = client.post("/api/session", json=account).raise_for_status()
            cookie = opened.headers["set-cookie"].partition(";")[0]
            headers = {"Cookie": cookie, "X-CSRF-Token": opened.json()["csrf_token"]}
            made = client.post("/api/tokens", json={"name": "make up"}, headers=headers).raise_for_status()
        self.token = made.json()["token"]
        write_whole(path, {"password": self.admin_password, "token": self.token}, mode=0o600)
