"""Every setting, read once from the environment in the entry points and passed down in small pieces.

This is the only file that looks at os.environ. `.env` in the working folder is read too; the environment wins.
"""

import ipaddress
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from app.errors import ConfigurationError

Llm = Literal["extractive", "openai"]


# Cosine of two canonical wordings from which a stored answer may serve, for the embedded model; measured by
# evals/calibrate_cache.py.
CACHE_THRESHOLD = 0.92


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True, populate_by_name=True)


def _long_enough(secret: SecretStr) -> SecretStr:
    # RFC 7518 section 3.2: an HS256 key has at least the 256 bits of its hash.
    if len(secret.get_secret_value().encode()) < 32:
        raise ValueError("a signing secret needs at least 32 bytes")
    return secret


def _web_address(url: SecretStr) -> SecretStr:
    # Chat services put their key into the address, so it is kept out of logs and messages.
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a web address begins with http:// or https://")
    return url


def _networks(proxies: str) -> str:
    # "*" too is refused so: whoever calls could then write any address he likes.
    for proxy in proxies.split(","):
        ipaddress.ip_network(proxy.strip())
    return proxies


class DatabaseSettings(_Group):
    """`url` None means the embedded server under PRASHNA_HOME; `port` gives that one a listener on 127.0.0.1 too."""

    url: str | None = Field(None, alias="DATABASE_URL")
    port: int | None = Field(None, alias="PRASHNA_DATABASE_PORT", ge=1, le=65535)
    pool_size: int = Field(4, alias="PRASHNA_POOL_SIZE", ge=2, le=64)


class ServerSettings(_Group):
    """Where the API listens. `processes` above 1 starts that many API processes behind one port.

    Each holds at most `most_streams` open, by default four fifths of the files that the system lets it open. Only from
    `trusted_proxies`, addresses or networks with commas, is it believed for whom (and by which scheme) they call.
    """

    host: str = Field("127.0.0.1", alias="PRASHNA_HOST")
    port: int = Field(8000, alias="PRASHNA_PORT", ge=1, le=65535)
    processes: int = Field(1, alias="PRASHNA_API_PROCESSES", ge=1, le=64)
    most_streams: int | None = Field(None, alias="PRASHNA_MAX_STREAMS", ge=1)
    trusted_proxies: Annotated[str, AfterValidator(_networks)] | None = Field(None, alias="PRASHNA_TRUSTED_PROXIES")


class AuthSettings(_Group):
    """Exactly one of `secret` (HS256) and `public_key` (RS256, PEM text or a path to it) is used."""

    secret: Annotated[SecretStr, AfterValidator(_long_enough)] | None = Field(None, alias="PRASHNA_JWT_SECRET")
    public_key: str | None = Field(None, alias="PRASHNA_JWT_PUBLIC_KEY")
    audience: str = Field("prashna", alias="PRASHNA_JWT_AUDIENCE", min_length=1)
    issuer: str = Field("prashna-demo", alias="PRASHNA_JWT_ISSUER", min_length=1)


class ModelSettings(_Group):
    """Who answers, and what all providers together may cost on one Indian day: US dollars and tokens, in and out.

    Without a key the extractive answerer does.
    """

    choice: Llm | None = Field(None, alias="PRASHNA_LLM")
    primary: str = Field("gpt-4.1", alias="PRASHNA_MODEL_PRIMARY", min_length=1)
    secondary: str = Field("gpt-4.1-mini", alias="PRASHNA_MODEL_SECONDARY", min_length=1)
    router: str = Field("gpt-4.1-nano", alias="PRASHNA_MODEL_ROUTER", min_length=1)
    api_key: SecretStr | None = Field(None, alias="OPENAI_API_KEY")
    base_url: str = Field("https://api.openai.com/v1", alias="OPENAI_BASE_URL")
    daily_money: Decimal | None = Field(None, alias="PRASHNA_DAILY_MONEY", ge=0)
    daily_tokens: int | None = Field(None, alias="PRASHNA_DAILY_TOKENS", ge=0)

    @property
    def llm(self) -> Llm:
        """The configured answerer: what PRASHNA_LLM says, else openai where a key is set."""
        return self.choice or ("openai" if self.api_key else "extractive")


class RerankerSettings(_Group):
    """Cohere where a key is set, unless PRASHNA_RERANKER says otherwise."""

    choice: Literal["none", "cohere"] | None = Field(None, alias="PRASHNA_RERANKER")
    api_key: SecretStr | None = Field(None, alias="COHERE_API_KEY")
    base_url: str = Field("https://api.cohere.com", alias="COHERE_BASE_URL")
    model: str = Field("rerank-v3.5", alias="PRASHNA_MODEL_RERANK", min_length=1)

    @property
    def reranker(self) -> Literal["none", "cohere"]:
        """The configured reranker."""
        return self.choice or ("cohere" if self.api_key else "none")


