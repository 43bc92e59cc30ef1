"""What a question about past papers does not want: "except ordinances", "other than GS2", "not about writs". Pure."""

import re

_LEFT_OUT = (
    r"(?:(?:with the )?except(?:ing|ion of)?(?: for)?|exclud(?:e|ed|es|ing)|(?:all|anything|everything) but|other than|"
    r"(?:apart|aside) from|besides|barring|minus|(?:leav(?:e|ing)|left) (?:out|aside)|skip(?:ping)?|ignor(?:e|ing)|"
    r"omit(?:ting)?|without|(?:but|with) no|but not|(?<=, )no(?!\.|\s?\d)|"
    r"(?:do not|don[’']t|not) (?:want|include|show|list|give|need)(?: me)?|"
    r"(?:(?:do|does|did|is|are|was|were) not|(?:do|does|did|is|are|was|were)n[’']t|not)"
    r"(?: (?:directly|set|asked|based|related|relating|dealing|concern(?:ed|ing)?|mention(?:ing)?|involv(?:e|ing)|"
    r"touch(?:ing)?|cover(?:ing)?|deal|ask|relate)){0,2} (?:about|on|upon|from|of|to|with|in|mention\w*|"
    r"involv\w*|cover\w*|touch\w*|concern\w*))"
)
_ENDS = (
    r"(?=[.;:?!]|,?\s(?:list|show|give|what|which|how|tell|find|name|please|that|were|was|is|are|has|have|had|did|do|asked|"
    r"came|come|appeared|set)\b|$)"
)
# "Without answers" and "not in order" are no topics of a question.
_FORM = r"\s(?:the |any ){0,2}(?:answers?|solutions?|explanations?|options|marks|order|repetition|details?)\b"
_EXCLUSION = re.compile(rf"\b{_LEFT_OUT}(?!{_FORM})\s(?P<thing>[^.;:?!]{{1,200}}?){_ENDS}", re.IGNORECASE)
_NEGATED = re.compile(
    r"\b(?:not|never|neither|nor|except|excluding|without|cannot)\b|\b\w{2,6}n[’']t\b|छोड़कर|के अलावा|नहीं", re.IGNORECASE
)
# These leave nothing out: "whether or not", "not only", "why was it not asked".
_HARMLESS = re.compile(
    rf"\b(?:whether|if|why|or) (?:\w+ ){{0,3}}not\b|\bnot only\b|\bisn[’']t it\b|\bwithout{_FORM}", re.IGNORECASE
)


def split(text: str) -> tuple[str, tuple[str, ...]]:
    """A question without what it excludes, and the things excluded, as they are put."""
    things = tuple(found["thing"].strip(" ,") for found in _EXCLUSION.finditer(text))
    return _EXCLUSION.sub(" ; ", text), things


def unread(kept: str) -> bool:
    """Whether what `split` kept still denies something."""
    return _NEGATED.search(_HARMLESS.sub(" ", kept)) is not None
