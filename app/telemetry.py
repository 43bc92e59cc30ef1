"""Structured logs: events named noun.verb with fields. Prompts, answers, tokens and keys are never fields."""

import logging
import sys

import structlog


def configure(level: str = "INFO") -> None:
    """Send every log line, ours and the libraries', to standard error as one line each.

    Readable on a terminal, JSON elsewhere, so that a log collector needs no parser of its own.
    """
    people = [structlog.dev.ConsoleRenderer()]
    machines = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(people if sys.stderr.isatty() else machines),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry the module they come from."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(module=name)
    return logger