class EmbedderSettings(_Group):
    """The model a new domain's first namespace starts with."""

    choice: Literal["embedded", "openai"] = Field("embedded", alias="PRASHNA_EMBEDDER")
    openai_model: str = Field("text-embedding-3-small", alias="PRASHNA_MODEL_EMBEDDING", min_length=1)
    threads: int = Field(2, alias="PRASHNA_EMBEDDER_THREADS", ge=1, le=64)


class OperationSettings(_Group):
    """What the content desk and embedding migrations work with.

    `revisions` None is the tree's own migrations/versions/cutovers, `golden` None its evals/golden_set.json; without
    `evals_python` the evaluation gate runs under .venv-evals where it is, else under this interpreter.
    """

    golden: Path | None = Field(None, alias="PRASHNA_GOLDEN")
    evals_python: Path | None = Field(None, alias="PRASHNA_EVALS_PYTHON")
    revisions: Path | None = Field(None, alias="PRASHNA_REVISIONS")
    webhook_url: Annotated[SecretStr, AfterValidator(_web_address)] | None = Field(None, alias="PRASHNA_WEBHOOK_URL")


class ChatSettings(_Group):
    """Limits of the ask path."""

    daily_limit: int = Field(100, alias="PRASHNA_DAILY_LIMIT", ge=1)
    cache_threshold: float = Field(CACHE_THRESHOLD, alias="PRASHNA_CACHE_THRESHOLD", ge=0.5, le=1)
    dense_weight: float = Field(0.7, alias="PRASHNA_DENSE_WEIGHT", ge=0, le=1)
    worker_concurrency: int = Field(32, alias="PRASHNA_WORKER_CONCURRENCY", ge=1, le=1000)
    worker_processes: int = Field(1, alias="PRASHNA_WORKER_PROCESSES", ge=1, le=64)


class Settings(_Group):
    """All groups. Build it with `from_env` in an entry point, hand on the group that is needed."""

    home: Path = Field(Path(".prashna"), alias="PRASHNA_HOME")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="PRASHNA_LOG_LEVEL")
    database: DatabaseSettings
    server: ServerSettings
    auth: AuthSettings
    models: ModelSettings
    reranker: RerankerSettings
    embedder: EmbedderSettings
    operations: OperationSettings
    chat: ChatSettings

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings.

        `environ` stands in for the process environment and `.env`, for tests.

        Raises:
            ConfigurationError: a value is out of range or of the wrong kind; names the variable.
        """
        if environ is None:
            environ = {k: v for k, v in dotenv_values(".env").items() if v is not None} | dict(os.environ)
        # An empty variable means "not set", as an untouched line of .env.example does.
        values: dict[str, object] = {key: value for key, value in environ.items() if value != ""}
        groups = {name: values for name, field in cls.model_fields.items() if field.alias is None}
        try:
            settings = cls.model_validate(values | groups)
        except ValidationError as error:
            raise ConfigurationError(_explain(error)) from None
        return settings.checked()

    def checked(self) -> Self:
        """These settings, when they fit together; raises ConfigurationError otherwise."""
        if self.auth.secret and self.auth.public_key:
            raise ConfigurationError("set PRASHNA_JWT_SECRET or PRASHNA_JWT_PUBLIC_KEY, not both")
        if self.models.llm == "openai" and not self.models.api_key:
            raise ConfigurationError("PRASHNA_LLM=openai needs OPENAI_API_KEY")
        if self.reranker.reranker == "cohere" and not self.reranker.api_key:
            raise ConfigurationError("PRASHNA_RERANKER=cohere needs COHERE_API_KEY")
        if self.embedder.choice == "openai" and not self.models.api_key:
            raise ConfigurationError("PRASHNA_EMBEDDER=openai needs OPENAI_API_KEY")
        return self


def _explain(error: ValidationError) -> str:
    # The value is left out on purpose: it may be a secret.
    return "; ".join(f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors(include_input=False))


def child_environment(**changes: str) -> dict[str, str]:
    """This process's environment with changes, for starting a process of ours."""
    return dict(os.environ) | changes


METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def metrics_folder() -> str | None:
    """Where the API processes behind one port count together; the library that counts reads the variable itself."""
    return os.environ.get(METRICS_FOLDER)


@contextmanager
def common_metrics_folder() -> Iterator[None]:
    """For as long as the block runs, processes that are started find a folder to count in together."""
    with TemporaryDirectory(prefix="prashna-metrics-") as folder:
        os.environ[METRICS_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[METRICS_FOLDER]
