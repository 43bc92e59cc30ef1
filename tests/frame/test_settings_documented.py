"""Every setting is known to whoever reads .env.example, and to compose."""

from collections.abc import Iterator

import yaml
from pydantic import BaseModel
from repository import ROOT, example_settings

from app.settings import Settings

# Read by docker-compose.yml alone, never by us.
COMPOSE_ONLY = {"POSTGRES_PASSWORD", "POSTGRES_SHARED_BUFFERS"}
# Of the embedded server or of `make up`, which no container runs.
NOT_IN_COMPOSE = {"PRASHNA_HOME", "PRASHNA_DATABASE_PORT", "PRASHNA_WORKER_PROCESSES", "PRASHNA_JWT_PUBLIC_KEY"}


def _variables(group: type[BaseModel]) -> Iterator[str]:
    for field in group.model_fields.values():
        if field.alias:
            yield field.alias
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation)


def test_env_example_names_every_setting_and_no_other() -> None:
    assert set(example_settings()) == set(_variables(Settings)) | COMPOSE_ONLY


def test_env_example_as_it_is_sets_nothing() -> None:
    assert set(example_settings().values()) == {""}
    assert Settings.from_env(example_settings()) == Settings.from_env({})


def test_compose_hands_every_setting_to_a_process_that_reads_it() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    handed = set(services["api"]["environment"]) | set(services["worker"]["environment"])
    assert handed == set(_variables(Settings)) - NOT_IN_COMPOSE
