"""What a provider's HTTP status means for us, whichever client read it."""

import math
from collections.abc import Mapping

from app.errors import ProviderBusy, ProviderError, ProviderRefused

# Of the request, not of the provider: too long, or filtered. A student must not be able to call a model broken.
_OF_THE_REQUEST = (400, 413, 422)
_OF_THE_KEY = (401, 402, 403)


def meaning(status: int | None, headers: Mapping[str, str]) -> ProviderError:
    """The error for a status that is no success. Its message carries no text of the provider."""
    if status == 429:
        return ProviderBusy(retry_after=_retry_after(headers))
    if status in _OF_THE_KEY:
        return ProviderError(f"the provider refuses the key (status {status})")
    kind = ProviderRefused if status in _OF_THE_REQUEST else ProviderError
    return kind(f"the provider answered with status {status}")


def _retry_after(headers: Mapping[str, str]) -> int | None:
    """Whole seconds of a Retry-After header; the date form is rare enough to count as unknown."""
    try:
        seconds = float(next((value for name, value in headers.items() if name.lower() == "retry-after"), ""))
    except ValueError:
        return None
    return math.ceil(seconds) if 0 <= seconds < 86_400 else None
