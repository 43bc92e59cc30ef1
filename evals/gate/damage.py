"""Five ways to spoil a fifth of the answers. The gate is worth something only if it fails on each of them. Pure."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from app.agents.citations import mentioned
from app.agents.sentences import split
from evals.gate.golden import Item
from evals.gate.output import Output
from evals.gate.statements import bare, statements

SHARE = 0.2
_CITATION = re.compile(r"[^\S\n]?\[\d{1,3}\]")
_NUMBER = re.compile(r"\d+")
_VERB = re.compile(r"\b(is|are|was|were|can|may|must|shall|will|has|have|had|should)\b")

Spoil = Callable[[Item, Output, Output], Output]


def spoil(kind: str, items: Sequence[Item], outputs: Mapping[str, Output]) -> dict[str, Output]:
    """All outputs, a fifth of the given answers spoilt: which, the item's id decides, so every run spoils the same.

    The answer of the next spoilt item of another document is what `swapped_passages` and `another_answer` put in.
    """
    answers = [item for item in items if item.answerable and _answers(outputs[item.id])]
    chosen = sorted(answers, key=lambda item: _place(kind, item))[: max(1, round(SHARE * len(answers)))]
    spoilt = dict(outputs)
    for item in chosen:
        spoilt[item.id] = KINDS[kind](item, outputs[item.id], outputs[_donor(kind, item, answers).id])
    return spoilt


def _answers(output: Output) -> bool:
    return not output.refused and not output.error


def _place(kind: str, item: Item) -> str:
    return hashlib.sha256(f"{kind}:{item.id}".encode()).hexdigest()


def _donor(kind: str, item: Item, answers: Sequence[Item]) -> Item:
    others = [other for other in answers if other.id != item.id and not set(other.sources) & set(item.sources)]
    return min(others or answers, key=lambda other: _place(f"{kind}:{item.id}", other))


def _swapped_passages(_: Item, output: Output, other: Output) -> Output:
    """The passages of another question under this one's answer."""
    return output.model_copy(update={"passages": other.passages, "found": other.found})


def _dropped_citations(_: Item, output: Output, __: Output) -> Output:
    return output.model_copy(update={"text": _CITATION.sub("", output.text)})


def _another_answer(_: Item, output: Output, other: Output) -> Output:
    """What another question was told, with its passages."""
    return other.model_copy(update={"id": output.id, "intent": output.intent, "domains": output.domains})


def _removed_domain(item: Item, output: Output, _: Output) -> Output:
    """As if the item's domain were gone: sentences citing it are not said; when none is left, a refusal."""
    gone = {passage.n for passage in output.passages if passage.domain == item.domain}
    left = [sentence for sentence in split(output.text) if not gone & set(mentioned(sentence))]
    text = "".join(left)
    empty = not statements(text)
    kept = () if empty else tuple(passage for passage in output.passages if passage.domain != item.domain)
    keys = {passage.key for passage in output.passages if passage.n in gone}
    return output.model_copy(
        update={
            "text": "The study material here does not answer this question." if empty else text,
            "refused": empty,
            "passages": kept,
            "found": tuple(key for key in output.found if key not in keys),
        }
    )


def _false_sentence(_: Item, output: Output, __: Output) -> Output:
    """One of the answer's sentences once more, cited as before, with another number or turned into its opposite."""
    sentences = [sentence for sentence in split(output.text) if statements(sentence)]
    candidates = sorted(sentences, key=lambda one: not _NUMBER.search(bare(one)))
    for sentence in candidates:
        if (false := _falsified(sentence)) != sentence:
            return output.model_copy(update={"text": f"{output.text.rstrip()}\n\n{false.strip()}"})
    made_up = "This was abolished in 1873 by a referendum of the provinces. [1]"
    return output.model_copy(update={"text": f"{output.text.rstrip()}\n\n{made_up}"})


def _falsified(sentence: str) -> str:
    without = _CITATION.sub("", sentence)
    marks = "".join(f" [{number}]" for number in mentioned(sentence))
    number = _NUMBER.search(without)
    if number:
        wrong = str(int(number[0]) + 17)
        return f"{without[: number.start()]}{wrong}{without[number.end() :].rstrip()}{marks}"
    verb = _VERB.search(without)
    return f"{without[: verb.end()]} not{without[verb.end() :].rstrip()}{marks}" if verb else sentence


KINDS: Mapping[str, Spoil] = {
    "swapped_passages": _swapped_passages,
    "dropped_citations": _dropped_citations,
    "another_answer": _another_answer,
    "removed_domain": _removed_domain,
    "false_sentence": _false_sentence,
}
