"""The environment, read once at the door. Every variable starts with MAESTRO_."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from maestro_core.errors import WrongSetup

CHECKOUT = Path(__file__).resolve().parent.parent
INSTALL_DASK = "In the checkout: VIRTUAL_ENV=.venv .venv/bin/uv pip install -e '.[dask]'"


class Settings(BaseSettings):
    """How this installation runs; the README has the same table."""

    model_config = SettingsConfigDict(
        env_prefix="MAESTRO_", frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    data_directory: Path = Field(
        default=CHECKOUT / "data", description="Where SQLite files, mirrors of repositories and the key live."
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL as the application's role, postgresql://…; unset means SQLite."
    )
    owner_database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL as the role that owns the tables and migrates them."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Fernet keys for credentials of sources, newest first, separated by commas; unset means a file.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; without sign-in only this machine.")
    port: int = Field(default=8501, ge=1, le=65535, description="Port to listen on.")
    refresh_minutes: int = Field(default=60, ge=1, description="Minutes between two refreshes of a source.")
    refresh_in_server: bool = Field(
        default=True, description="Whether `maestro serve` refreshes too, or leaves it to `maestro worker`."
    )
    workers: int | None = Field(
        default=None, ge=1, description="Processes that read sources at once; unset means as many as processors."
    )
    dask: str | None = Field(
        default=None,
        pattern=r"^(tcp|tls)://\S+$",
        description="The scheduler of a Dask cluster that reads the sources, tcp://…; unset means this machine.",
    )
    git_memory_mb: int = Field(default=2048, ge=256, description="Most memory a git process may take, in MB.")
    git_timeout_seconds: int = Field(default=3600, ge=10, description="Longest a git process may run, in seconds.")
    history_days: int = Field(
        default=365,
        ge=1,
        le=36500,
        description="Days back that runs of GitHub Actions and GitLab CI are read at first.",
    )
    training_mlflow: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="An MLflow server that what Maestro learns is logged to, http://…; unset means none.",
    )
    training_mlflow_token: SecretStr | None = Field(
        default=None, description="The token of that server, or user:password where it asks for both."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged.")

    @field_validator("data_directory")
    @classmethod
    def _whole(cls, path: Path) -> Path:
        # Git runs in a directory of its own, where a relative path would lead elsewhere.
        return path.expanduser().absolute()

    @field_validator("dask")
    @classmethod
    def _can_work(cls, address: str | None, others: ValidationInfo) -> str | None:
        if address and others.data.get("database_url") is None:
            raise WrongSetup(
                "MAESTRO_DASK needs PostgreSQL: other machines cannot reach a SQLite file.",
                advice="Set MAESTRO_DATABASE_URL, or leave MAESTRO_DASK unset: sources are read at once here too.",
            )
        if address and find_spec("distributed") is None:
            raise WrongSetup("MAESTRO_DASK is set, but Dask is not installed.", advice=INSTALL_DASK)
        return address

    @model_validator(mode="wrap")
    @classmethod
    def _say_what_is_wrong(cls, values: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return read(values)
        except ValidationError as problem:
            wrong = (f"MAESTRO_{str(error['loc'][0]).upper()}: {error['msg']}" for error in problem.errors())
            raise WrongSetup("; ".join(wrong), advice="The README says what each setting takes.") from None
