"""What a run leaves in its folder: report.json, report.html and the outputs, from which it can be scored again."""

import json
from pathlib import Path
from typing import Any

from evals.gate import output, page
from evals.gate.run import Run

JSON, HTML, OUTPUTS = "report.json", "report.html", "outputs.jsonl"


def write(folder: Path, run: Run) -> Path:
    """Write all three; where the page is."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = run.plain() | {"judge_is": run.judge_statement(), "items": _items(run)}
    (folder / JSON).write_text(json.dumps(whole) + "\n")
    output.write(folder / OUTPUTS, (run.outputs[item.id] for item in run.golden.items))
    (folder / HTML).write_text(page.page(run))
    return folder / HTML


def _items(run: Run) -> list[dict[str, Any]]:
    return [
        {
            "id": item.id,
            "domain": item.domain,
            "intent": item.intent,
            "routed": run.outputs[item.id].intent,
            "refused": run.outputs[item.id].refused,
            "error": run.outputs[item.id].error,
            "withheld": run.outputs[item.id].withheld,
            # JSON has no NaN: null is a figure that could not be measured.
            "scores": {
                name: round(value, 4) if value == value else None for name, value in run.scores[item.id].items()
            },
        }
        for item in run.golden.items
    ]
