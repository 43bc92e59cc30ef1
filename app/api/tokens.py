"""Tokens for the demo and for operators trying things out: `prashna token`."""

from datetime import UTC, datetime, timedelta

import jwt

LIFETIME = timedelta(hours=24)


def issue(secret: str, *, student: str, audience: str, issuer: str) -> str:
    """An HS256 token for `student`, valid 24 hours."""
    now = datetime.now(UTC)
    claims = {"sub": student, "aud": audience, "iss": issuer, "iat": now, "exp": now + LIFETIME}
    return jwt.encode(claims, secret, algorithm="HS256")
