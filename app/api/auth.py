"""Bearer tokens. HS256 and RS256 have a verifier each, chosen by configuration and never by the token."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from app.errors import ConfigurationError, Unauthorized
from app.settings import AuthSettings

REQUIRED: Final = ["exp", "iat", "sub", "aud", "iss"]
# A token of ours has a few hundred bytes; nothing longer is worth parsing.
MAX_TOKEN_BYTES = 8_192
MAX_SUBJECT = 200
MIN_RSA_BITS = 2_048
# What a token for calling us may call itself; one for refreshing others says something else (RFC 9068, RFC 8725).
TYPES: Final = frozenset({None, "JWT", "at+jwt"})
# Seconds. Beyond this (the year 9999) a date is a mistake, such as one in milliseconds.
LAST_DATE = 253_402_300_799


class Verifier(Protocol):
    """Checks a token and names its student."""

    def student(self, token: str) -> str:
        """The token's `sub`.

        Raises:
            Unauthorized: whatever is wrong with it; the reason is not told.
        """
        ...


class SecretVerifier:
    """HS256 with our own secret, and nothing else."""

    def __init__(self, secret: str, *, audience: str, issuer: str) -> None:
        """Raises ConfigurationError when the secret is somebody's key in PEM form, which is public or not ours."""
        if secret.lstrip().startswith("-----BEGIN"):
            raise ConfigurationError("PRASHNA_JWT_SECRET holds a key; a public key goes into PRASHNA_JWT_PUBLIC_KEY")
        self._secret = secret
        self._audience = audience
        self._issuer = issuer

    def student(self, token: str) -> str:
        """See `Verifier`."""
        return _subject(
            lambda: jwt.decode_complete(
                token,
                self._secret,
                algorithms=["HS256"],
                audience=self._audience,
                issuer=self._issuer,
                options={"require": REQUIRED, "strict_aud": True},
            ),
            token,
        )


class PublicKeyVerifier:
    """RS256 with the identity provider's public key, and nothing else."""

    def __init__(self, pem: str, *, audience: str, issuer: str) -> None:
        """`pem` is the key's text or the path of its file.

        Raises:
            ConfigurationError: it is not an RSA public key of 2,048 bits or more.
        """
        self._key = _rsa_key(pem)
        self._audience = audience
        self._issuer = issuer

    def student(self, token: str) -> str:
        """See `Verifier`."""
        return _subject(
            lambda: jwt.decode_complete(
                token,
                self._key,
                algorithms=["RS256"],
                audience=self._audience,
                issuer=self._issuer,
                options={"require": REQUIRED, "strict_aud": True},
            ),
            token,
        )


def make_verifier(auth: AuthSettings, *, demo_secret: Callable[[], str] | None) -> Verifier:
    """The verifier the settings ask for; the demo secret only where `demo_secret` gives one (the embedded stack).

    Raises:
        ConfigurationError: no key is set, or it is not usable.
    """
    if auth.public_key:
        return PublicKeyVerifier(auth.public_key, audience=auth.audience, issuer=auth.issuer)
    if auth.secret:
        return SecretVerifier(auth.secret.get_secret_value(), audience=auth.audience, issuer=auth.issuer)
    if demo_secret is None:
        raise ConfigurationError(
            "with DATABASE_URL, set PRASHNA_JWT_SECRET or PRASHNA_JWT_PUBLIC_KEY; the demo secret is for the "
            "embedded database only"
        )
    return SecretVerifier(demo_secret(), audience=auth.audience, issuer=auth.issuer)


def _subject(decode: Callable[[], dict[str, Any]], token: str) -> str:
    if len(token) > MAX_TOKEN_BYTES:
        raise Unauthorized
    try:
        decoded = decode()
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError, RecursionError):
        raise Unauthorized from None
    claims, subject = decoded["payload"], decoded["payload"]["sub"]
    kind = decoded["header"].get("typ")
    if not (isinstance(kind, str | None) and kind in TYPES and _is_date(claims["exp"]) and _is_date(claims["iat"])):
        raise Unauthorized
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT or not subject.isprintable():
        raise Unauthorized
    return subject


def _is_date(value: object) -> bool:
    # The library turns texts and fractions into numbers; no issuer of ours sends them.
    return type(value) is int and 0 < value <= LAST_DATE


def _rsa_key(pem: str) -> RSAPublicKey:
    try:
        text = pem.replace("\\n", "\n") if "-----BEGIN" in pem else Path(pem).read_text()
        key = load_pem_public_key(text.encode())
    except (ValueError, OSError):
        raise ConfigurationError(
            "PRASHNA_JWT_PUBLIC_KEY is not a public key in PEM form, nor the path of one that can be read"
        ) from None
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_RSA_BITS:
        raise ConfigurationError(f"PRASHNA_JWT_PUBLIC_KEY must be an RSA key of {MIN_RSA_BITS} bits or more")
    return key
