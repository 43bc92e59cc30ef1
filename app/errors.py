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


class CutoverRefused(PrashnaError):
    """This change of a domain's embeddings is not possible now."""

    code = "cutover_refused"


class DomainBusy(CutoverRefused):
    """A content change holds this domain for too long; try again."""

    code = "domain_busy"


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


class KeyReused(PrashnaError):
    """This Idempotency-Key came with another question before; a new question needs a new key."""

    status = 422
    code = "idempotency_key_reused"


class TooManyInFlight(PrashnaError):
    """Two of your questions are still being answered; ask again when one has its answer."""

    status = 429
    code = "too_many_in_flight"


class TooManyFailures(PrashnaError):
    """Too many calls without a valid token from your address; try again shortly."""

    status = 429
    code = "too_many_failures"


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


class ProviderRefused(ProviderError):
    """A model provider does not take this request; another one it would."""

    code = "provider_refused"


class CallRefused(ProviderError):
    """We do not call this provider now."""

    code = "call_refused"


class ModelsStopped(CallRefused):
    """An operator has stopped all calls to model providers."""

    code = "models_stopped"


class ProviderResting(CallRefused):
    """This model has failed too often; it is left alone for a while."""

    code = "provider_resting"


class RetriesSpent(CallRefused):
    """Too many calls fail for each of them to be tried again."""

    code = "retries_spent"


class TaskSpent(CallRefused):
    """This question has had its share of calls, tokens, money and time."""

    code = "task_spent"


class DaySpent(CallRefused):
    """Today's tokens or money for model providers are used up."""

    code = "day_spent"


class AttemptFenced(PrashnaError):
    """Another attempt of this task has taken over; nothing of this one may be written any more."""

    code = "attempt_fenced"
