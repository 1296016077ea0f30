"""The configuration, from the environment alone. `.env.example` lists every variable with its default."""

from __future__ import annotations

import ipaddress
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.domain.life import Figures
from shared.domain.model_use import Use
from shared.domain.regions import ADDRESSES, RULES
from shared.domain.spec import parse_duration
from shared.domain.use import IdleFigures

Words = Annotated[tuple[str, ...], NoDecode]
Length = Annotated[timedelta, NoDecode]
_OF_TERRAFORM = ("terraform_image", "state_bucket", "build_source_bucket", "build_logs_bucket")


class Settings(BaseSettings):
    """One field a variable, of the same name in capitals. Lengths of time are written 45s, 5m, 2h, 30d."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    # Where it runs
    gcp_project_id: str = "demo"
    vm_project_id: str = "demo"
    environment: str = Field(default="dev", pattern=r"^[a-z0-9]{1,12}$")
    location: str = "us-west1"
    public_url: str = "http://localhost:8080"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    # The database: one of the two
    database_url: str = ""
    instance_connection_name: str = ""
    database_user: str = ""
    database_name: str = "vmcreator"
    database_pool: int = Field(default=4, ge=1, le=20)
    cloud_sql_ip_type: Literal["public", "private", "psc"] = "private"

    # The model
    openai_api_key: str = ""
    openai_base_url: str = ""
    openai_model: str = "gpt-4.1-mini"
    openai_timeout: Length = timedelta(seconds=20)
    model_daily_time: Length = timedelta(minutes=10)
    model_daily_tokens: int = Field(default=200_000, ge=0)
    model_daily_usd: Decimal = Field(default=Decimal("0.50"), ge=0)
    model_input_usd: Decimal | None = Field(default=None, ge=0)
    model_output_usd: Decimal | None = Field(default=None, ge=0)
    openai_tuning_model: str = "gpt-4.1-mini-2025-04-14"
    evaluation_limit: int = Field(default=1_000_000, ge=0)

    # Google's APIs; an empty endpoint is Google's own
    engine: Literal["compute", "terraform"] = "compute"
    vm_network: str = "default"
    access_ranges: Words = ()
    wake_topic: str = "vm-wake"
    look_queue: str = "vm-looks"
    provision_url: str = "http://localhost:8080"
    tasks_service_account: str = ""
    firestore_database: str = "(default)"
    compute_endpoint: str = ""
    pubsub_endpoint: str = ""
    tasks_endpoint: str = ""
    secrets_endpoint: str = ""
    sqladmin_endpoint: str = ""
    monitoring_endpoint: str = ""
    seals_bucket: str = ""

    # The Terraform engine's builds and buckets
    terraform_image: str = Field(default="", pattern=r"^(.+@sha256:[0-9a-f]{64})?$")
    state_bucket: str = ""
    build_source_bucket: str = ""
    build_logs_bucket: str = ""
    build_service_account: str = ""
    build_endpoint: str = ""

    # Notices; without a server there is no mail, without a key there are no webhooks
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_from: str = ""
    smtp_tls: Literal["starttls", "implicit", "none"] = "starttls"
    smtp_timeout: Length = timedelta(seconds=10)
    hook_key: str = Field(default="", pattern=r"^(.{32,})?$")
    hook_timeout: Length = timedelta(seconds=10)
    mail_outbox_url: str = ""
    dead_letter_subscription: str = ""

    # Accounts
    signup: Literal["open", "invitation"] = "invitation"
    admin_email: str = ""
    session_idle: Length = timedelta(hours=12)
    session_longest: Length = timedelta(days=14)
    trusted_hops: int = Field(default=2, ge=0, le=5)
    cors_origins: Words = ()
    sign_in_limit: int = Field(default=10, ge=1)
    suggestion_limit: int = Field(default=60, ge=1)
    creation_limit: int = Field(default=20, ge=1)
    max_vms: int = Field(default=10, ge=0)
    max_vcpus: int = Field(default=32, ge=0)
    max_monthly: Decimal = Field(default=Decimal(500), ge=0)

    # The figures of a VM's life
    region_vcpu_limit: int = Field(default=8, ge=0)
    region_address_limit: int = Field(default=ADDRESSES, ge=0)
    firewall_rule_limit: int = Field(default=RULES, ge=0)
    requested_deadline: Length = timedelta(minutes=5)
    up_deadline: Length = timedelta(minutes=15)
    up_deadline_windows: Length = timedelta(minutes=30)
    up_deadline_terraform: Length = timedelta(minutes=30)
    setup_deadline: Length = timedelta(minutes=30)
    power_deadline: Length = timedelta(minutes=10)
    loud_after: Length = timedelta(minutes=15)
    destroy_patience: Length = timedelta(seconds=90)
    call_timeout: Length = timedelta(seconds=20)
    claim: Length = timedelta(seconds=90)
    run: Length = timedelta(seconds=60)
    settle: Length = timedelta(minutes=2)
    places: int = Field(default=12, ge=1)
    tries_at_a_place: int = Field(default=3, ge=1)
    longest_lease: Length = timedelta(days=30)
    switch_headroom: Length = timedelta(hours=24)
    longest_switch: Length = timedelta(days=120)
    quote_valid: Length = timedelta(minutes=15)
    duplicate_grace: Length = timedelta(minutes=10)
    sweep_at_most: int = Field(default=20, ge=1)
    sweep_share: float = Field(default=0.10, gt=0, le=1)
    stream_length: Length = timedelta(minutes=10)

    # Measured use: what is idle, and what follows
    use_look: Length = timedelta(minutes=10)
    use_stale: Length = timedelta(minutes=10)
    idle_cpu: float = Field(default=0.05, gt=0, le=1)
    idle_network: float = Field(default=3000, gt=0)
    idle_after_start: Length = timedelta(minutes=15)
    idle_warning: Length = timedelta(minutes=30)

    @field_validator(
        *(name for name, kind in __annotations__.items() if kind == "Length"),
        mode="before",
    )
    @classmethod
    def _length(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value.endswith("s") and value[:-1].isdigit():
            return timedelta(seconds=int(value[:-1]))
        return parse_duration(value, shortest=timedelta(minutes=1))

    @field_validator(*(name for name, kind in __annotations__.items() if kind == "Length"))
    @classmethod
    def _some_time(cls, value: timedelta) -> timedelta:
        if value <= timedelta(0):
            raise ValueError("a length of time is longer than nothing")
        return value

    @field_validator("model_input_usd", "model_output_usd", mode="before")
    @classmethod
    def _unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("access_ranges", "cors_origins", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("access_ranges")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if ipaddress.ip_network(each).prefixlen == 0:
                raise ValueError(f"{each} opens the machines to everybody")
        return value

    @model_validator(mode="after")
    def _one_database(self) -> Settings:
        if bool(self.database_url) == bool(self.instance_connection_name):
            raise ValueError("set one of DATABASE_URL and INSTANCE_CONNECTION_NAME")
        return self

    @model_validator(mode="after")
    def _mail_comes_from_somebody(self) -> Settings:
        if self.smtp_host and not self.smtp_from:
            raise ValueError("SMTP_HOST needs SMTP_FROM, the address that mail comes from")
        return self

    @model_validator(mode="after")
    def _room_in_a_claim(self) -> Settings:
        if self.claim <= self.call_timeout or self.claim <= self.run:
            raise ValueError("CLAIM has to be longer than CALL_TIMEOUT and than RUN")
        return self

    @model_validator(mode="after")
    def _whole_engine(self) -> Settings:
        missing = [name for name in _OF_TERRAFORM if not getattr(self, name)]
        if self.engine == "terraform" and missing:
            raise ValueError(f"ENGINE=terraform needs {', '.join(name.upper() for name in missing)}")
        if self.destroy_patience >= self.loud_after:
            raise ValueError("LOUD_AFTER has to be longer than DESTROY_PATIENCE")
        return self

    @property
    def has_terraform(self) -> bool:
        """Whether the Terraform engine has what it needs: for new VMs, or to end those that it made before."""
        return all(getattr(self, name) for name in _OF_TERRAFORM)

    @property
    def model_daily(self) -> Use:
        """What an account may use of the model in a day."""
        seconds = Decimal(self.model_daily_time.total_seconds())
        return Use(self.model_daily_tokens, self.model_daily_usd, seconds)

    @property
    def figures(self) -> Figures:
        """Those of the settings that rule a VM's life. With Terraform a machine takes longer until it is up."""
        figures = Figures(**{name: getattr(self, name) for name in Figures.__dataclass_fields__})
        if self.engine != "terraform":
            return figures
        return replace(
            figures,
            up_deadline=max(self.up_deadline, self.up_deadline_terraform),
            up_deadline_windows=max(self.up_deadline_windows, self.up_deadline_terraform),
        )

    @property
    def idle_figures(self) -> IdleFigures:
        return IdleFigures(
            cpu=self.idle_cpu,
            network=self.idle_network,
            warning=self.idle_warning,
            after_start=self.idle_after_start,
            stale=self.use_stale,
            look=self.use_look,
        )


@cache
def settings() -> Settings:
    """The settings; a bad value ends the process with a line for each that says which variable and why."""
    try:
        return Settings()
    except ValidationError as error:
        for each in error.errors():
            variable = str(each["loc"][0]).upper() if each["loc"] else "configuration"
            print(f"{variable}: {each['msg']}", file=sys.stderr)
        raise SystemExit(2) from None
