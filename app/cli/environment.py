"""What a command finds around it, settings and database; what is wrong with them is said in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from app import telemetry
from app.errors import ConfigurationError
from app.local import server
from app.settings import Settings


def read_settings(*, quiet: bool = False) -> Settings:
    """The settings; `quiet` for commands whose output is for people, who want no log lines in it but warnings."""
    settings = Settings.from_env()
    telemetry.configure("WARNING" if quiet and settings.log_level == "INFO" else settings.log_level)
    return settings


@contextmanager
def database(settings: Settings, *, making: bool = False) -> Iterator[str]:
    """The dsn of the database; what keeps a command from using it is said in one line. Made only where `making`."""
    from app.db.engine import ConnectionLost, Refused, SchemaMissing

    if not making:
        server.check_made(settings)
    with server.database(settings) as dsn:
        try:
            yield dsn
        except SchemaMissing:
            raise ConfigurationError("this database has no tables of ours yet: run `prashna db upgrade`") from None
        except BrokenPipeError:
            raise
        except (*Refused, *ConnectionLost, TimeoutError) as error:
            raise ConfigurationError(f"the database cannot be reached: {error or type(error).__name__}") from error
