"""The golden set and the thresholds: what cannot be used is refused with a reason, never scored."""

import json
from pathlib import Path

import pytest

from evals.gate import golden, standards
from evals.gate.arguments import DATASET
from evals.gate.errors import NotRun

_ITEM = {
    "id": "a-1",
    "question": "Which article abolishes untouchability?",
    "intent": "factual",
    "domain": "polity",
    "difficulty": "plain",
    "answerable": True,
    "reference": "Article 17.",
    "must_have": [["article 17"]],
    "must_not": [],
    "sources": ["polity/fundamental-rights"],
}


def _file(folder: Path, *items: object) -> Path:
    path = folder / "golden.json"
    path.write_text(json.dumps({"version": 1, "items": list(items)}))
    return path


def test_the_golden_set_of_the_repository_measures_every_domain() -> None:
    found = golden.read(DATASET)
    assert len(found.items) >= 240
    assert len(found.domains) == 11
    assert min(found.domains.values()) >= golden.FEWEST
    assert {item.difficulty for item in found.items} == {"plain", "tricky"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"intent": "opinion"}, "intent"),
        ({"question": "  "}, "question"),
        ({"must_have": [[]]}, "must_have"),
        ({"reference": ""}, "without a reference"),
    ],
)
def test_an_item_that_breaks_the_format_is_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises(NotRun, match=said):
        golden.read(_file(tmp_path, _ITEM | change))


def test_two_items_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotRun, match="2 items are called 'a-1'"):
        golden.read(_file(tmp_path, _ITEM, _ITEM))


@pytest.mark.parametrize("content", ["", "[]", '{"version":1,"items":[]}', '{"version":2,"items":[{}]}', "\x00"])
def test_a_file_that_is_no_golden_set_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "golden.json"
    path.write_text(content)
    with pytest.raises(NotRun):
        golden.read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotRun, match="cannot be read"):
        golden.read(tmp_path / "none.json")


def test_a_specialist_without_items_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotRun, match="no items of pyq"):
        golden.read(_file(tmp_path, _ITEM)).only(intent="pyq")


def test_a_changed_item_has_another_fingerprint() -> None:
    item = golden.Item.model_validate(_ITEM)
    assert item.fingerprint != item.model_copy(update={"must_have": [["article 18"]]}).fingerprint


@pytest.mark.parametrize("value", ["-3", "0", "1.01", "99"])
def test_any_finite_threshold_is_valid(value: str) -> None:
    assert standards.thresholds(f'{{"accuracy": {value}}}') == {"accuracy": float(value)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("[0.9]", "JSON object"),
        ('{"accuracy": NaN}', "no finite number"),
        ('{"accuracy": Infinity}', "no finite number"),
        ('{"accuracy": 1e999}', "no finite number"),
        ('{"accuracy": true}', "no finite number"),
        ('{"accuracy": "0.9"}', "no finite number"),
        ('{"kindness": 0.9}', "no figure 'kindness'"),
    ],
)
def test_other_thresholds_are_refused(text: str, said: str) -> None:
    with pytest.raises(NotRun, match=said):
        standards.thresholds(text)
