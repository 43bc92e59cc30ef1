"""Sets the cache's threshold for an embedder: curves of served-wrong and kept by threshold, raw and under the keys.

    python -m evals.calibrate_cache [--pairs FILE.jsonl] [--out FOLDER]

The embedder is that of PRASHNA_EMBEDDER. Writes cache_threshold.json and cache_threshold.png into the folder. `raw` is
what a cache by cosine alone would serve: the questions as typed. `guarded` is ours: canonical wordings, equal keys, one
language, no personal questions. The best threshold is the lowest with nothing wrong; the set must not be the one that
the rules were written on.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.errors import InvalidText, PrashnaError
from app.resources import open_embedders
from app.retrieval import question as questions
from app.retrieval.embedder import Embedder
from app.retrieval.guard.comparison import veto
from app.retrieval.guard.guarded import guard
from app.settings import CACHE_THRESHOLD, Settings

REPORT_SET = Path(__file__).parent / "sets/cache_pairs_report.jsonl"
THRESHOLDS = tuple(round(0.50 + 0.01 * step, 2) for step in range(51))
_BATCH = 128

Cosines = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Measured:
    """One array entry a pair. `allowed`: nothing but the cosine stands between this pair and a hit."""

    same: npt.NDArray[np.bool_]
    raw: Cosines
    canonical: Cosines
    allowed: npt.NDArray[np.bool_]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The labelled pairs of a file.

    Raises:
        PrashnaError: a line is not one; names it.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PrashnaError(f"{path} cannot be read: {type(error).__name__}") from None
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            rows.append({"cached": _text(row["cached"]), "asked": _text(row["asked"]), "same": row["same"] is True})
        except (ValueError, KeyError, TypeError, InvalidText):
            raise PrashnaError(f'{path}, line {number}: not {{"cached", "asked", "same"}}') from None
    if not rows:
        raise PrashnaError(f"{path}: no pairs")
    return rows


def _text(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise TypeError
    return questions.clean(given).strip()


async def measure(rows: Sequence[dict[str, Any]], embedder: Embedder) -> Measured:
    """Cosines of both kinds for rows of {"cached", "asked", "same"}."""
    pairs = [(row["cached"], row["asked"]) for row in rows]
    guarded = [(guard(cached), guard(asked)) for cached, asked in pairs]
    raw = await _cosines([(questions.normalise(one), questions.normalise(other)) for one, other in pairs], embedder)
    canonical = await _cosines([(cached.text, asked.text) for cached, asked in guarded], embedder)
    allowed = [veto(pair, *both) is None for pair, both in zip(pairs, guarded, strict=True)]
    return Measured(np.array([bool(row["same"]) for row in rows]), raw, canonical, np.array(allowed))


async def _cosines(pairs: Sequence[tuple[str, str]], embedder: Embedder) -> Cosines:
    texts = sorted({text for pair in pairs for text in pair})
    vectors: dict[str, Cosines] = {}
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        vectors |= dict(zip(batch, await embedder.embed(batch), strict=True))
    return np.array([vectors[one] @ vectors[other] for one, other in pairs], np.float32)


def curves(measured: Measured) -> list[dict[str, float]]:
    """For each threshold the wrong answers served and the share of paraphrases kept, raw and guarded."""
    found = []
    for threshold in THRESHOLDS:
        # Equal texts may have a cosine a rounding below 1.
        raw = measured.raw >= threshold - 1e-6
        guarded = measured.allowed & (measured.canonical >= threshold - 1e-6)
        found.append(
            {
                "threshold": threshold,
                "raw_wrong": int((raw & ~measured.same).sum()),
                "raw_kept": _share(raw, measured.same),
                "guarded_wrong": int((guarded & ~measured.same).sum()),
                "guarded_kept": _share(guarded, measured.same),
            }
        )
    return found


def _share(served: npt.NDArray[np.bool_], same: npt.NDArray[np.bool_]) -> float:
    return round(float((served & same).sum() / max(1, same.sum())), 4)


def best(points: Sequence[dict[str, float]], kind: str) -> float | None:
    """The lowest threshold of the curve from which on nothing wrong is served."""
    lowest = None
    for point in reversed(points):
        if point[f"{kind}_wrong"]:
            break
        lowest = point["threshold"]
    return lowest


def report(measured: Measured, *, embedder: str, pairs: Path) -> dict[str, Any]:
    """What is written to cache_threshold.json."""
    points = curves(measured)
    return {
        "embedder": embedder,
        "pairs": pairs.name,
        "hard": int((~measured.same).sum()),
        "paraphrases": int(measured.same.sum()),
        "best_guarded": best(points, "guarded"),
        "best_raw": best(points, "raw"),
        "curves": points,
    }


def chart(found: dict[str, Any], path: Path) -> None:
    """Both curves as a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    kept, wrong = figure.subplots(1, 2)
    x = [point["threshold"] for point in found["curves"]]
    for kind, colour in (("raw", "#b3473c"), ("guarded", "#2b6777")):
        kept.plot(x, [point[f"{kind}_kept"] for point in found["curves"]], label=kind, color=colour)
        wrong.plot(x, [point[f"{kind}_wrong"] for point in found["curves"]], label=kind, color=colour)
    kept.set(xlabel="cosine threshold", ylabel="paraphrases kept", ylim=(0, 1))
    wrong.set(xlabel="cosine threshold", ylabel=f"wrong answers served of {found['hard']}")
    for axes in (kept, wrong):
        axes.axvline(CACHE_THRESHOLD, color="#999999", linewidth=0.8)
        axes.legend(frameon=False)
    figure.savefig(path, dpi=140)


async def calibrate(settings: Settings, rows: Sequence[dict[str, Any]], pairs: Path) -> dict[str, Any]:
    """Measure with the configured embedder."""
    async with open_embedders(settings) as (embedded, embedders):
        openai = settings.embedder.choice == "openai"
        embedder: Embedder = embedders.of(settings.embedder.openai_model) if openai else embedded
        return report(await measure(rows, embedder), embedder=embedder.name, pairs=pairs)


def main() -> int:
    """Run from the command line; 0 when a threshold was found."""
    parser = argparse.ArgumentParser(description="Find the cache threshold for an embedder.")
    parser.add_argument("--pairs", type=Path, default=REPORT_SET, help='JSON Lines of {"cached", "asked", "same"}')
    parser.add_argument("--out", type=Path, default=Path("reports/cache"), help="folder for the JSON and the chart")
    options = parser.parse_args()
    try:
        found = asyncio.run(calibrate(Settings.from_env(), read_rows(options.pairs), options.pairs))
    except PrashnaError as error:
        print(f"calibrate_cache: {error}", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "cache_threshold.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    chart(found, options.out / "cache_threshold.png")
    at = next(point for point in found["curves"] if point["threshold"] == CACHE_THRESHOLD)
    print(f"{found['embedder']}: {found['hard']} hard pairs, {found['paraphrases']} paraphrases of {found['pairs']}")
    print(f"at {CACHE_THRESHOLD} raw: {at['raw_wrong']} wrong, {at['raw_kept']:.1%} kept")
    print(f"at {CACHE_THRESHOLD} guarded: {at['guarded_wrong']} wrong, {at['guarded_kept']:.1%} kept")
    print(f"lowest threshold with nothing wrong: guarded {found['best_guarded']}, raw {found['best_raw']}")
    print(f"written to {options.out}")
    return 0 if found["best_guarded"] is not None else 1


if __name__ == "__main__":
    sys.exit(main())
