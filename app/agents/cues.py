"""Words that give a question's intent away, whatever its topic: a table of patterns with their share of a full vote."""

import re
from dataclasses import dataclass

from app.agents.answer import Intent


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern that speaks for an intent. `weight` 1 counts as much as all nearest examples together."""

    pattern: re.Pattern[str]
    intent: Intent
    weight: float


def _cue(pattern: str, intent: Intent, weight: float) -> Cue:
    return Cue(re.compile(pattern, re.IGNORECASE), intent, weight)


_YEAR = r"(?:19|20)\d\d"
_EXAM = r"(?:gs[ -]?(?:paper[ -]?)?(?:[1-4]|iv|i{1,3})|prelim(?:s|inary)?|pre|mains?|csat|upsc|cse|examiner|exam)"
_ASKED = r"(?:questions?|qs|qns?|mcqs?|papers?|topics?)"
_HAS = r"\b(?:upsc|ever|was|were|been|has|did|gets?)\b"
_WHILE = r"(?:week|month|year|session|meeting|summit)s?"

CUES = (
    _cue(r"\bpyqs?\b|\bprevious[ -]years?['’]?s?\b", "pyq", 1.6),
    _cue(r"\b(?:past|old|earlier) (?:year )?(?:questions?|papers?)\b", "pyq", 1.6),
    _cue(rf"\b{_EXAM}\b.{{0,25}}\b{_YEAR}\b|\b{_YEAR}\b.{{0,25}}\b{_EXAM}\b", "pyq", 1.2),
    _cue(rf"\b{_ASKED}\b.*\b(?:{_EXAM}|{_YEAR})\b|\b(?:{_EXAM}|{_YEAR})\b.*\b{_ASKED}\b", "pyq", 1.0),
    _cue(rf"\bessays?\b.*\b{_YEAR}\b|\b{_YEAR}\b.*\bessays?\b|\bessay (?:was|were|paper|topics?)\b", "pyq", 0.7),
    _cue(rf"{_HAS}.*\b(?:asked?|repeat(?:ed)?)\b|\basked (?:in|on|from|about|by)\b", "pyq", 0.9),
    _cue(r"\bmost (?:repeated|asked)\b|\bmarks\b|\bhow many questions\b", "pyq", 0.7),
    _cue(rf"\bweightage\b.*\b{_EXAM}\b|\b{_EXAM}\b.*\bweightage\b", "pyq", 0.7),
    _cue(r"\bessays?\b", "essay", 1.4),
    _cue(r"\b\d{3,4}[ -]?words?\b", "essay", 0.5),
    _cue(r"\b(?:outline|intro(?:ductory)?|anecdotes?|quot(?:es?|ations?)|thesis|brainstorm)\b", "essay", 0.8),
    _cue(r"\bdimensions (?:for|of|on)\b", "essay", 0.8),
    _cue(r"\bcurrent affairs?\b|\b(?:news|headlines?|editorials?)\b", "current_affairs", 1.2),
    _cue(r"\b(?:latest|recent(?:ly)?|yesterday|upcoming|nowadays|updates?|so far)\b", "current_affairs", 1.2),
    _cue(r"\b(?:naya|abhi|taaza)\b", "current_affairs", 1.2),
    _cue(r"\bcurrent\b(?! (?:account|electricity))", "current_affairs", 0.8),
    _cue(r"\bpresently\b|\bat present\b|\bthe present\b|\bright now\b", "current_affairs", 0.8),
    _cue(rf"\b(?:this|last|past) (?:(?:few|\d+|two|three|six) )?{_WHILE}\b", "current_affairs", 0.8),
    _cue(r"\btoday'?s\b", "current_affairs", 0.8),
    _cue(r"\b(?:now|just) (?:being|passed|concluded|announced|notified|launched)\b", "current_affairs", 0.8),
    _cue(r"\b(?:meaning|define|definition|difference between|distinguish|calculated)\b", "factual", 0.4),
)

# Which past papers a question names; both or none of them means both are searched.
DOMAIN_CUES = (
    (re.compile(r"\b(?:prelims?|preliminary|pre|csat)\b", re.IGNORECASE), "pyq_prelims"),
    (re.compile(r"\bmains?\b|\bgs[ -]?(?:paper[ -]?)?(?:[1-4]|iv|i{1,3})\b|\bessays?\b", re.IGNORECASE), "pyq_mains"),
)
