"""One namespace against its domain's active one, on the database that students use: what a cutover asks before it."""

import json
from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from app.db import engine, search
from app.db.search import Namespace
from app.settings import Settings
from evals.gate import bootstrap, database, pipeline, standards
from evals.gate.arguments import Arguments
from evals.gate.baseline import Baseline
from evals.gate.errors import NotRun
from evals.gate.golden import FEWEST, GoldenSet
from evals.gate.measures import JUDGED
from evals.gate.progress import Progress
from evals.gate.scoring import ItemScores, Scoring
from evals.gate.verdict import EXIT, MOST_UNMEASURED, Verdict, reach


async def run(settings: Settings, wanted: Arguments, whole: GoldenSet) -> int:
    """Ask both, compare item by item, print the result; the exit code.

    Failed is a figure that fell significantly over the domain's items, or one under a threshold that was asked for.
    Thresholds are those of the whole set, so all its items are held to them, asked with the candidate in its domain's
    place. Nothing is written anywhere.

    Raises:
        NotRun: no such namespace, too few items for its domain, or the database is not there.
    """
    thresholds = standards.thresholds(wanted.thresholds) if wanted.thresholds else {}
    progress = Progress()
    with database.live(settings) as dsn:
        candidate, active = await _both(dsn, wanted.namespace or "")
        chosen = whole.only(domain=candidate.domain)
        if len(chosen.items) < FEWEST:
            raise NotRun(f"{candidate.domain} has {len(chosen.items)} items, a verdict needs {FEWEST}: unmeasured")
        scoring = Scoring(settings, wanted.judge, whole.items)
        scores: list[Mapping[str, ItemScores]] = []
        # The active one against itself is asked once: the answers would be the same.
        for namespace in dict.fromkeys((active, candidate)):
            progress.say(f"asking {len(chosen.items)} questions of {namespace.domain}/{namespace.name}")
            outputs = await pipeline.run(settings, dsn, chosen.items, progress, instead=[namespace.id])
            scores.append(await scoring.scores(chosen.items, {one.id: one for one in outputs}))
        everywhere = dict(scores[-1])
        if thresholds and (others := [item for item in whole.items if item.domain != candidate.domain]):
            progress.say(f"asking {len(others)} questions of the other domains")
            outputs = await pipeline.run(settings, dsn, others, progress, instead=[candidate.id])
            everywhere |= await scoring.scores(others, {one.id: one for one in outputs})
    before = Baseline(scoring.judge, "", scores[0])
    verdict = reach(scores[-1], judge=scoring.judge, thresholds={}, floors={}, baseline=before)
    held = reach(everywhere, judge=scoring.judge, thresholds=thresholds, floors={}, baseline=None)
    both = [verdict, *([held] if thresholds else [])]
    said = failures(both, everywhere, scoring.judge)
    result = _result(candidate, active, chosen, scoring.judge, scores[0], both, said)
    print(json.dumps(result, separators=(",", ":")) if wanted.json else _table(result))
    return int(result["exit"])


def failures(verdicts: Sequence[Verdict], scores: Mapping[str, ItemScores], judge: str) -> list[str]:
    """Why the gate is shut, a line each, every one said once; `scores` are all those that the verdicts are on.

    What could not be measured is said by its cause and what to do, not by each figure that lacks it, and such a figure
    is held to no threshold.
    """
    found = [failure for verdict in verdicts for failure in verdict.failures]
    lost = {failure.figure for failure in found if failure.kind == "unmeasured"}
    causes = _causes(list(scores.values()), judge) if lost else []
    rest = [one for one in found if one.figure not in lost or (one.kind == "unmeasured" and not causes)]
    return [*causes, *dict.fromkeys(map(str, rest))]


def _causes(scores: Sequence[ItemScores], judge: str) -> list[str]:
    failed = [one for one in scores if isnan(one.get("routing", 0.0))]
    answers = [one for one in scores if one not in failed and any(name in one for name in JUDGED)]
    unjudged = [one for one in answers if any(isnan(one.get(name, 0.0)) for name in JUDGED)]
    said = []
    if failed:
        said.append(f"{len(failed)} of {len(scores)} questions ended in an error and have no answer to score")
    if unjudged and judge == "local":
        said.append(f"the local judge found nothing to score in {len(unjudged)} of {len(answers)} answers")
    elif unjudged:
        said.append(
            f"the judge {judge}, which PRASHNA_LLM and OPENAI_BASE_URL name, gave no score for {len(unjudged)} of "
            f"{len(answers)} answers: see that it answers, or set PRASHNA_LLM=extractive for the local judge"
        )
    return [f"{one}; at most {MOST_UNMEASURED:.0%} may be unmeasured" for one in said]


async def _both(dsn: str, name: str) -> tuple[Namespace, Namespace]:
    async with engine.open_pool(dsn, application="eval", size=1) as pool:
        candidate = await search.namespace_named(pool, name)
        if candidate is None:
            raise NotRun(f"there is no namespace {name!r}; name one by its id or as domain/name")
        found = await search.namespaces(pool, [candidate.domain])
    if not found:
        raise NotRun(f"{candidate.domain} has no active namespace to compare with")
    return candidate, found[0]


def _result(
    candidate: Namespace,
    active: Namespace,
    chosen: GoldenSet,
    judge: str,
    before: Mapping[str, ItemScores],
    both: Sequence[Verdict],
    said: Sequence[str],
) -> dict[str, Any]:
    verdict, *held = both
    word = max((one.word for one in both), key=EXIT.__getitem__)
    old = {
        name: bootstrap.mean(values)
        for name in verdict.means
        if (values := [one[name] for one in before.values() if name in one and one[name] == one[name]])
    }
    return {
        "passed": word == "passed",
        "exit": EXIT[word],
        "verdict": word,
        "domain": candidate.domain,
        "items": len(chosen.items),
        "judge": judge,
        "namespace": {"id": str(candidate.id), "name": candidate.name, "model": candidate.model},
        "active": {"id": str(active.id), "name": active.name, "model": active.model},
        "scores": {name: mean.plain() for name, mean in verdict.means.items()},
        "active_scores": {name: mean.plain() for name, mean in old.items()},
        "difference": {name: change.plain() for name, change in verdict.changes.items()},
        "confidence": bootstrap.CONFIDENCE,
        "failures": list(said),
        "whole": {"scores": {name: mean.plain() for name, mean in held[0].means.items()}} if held else None,
    }


def _table(result: Mapping[str, Any]) -> str:
    lines = [
        f"{result['domain']}: {result['namespace']['name']} against {result['active']['name']} (active), "
        f"{result['items']} items, judge {result['judge']}"
    ]
    for name, score in result["scores"].items():
        old, change = result["active_scores"].get(name), result["difference"].get(name)
        said = f"{change['mean']:+.3f} ({change['low']:+.3f} to {change['high']:+.3f})" if change else "too few pairs"
        lines.append(f"  {name:<22} {score['mean']:.3f}  {old['mean'] if old else float('nan'):.3f}  {said}")
    return "\n".join([*lines, *(f"  {failure}" for failure in result["failures"]), str(result["verdict"]).upper()])
