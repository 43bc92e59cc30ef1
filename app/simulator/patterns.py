"""Makes a text that a regular expression matches, for the `pattern` of a JSON schema.

Covers what schemas use: literals, escapes, classes, groups, alternation, repeats and anchors. Every repeat is
taken as few times as allowed (at least once, where that is allowed too), every alternative as the first.
"""

import re

_ESCAPED = {"d": "1", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "n": "\n", "t": "\t", "b": "", "B": ""}
_REPEAT = re.compile(r"([*+?])|\{(\d*)(,?)(\d*)\}")
_GROUP_HEAD = re.compile(r"\?(?::|P?<\w+>)")


def text_matching(pattern: str) -> str:
    """A text that `pattern` matches, or "simulated" where it is past this module."""
    candidates = (_Reader(pattern).alternatives(), "simulated", "a", "1", "A", "")
    try:
        return next((text for text in candidates if re.search(pattern, text)), "simulated")
    except re.error:
        return "simulated"


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def alternatives(self) -> str:
        """Read up to the closing parenthesis or the end; the first alternative's text."""
        first = self._sequence()
        while self._peek() == "|":
            self._at += 1
            self._sequence()
        return first

    def _sequence(self) -> str:
        text = ""
        while self._peek() not in {"", "|", ")"}:
            text += self._atom() * self._times()
        return text

    def _atom(self) -> str:
        char = self._take()
        if char == "\\":
            escaped = self._take()
            return _ESCAPED.get(escaped, escaped)
        if char == "[":
            return self._member()
        if char == "(":
            return self._group()
        return "" if char in "^$" else "a" if char == "." else char

    def _group(self) -> str:
        lookaround = self._pattern.startswith(("?=", "?!", "?<=", "?<!"), self._at)
        if head := _GROUP_HEAD.match(self._pattern, self._at):
            self._at = head.end()
        text = self.alternatives()
        self._take()
        return "" if lookaround else text

    def _member(self) -> str:
        """One character of a class; of a negated one, the first usual character that it takes."""
        start = self._at - 1
        self._at += self._peek() == "^"
        self._at += self._peek() == "]"
        while self._peek() not in {"", "]"}:
            self._at += 2 if self._peek() == "\\" else 1
        self._take()
        return self._first_of(self._pattern[start : self._at])

    def _first_of(self, character_class: str) -> str:
        usual = "aA1_- .,/:@+#é"
        return next((char for char in usual if re.fullmatch(character_class, char)), character_class[1:2])

    def _times(self) -> int:
        repeat = _REPEAT.match(self._pattern, self._at)
        if repeat is None:
            return 1
        self._at = repeat.end()
        self._at += self._peek() in {"?", "+"}
        if repeat[1]:
            return 1
        least = int(repeat[2] or 0)
        return least or (0 if repeat[4] == "0" or not repeat[3] else 1)

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._peek()
        self._at += 1
        return char
