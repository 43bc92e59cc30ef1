"""The words of a question's subject, each with its part: a word, a preposition, a join, a mark of what is asked for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from app.retrieval.guard.lexicon import lexicon
from app.retrieval.guard.words import lemma

# `free`: belongs to the question as a whole (its year, its paper, its country) and not to a place among the words.
Part = Literal["word", "free", "preposition", "join", "mark", "do", "aux"]

# Marks of scripts whose vowels are marks belong to their word; any other sign that is no punctuation stands for itself.
_TOKEN = re.compile(
    r"@[\w-]+|\d{1,12}\.\d{1,12}|letter-a\b|month-of-may\b|[a-z]+#[\w()-]+|'s\b"
    r"|[^\W_](?:[^\W_]|[\u0300-\u036f\u0900-\u0963\u0966-\u0dff\u0e00-\u109f\u200c\u200d])*"
    r"|[,;:&+=<>*^~$°×÷€£/]|(?<!\S)-(?=\d)|[^\s\x00-\x7f\u0964\u0965\u2010-\u2027]"
)
# A preposition and what it means here; one meaning for several where the exchange asks for the same.
_MEANINGS = {
    "of": "of",
    "in": "in at under during inside amid amidst mein में",
    "on": "on about regarding concerning upon",
    "by": "by via through",
    "to": "to towards into onto ko को",
    "over": "over par पर",
    "between": "between among amongst",
    "until": "until till",
    "below": "below beneath",
    "except": "except excluding",
}
_PLAIN = """
for from with against than before after since without within outside above behind beyond across despite as like per"""
_PREPOSITIONS = {word: word for word in _PLAIN.split()} | {
    word: meaning for meaning, words in _MEANINGS.items() for word in words.split()
}
# These say something beside how the words hang together, so they are words of the subject too.
_TELLING_TEXT = "over against than before after since until without within outside above below beyond except despite"
_TELLING = frozenset(_TELLING_TEXT.split())
_JOINS_TEXT = "and or & , ; : / और तथा एवं या व aur"
_JOINS = frozenset(_JOINS_TEXT.split())
_CHOICES = frozenset(("or", "या"))
_EMPTY_TEXT = """
a an the this that these those is are was were be been being am done doing have has had having can could may might
will would shall there here which it its they their them he his him she her we our you your i so then really actually
exactly basically respectively etc happen happened happens occur occurred occurs mention mentioned asked ask
है हैं था थी थे हो होता होती ने से यह वह का की के करता करती करते किया गया गई गए हुआ हुई हुए जाता जाती जाते वाला वाले वाली
ka ki ke karta karti karte kiya gaya gayi hua hui hue hota hoti hote jata jati hai hain tha thi se ji yeh ye"""
_EMPTY = frozenset(_EMPTY_TEXT.split())
# After these a year or a paper only says where a question comes from.
_LOOSE = frozenset(("of", "in", "on", "for", "from", "by"))
_BEFORE_VERB = frozenset(("@who", "be", "been", "being"))
_ARTICLES = frozenset(("a", "an", "the", "its", "their", "his", "her"))
_DO = frozenset(("do", "does", "did"))
_POINTING_TEXT = "it its he his him she her they them their this these those"
_POINTING = frozenset(_POINTING_TEXT.split())
_AUX_TEXT = "is are was were be been being can could may might will would shall has have had"
_AUX = frozenset(_AUX_TEXT.split())
_FREE = re.compile(r"(?:1\d{3}|20\d{2}|(?:paper|range)#[\w-]+|question|past_question|essay|prelims|mains|upsc|latest)")
_COUNT = re.compile(r"\d{1,3}")
_INDIA = frozenset(("india", "indian", "bharat"))


@dataclass(frozen=True, slots=True)
class Item:
    """One word of a question. `text` is its canonical form, for a preposition its meaning, for a mark its name."""

    part: Part
    text: str


def items(text: str) -> list[Item]:
    """What `forms.read` left, in order, without the words that carry nothing. Linear in the length of `text`."""
    raw = _TOKEN.findall(text)
    words = lexicon().read([_lemma(raw, at) for at in range(len(raw))])
    found: list[Item] = []
    for at, word in enumerate(words):
        item = _item(words, at, word)
        if item is None:
            continue
        if item.text in _INDIA and found and found[-1] == Item("preposition", "in"):
            # "agriculture in India", "of India" and "Indian agriculture" are one.
            found[-1] = Item("preposition", "of")
        found.append(item)
    return _bound(found) if _swappable(found) else found


def _swappable(found: Sequence[Item]) -> bool:
    """Whether years and papers stand in relations: "from prelims to mains", "GS1 of 2019 and GS2 of 2021"."""
    free = {item.text for item in found if item.part == "free"}
    papers = sum(text.startswith("paper#") or text in ("prelims", "mains") for text in free)
    years = sum(text[0].isdigit() or text.startswith("range#") for text in free)
    related = any(
        one.part == "preposition" and one.text not in _LOOSE and two.part == "free" for one, two in pairwise(found)
    )
    return papers > 1 or years > 1 or related


def _bound(found: Sequence[Item]) -> list[Item]:
    return [Item("word", item.text) if item.part == "free" else item for item in found]


def points(text: str) -> bool:
    """Whether a pronoun stands where nothing has been named that it could mean."""
    named = turned = 0
    for word in _TOKEN.findall(text):
        if word in _POINTING and named < 2 and not turned:
            return True
        turned += named > 0 and (word in _JOINS or word[0] == "@")
        named += _carries(word)
    return False


def telling(found: Sequence[Item]) -> Iterator[str]:
    """Every word that must be the same in two questions for them to be the same question."""
    for item in found:
        if item.part in ("word", "free") or item.text in _TELLING or (item.part == "join" and item.text == "or"):
            yield item.text


def _lemma(raw: Sequence[str], at: int) -> str:
    word = raw[at]
    if not _carries(word):
        return word
    after = raw[at + 1] if at + 1 < len(raw) else ","
    modifies = _carries(after) and not (at and raw[at - 1] in _BEFORE_VERB)
    return lemma(word, modifies=modifies, governs=after in _ARTICLES)


def _carries(word: str) -> bool:
    return not (word[0] in "@'" or word in _EMPTY or word in _PREPOSITIONS or word in _JOINS or word in _DO)


def _item(words: Sequence[str], at: int, word: str) -> Item | None:
    before = words[at - 1] if at else ""
    if word[0] == "@":
        return Item("mark", word[1:])
    if word in _DO:
        return Item("do", word)
    if word in _JOINS:
        return Item("join", "or" if word in _CHOICES else "&")
    if word in _PREPOSITIONS:
        return Item("preposition", _PREPOSITIONS[word])
    if word in _AUX:
        return Item("aux", word)
    if word in _EMPTY or word == "'s":
        return None
    if word in _INDIA:
        return Item("word", "india")
    counted = word == "question" and _COUNT.fullmatch(before)
    return Item("free" if _FREE.fullmatch(word) and not counted else "word", word)
