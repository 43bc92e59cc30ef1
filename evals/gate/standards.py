"""What the scores are held to: the thresholds that were asked for, and floors for what is counted without a judge."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from evals.gate.errors import NotRun
from evals.gate.measures import TITLES

ISSUE = '{"faithfulness":0.90,"answer_relevancy":0.88,"accuracy":0.93}'
FLOORS = Path(__file__).with_name("floors.json")


def thresholds(text: str) -> dict[str, float]:
    """The thresholds in a JSON object of a command line: any finite number for any figure that the gate knows.

    Raises:
        NotRun: it is not that; says what is wrong.
    """
    try:
        given = json.loads(text)
    except ValueError as error:
        raise NotRun(f"--thresholds is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise NotRun("--thresholds is a JSON object of figures and numbers")
    for name, value in given.items():
        if name not in TITLES:
            raise NotRun(f"--thresholds: there is no figure {name!r}; there are {', '.join(TITLES)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise NotRun(f"--thresholds: {name} is no finite number")
    return {name: float(value) for name, value in given.items()}


def floors(path: Path = FLOORS) -> Mapping[str, float]:
    """The floors kept beside this file.

    Routing and both refusal rates are the issue's numbers. The others lie so that a healthy run is above them and one
    with a fifth of its answers spoilt is below, also on a set that no baseline knows.
    """
    found: dict[str, float] = json.loads(path.read_text())
    return found
