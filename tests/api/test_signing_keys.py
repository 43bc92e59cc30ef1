"""Which key signs is decided by the configuration, at start, and by nothing else."""

import ast
import inspect
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.students import SECRET, KeyPair

import app
from app.api.auth import PublicKeyVerifier, SecretVerifier, make_verifier
from app.errors import ConfigurationError
from app.settings import Settings


def test_no_decode_call_lists_both_families() -> None:
    lists = [found for path in Path(inspect.getfile(app)).parent.rglob("*.py") for found in _decodes(path)]

    assert len(lists) == 2
    assert sorted(lists) == [["HS256"], ["RS256"]]


@pytest.mark.parametrize("secret", ["short", "x" * 31, "\u00e9" * 15, " " * 40])
def test_a_secret_of_under_32_bytes_is_refused_at_start(secret: str) -> None:
    with pytest.raises(ConfigurationError, match=r"PRASHNA_JWT_SECRET: .*32 bytes") as refused:
        Settings.from_env({"PRASHNA_JWT_SECRET": secret})

    assert secret not in str(refused.value)


def test_the_demo_secret_is_refused_with_a_database_of_the_users_own() -> None:
    settings = Settings.from_env({"DATABASE_URL": "postgresql://h/d"})
    with pytest.raises(ConfigurationError, match="PRASHNA_JWT_SECRET"):
        make_verifier(settings.auth, demo_secret=None)


def test_the_demo_secret_is_not_even_made_where_a_key_is_set() -> None:
    def never() -> str:
        raise AssertionError("the demo secret was asked for")

    for key in ({"PRASHNA_JWT_SECRET": SECRET}, {"PRASHNA_JWT_PUBLIC_KEY": KeyPair().public_pem}):
        make_verifier(Settings.from_env(key).auth, demo_secret=never)


def test_two_kinds_of_key_at_once_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="not both"):
        Settings.from_env({"PRASHNA_JWT_SECRET": SECRET, "PRASHNA_JWT_PUBLIC_KEY": KeyPair().public_pem})


def test_a_public_key_given_as_the_secret_is_refused_at_start() -> None:
    with pytest.raises(ConfigurationError, match="PRASHNA_JWT_PUBLIC_KEY"):
        SecretVerifier(KeyPair().public_pem, audience="a", issuer="i")


@pytest.mark.parametrize("kind", ["nonsense", "private", "short", "elliptic"])
def test_what_is_no_rsa_public_key_of_2048_bits_is_refused_at_start(kind: str) -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    keys = {
        "nonsense": "nonsense",
        "private": KeyPair().private_pem,
        "short": KeyPair(bits=1_024).public_pem,
        "elliptic": curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    }
    with pytest.raises(ConfigurationError, match="PRASHNA_JWT_PUBLIC_KEY"):
        PublicKeyVerifier(keys[kind], audience="a", issuer="i")


def test_a_public_key_may_be_written_in_one_line_or_named_by_its_path(tmp_path: Path) -> None:
    pem = KeyPair().public_pem
    (tmp_path / "key.pem").write_text(pem)
    for text in (pem, pem.replace("\n", "\\n"), str(tmp_path / "key.pem")):
        settings = Settings.from_env({"PRASHNA_JWT_PUBLIC_KEY": text})
        make_verifier(settings.auth, demo_secret=None)


def _decodes(path: Path) -> list[list[str]]:
    """The families of every call in the file that names algorithms, and of every list of algorithms."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "").startswith("decode"):
            listed = [word.value for word in node.keywords if word.arg == "algorithms"]
            found += [[str(name.value) for name in one.elts] for one in listed if isinstance(one, ast.List)]
            assert all(isinstance(one, ast.List) for one in listed), f"{path.name}: algorithms are not spelled out"
    return found
