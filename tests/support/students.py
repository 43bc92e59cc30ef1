"""Students' tokens, honest and not."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.api import tokens

SECRET = "a secret that the tests share, of more than 32 bytes"
AUDIENCE = "prashna"
ISSUER = "prashna-demo"


def token(student: str) -> str:
    """A good HS256 token."""
    return tokens.issue(SECRET, student=student, audience=AUDIENCE, issuer=ISSUER)


def bearer(student: str) -> dict[str, str]:
    """The header that makes a request this student's."""
    return {"Authorization": f"Bearer {token(student)}"}


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims with changes; a claim changed to `...` is left out."""
    now = int(time.time())
    good = {"sub": "a student", "aud": AUDIENCE, "iss": ISSUER, "iat": now, "exp": now + 3600}
    return {name: value for name, value in (good | changes).items() if value is not ...}


def segment(content: bytes | dict[str, Any]) -> str:
    """One part of a token: base64url without padding."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hand_made(
    header: dict[str, Any] | bytes,
    payload: dict[str, Any] | bytes,
    key: bytes = SECRET.encode(),
    digest: str = "sha256",
) -> str:
    """A token with an HMAC of `key` that no library has a say in."""
    signed = f"{segment(header)}.{segment(payload)}"
    return f"{signed}.{segment(hmac.new(key, signed.encode(), digest).digest())}"


class KeyPair:
    """An RSA key pair as an identity provider has one."""

    def __init__(self, bits: int = 2_048) -> None:
        self._private = rsa.generate_private_key(public_exponent=65_537, key_size=bits)
        self.public = self._private.public_key()

    @property
    def private_pem(self) -> str:
        """The private key in PKCS8 PEM."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def public_pem(self) -> str:
        """The public key in PEM."""
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def forms(self) -> dict[str, bytes]:
        """The public key as the many texts that an attacker might sign with."""
        der = self.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        numbers = self.public.public_numbers()
        jwk = {
            "kty": "RSA",
            "n": segment(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
            "e": segment(numbers.e.to_bytes(3, "big")),
        }
        pem = self.public_pem.encode()
        return {
            "PEM": pem,
            "PEM without the last line feed": pem.rstrip(b"\n"),
            "PEM after a space": b" " + pem,
            "PEM with CRLF": pem.replace(b"\n", b"\r\n"),
            "PEM in one line": pem.replace(b"\n", b"\\n"),
            "PKCS1 PEM": self.public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
            "DER": der,
            "base64 of DER": base64.b64encode(der),
            "JWK": json.dumps(jwk).encode(),
            "SHA-256 of PEM": hashlib.sha256(pem).digest(),
        }
