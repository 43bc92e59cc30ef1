"""Nothing in the repository belongs to one machine."""

import re
from pathlib import Path

from repository import ROOT, tracked_files

# Spelled so that this file does not find itself.
_MACHINE = re.compile(
    "|".join(
        [
            "/" + r"root/",
            "/" + r"work/(main|shared)",
            "/" + r"home/\w+/",
            "/" + r"Users/\w+/",
            "/" + "opt/(pypi|wheels)",
        ]
    )
)
_REGISTRIES = re.compile(
    "|".join(
        name.replace(".", r"\.")
        for name in ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org")
    )
)
_LARGEST = 1024 * 1024


def _text(path: Path) -> str:
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode(errors="replace")


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked_files() if _MACHINE.search(_text(path))] == []


def test_no_file_names_a_package_registry() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked_files() if _REGISTRIES.search(_text(path))] == []


def test_no_file_is_large() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked_files() if path.stat().st_size > _LARGEST] == []


def test_the_licence_is_there_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "APPENDIX: How to apply the Apache License to your work." in text
