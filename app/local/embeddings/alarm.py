"""Telling the team: the log, a row in ops.notices, and a webhook where one is set. Never fails its caller."""

from collections.abc import Mapping
from typing import Any

from app.db import engine, notices
from app.local.embeddings.operator import Operator
from app.telemetry import get_logger

_SECONDS = 5.0

log = get_logger(__name__)


async def raise_alarm(operator: Operator, event: str, message: str, details: Mapping[str, Any]) -> None:
    """Say one thing in all three places."""
    log.warning(event, domain=operator.domain, message=message)
    await _keep(operator, event, message, details)
    address = operator.settings.operations.webhook_url
    if address is not None:
        body = {"event": event, "domain": operator.domain, "message": message, "details": dict(details)}
        # Chat services show "text".
        await _post(address.get_secret_value(), {"text": f"Prashna: {message}", **body})


async def _keep(operator: Operator, event: str, message: str, details: Mapping[str, Any]) -> None:
    """By a connection of its own where the operator's, idle for as long as a gate takes, is lost."""
    try:
        try:
            await notices.add(
                operator.connection, event=event, domain=operator.domain, message=message, details=details
            )
        except engine.ConnectionLost:
            spare = await engine.connect(operator.dsn)
            try:
                await notices.add(spare, event=event, domain=operator.domain, message=message, details=details)
            finally:
                await spare.close()
    except (engine.DatabaseError, TimeoutError, *engine.ConnectionLost) as error:
        log.warning("notice.failed", error=type(error).__name__)


async def _post(address: str, body: Mapping[str, Any]) -> None:
    import httpx

    try:
        async with httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client:
            (await client.post(address, json=body)).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Its text may hold the address, and that a key.
        log.warning("webhook.failed", error=type(error).__name__)
