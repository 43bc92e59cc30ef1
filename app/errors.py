"""One tree of errors. The docstring is the default message; HTTP status and code sit on the class."""

from typing import ClassVar


class PrashnaError(Exception):
    """Something went wrong on our side."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, message: str | None = None, *, retry_after: int | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())
        self.retry_after = retry_after


class ConfigurationError(PrashnaError):
    """A setting is missing or wrong."""

    code = "configuration"


class Unauthorized(PrashnaError):
    """A valid bearer token is needed."""

    status = 401
    code = "unauthorized"


class NotFound(PrashnaError):
    """No such thing, or it is not yours."""

    status = 404
    code = "not_found"


class QueryTooLong(PrashnaError):
    """A question may have at most 4,000 characters."""

    status = 413
    code = "query_too_long"


class InvalidText(PrashnaError):
    """The text is empty or holds control characters."""

    status = 422
    code = "invalid_text"


class DailyLimit(PrashnaError):
    """Today's questions are used up; the count starts again at midnight, Indian time."""

    status = 429
    code = "daily_limit"


class Busy(PrashnaError):
    """The service cannot take this now; try again shortly."""

    status = 503
    code = "busy"


class ProviderError(PrashnaError):
    """A model provider failed."""

    code = "provider"


class ProviderTimeout(ProviderError):
    """A model provider did not answer in time."""

    code = "provider_timeout"


class ProviderBusy(ProviderError):
    """A model provider refuses more calls for now."""

    code = "provider_busy"


class ProviderGarbage(ProviderError):
    """A model provider answered with something that is not an answer."""

    code = "provider_garbage"


class AttemptFenced(PrashnaError):
    """Another attempt of this task has taken over; nothing of this one may be written any more."""

    code = "attempt_fenced"
