"""What a run leaves behind: a table for the terminal, a JSON file for charts and comparisons."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.bench.figure import Figure

REPORT = Path("reports/bench.json")


def table(title: str, figures: Sequence[Figure]) -> str:
    """Name, median, lowest and highest round, unit, bar and verdict, one figure a line."""
    rows = [("", "median", "min - max", "", "bar", "")]
    rows += [
        (
            figure.name,
            _number(figure.median),
            f"{_number(min(figure.values))} - {_number(max(figure.values))}" if len(figure.values) > 1 else "one run",
            figure.unit,
            str(figure.bar or ""),
            figure.verdict,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = [f"  {row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:<{widths[3]}}  "
             f"{row[4]:<{widths[4]}}  {row[5]}".rstrip() for row in rows]  # fmt: skip
    return "\n".join([f"{title}", *lines, ""])


def machine() -> dict[str, Any]:
    """Where and when: figures of two machines, or of a busy and an idle one, are not comparable."""
    return {
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def write(path: Path, about: Mapping[str, Any], sections: Mapping[str, Sequence[Figure]]) -> None:
    """The whole run as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = {title: [_plain(figure) for figure in section] for title, section in sections.items()}
    path.write_text(json.dumps({"about": about, "figures": figures}, indent=1) + "\n")


def _plain(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "unit": figure.unit,
        "median": figure.median,
        "values": list(figure.values),
        "bar": str(figure.bar) if figure.bar else None,
        "verdict": figure.verdict or None,
    }


def _number(value: float) -> str:
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
