"""Does without a Docker engine what `docker build` and `docker compose` would trip over.

Lints the Dockerfile, reads the compose file with the compose program, and for each image runs its install lines into an
empty environment and its code, as COPY would lay it, on that. Prints what each weighs. `make check-images` runs it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dockerfile import Stage, stages

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv-images"
# What has to work in each image, and what must not be there.
IMPORTS = {
    "api": ["app.main", "app.cli"],
    "worker": ["app.jobs.worker", "app.db.migrate", "app.local.content", "app.cli", "ingest.commands"],
}
ABSENT = {
    "api": ["openai", "cohere", "instructor", "procrastinate", "bs4", "psycopg"],
    "worker": ["fastapi", "uvicorn"],
}
SECRETS = {"PRASHNA_JWT_SECRET": "for-this-check-only-and-32-bytes-long", "POSTGRES_PASSWORD": "forThisCheckOnly"}


def main() -> int:
    """Check everything; the exit code is 0 when all of it holds."""
    _run([str(TOOLS / "bin" / "hadolint"), "--no-color", "Dockerfile"])
    print("Dockerfile: no findings", flush=True)
    _check_compose()
    found = stages(ROOT / "Dockerfile")
    with tempfile.TemporaryDirectory(prefix="prashna-images-") as folder:
        for name in ("api", "worker"):
            _check_image(name, found, Path(folder) / name)
    return 0


def _check_compose() -> None:
    # The program itself: the script that its package puts on the PATH ends with 0 whatever happened.
    program = next(TOOLS.glob("lib/python*/site-packages/compose/docker-compose"))
    bare = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    command = [
        str(program),
        "--env-file",
        os.devnull,
        "--file",
        "docker-compose.yml",
        "config",
        "--quiet",
    ]
    _run(command, bare | SECRETS)
    for name in SECRETS:
        others = {key: value for key, value in SECRETS.items() if key != name}
        refused = subprocess.run(command, cwd=ROOT, env=bare | others, capture_output=True, text=True, check=False)
        if refused.returncode == 0 or name not in refused.stderr:
            sys.exit(f"docker-compose.yml: starts without {name}, or does not name it")
    print("docker-compose.yml: valid, and refused without its secrets", flush=True)


def _check_image(name: str, found: dict[str, Stage], folder: Path) -> None:
    venv, code = folder / "venv", folder / "code"
    for line in found[f"{name}-packages"].runs:
        print(f"{name}: {line}", flush=True)
        _run(["sh", "-ec", line.replace("/opt/venv", f'"{venv}"')], _with_our_pip())
    weight, compiled = _megabytes(venv, bytecode=False), _megabytes(venv, bytecode=True)
    for copy in found[name].copies:
        for source in copy.sources if copy.stage is None else []:
            shutil.copytree(ROOT / source, code / copy.target, ignore=shutil.ignore_patterns("__pycache__"))
    python = [str(venv / "bin" / "python"), "-c"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(code), "HOME": "/nonexistent"}
    for module in IMPORTS[name]:
        _run([*python, f"import {module}"], environment, code)
    for module in ABSENT[name]:
        _run(
            [*python, f"import importlib.util as i, sys; sys.exit(i.find_spec({module!r}) and {module!r})"], environment
        )
    print(f"{name}: imports work; packages {weight:.0f} MB, {compiled:.0f} MB with their bytecode", flush=True)


def _with_our_pip() -> dict[str, str]:
    return os.environ | {"PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}", "PIP_PROGRESS_BAR": "off"}


def _megabytes(venv: Path, *, bytecode: bool) -> float:
    files = [file for file in venv.rglob("*") if file.is_file() and not file.is_symlink()]
    return sum(file.stat().st_size for file in files if bytecode or file.suffix != ".pyc") / 1e6


def _run(command: list[str], environment: dict[str, str] | None = None, folder: Path = ROOT) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}ended with code {done.returncode}")


if __name__ == "__main__":
    sys.exit(main())
