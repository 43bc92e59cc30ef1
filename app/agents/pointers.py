"""Words that point back at what was said: pronouns, "the second one", "the two", "at that time".

The grammar of pointing is small and closed, so it is written out here; what a question is about is not, and is left to
`subject`.
"""

import re

from app.retrieval.numerals import ORDINALS

_NTH = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|last|final|1st|2nd|3rd|4th|5th|6th|7th|latter|"
    r"former)"
)
# Beyond the seventh only with a word that says of what: the Eighth Schedule is no item of a list.
_FAR = rf"(?:{'|'.join(word for word, number in ORDINALS.items() if 8 <= number <= 20)}|(?:8|9|1\d|20)th)"
PICK = re.compile(
    rf"\b(?:the )?(?P<nth>{_NTH})(?: (?:one|point|item|question|q|part|reason|option|case|feature|"
    r"example|exception|type|step|stage|"
    r"ground|topic|writ|argument|row|listed|mentioned|thing|way|factor|principle|provision|cause|kind))?\b|"
    rf"\b(?:the )?(?P<far>{_FAR}) (?:one|question|q|item|row)\b|"
    r"\b(?:point|number|no\.?|item|question|q|option|#) ?(?P<digit>1\d|20|[1-9])\b",
    re.IGNORECASE,
)
BOTH = re.compile(
    r"\bbetween (?:the two|these|them|both|these two|the 2)\b|"
    r"\b(?:the two|these two|both of (?:them|these)|both|them both|of the two|"
    r"which of (?:them|these))\b"
    r"|^\W*(?:what(?:'s| is) the )?differences?\W*$",
    re.IGNORECASE,
)
_DEMONSTRATED_TIME = r"(?:year|month|week|century|country|exam|paper|morning|decade|day|topic:|question:)"
# What a thing is called the second time: "the movement", "that act".
_HYPERNYM = (
    r"(?:act|agreement|amendment|article|author|bank|battle|bench|bill|book|case|city|clause|"
    r"commission|committee|concept|convention|crop|cyclone|disease|doctrine|dynasty|emergency|essay|"
    r"event|gas|index|judge?ment|king|law|leader|mission|movement|pact|party|period|phenomenon|plan|"
    r"policy|process|programme|protocol|provision|rate|region|report|revolt|river|rocket|ruler|"
    r"satellite|schedule|scheme|section|session|soil|summit|system|tax|technology|theory|treaty|"
    r"vaccine|verdict|war)"
)
THAT_TIME = re.compile(
    (
        r"\b(?:at|by|during|around) (?:the|that) (?:time|moment)\W*$|\w\s(?:then|there|thereafter)\W*$|"
        r"\bthe same\b(?! (?:as|time|year|day))"
    ),
    re.IGNORECASE,
)
PRONOUN = re.compile(
    r"\b(?P<possessive>its|their|his|hers?(?=\s+[a-z]))\b|"
    r"\b(?P<demonstrative>(?:this|these|those)(?=\s+(?!(?:days|times|who|which|that|of)\b)[a-z]+)|"
    r"that(?=\s+(?:body|court|time|year|session|right|power|rule|principle|question|topic|point|term|"
    r"office|house|list|"
    rf"{_HYPERNYM})s?\b)|"
    rf"the(?=\s+{_HYPERNYM}(?:'s)?(?:\W*$|"
    r"\s+(?!of\b|for\b|to\b|on\b|in\b|that\b|which\b|by\b|at\b|against\b|under\b|between\b|and\b|"
    r"x)[a-z]+)))|"
    r"\b(?P<personal>he|him|himself|she|they|them|themselves|it|itself)\b|"
    r"(?P<that>(?:^\W*|"
    r"\b(?:about|of|for|after|before|to|with|by|under|from|on|is|was|does|did|do|why|how|like|than|"
    r"explain|against|elaborate|define)\s)"
    r"(?:that|this|these|those|"
    r"the same)\b(?!\s+(?:the|a|an|is|are|was|were|can|has|have|may|which|who|what|any|there|of)\b))|"
    r"\b(?P<hindi>isk[aei]|usk[aei]|ink[aei]|unk[aei]|isse|usse|isme(?:in)?|ye|yeh|wo|woh)\b|"
    r"(?<![\u0900-\u097f])(?P<devanagari>इसक[ाेी]|इसे|इसमें|इससे|उसक[ाेी]|उसे|उनक[ाेी]|उन्हें|"
    r"इनक[ाेी]|यह|वह|ये|वे)(?![\u0900-\u097f])",
    re.IGNORECASE,
)
# Uses that point at nothing said before.
HARMLESS = re.compile(
    rf"\b(?:this|that) {_DEMONSTRATED_TIME}\b|\bthese (?:days|weeks|months|years)\b|"
    r"\bit (?:is |was |were |be )?(?:said|true|often|important|necessary|possible|correct|right|wrong|"
    r"mandatory|compulsory|better|fair|"
    r"essential|difficult|easy|desirable|justified|time|legal|constitutional) (?:that|to|for)\b|"
    r"\b(?:is|was|does|do|did) it (?:true|important|necessary|possible|correct|right|wrong|mandatory|"
    r"compulsory|better|fair|"
    r"essential|difficult|easy|desirable|justified|legal|take|mean (?:to|that|when))\b(?!\W*$)|"
    r"\b(?:they|he) (?:ever )?ask(?:ed)?\b|\bthat of\b|\bthose (?:who|which|of)\b|\bsuch that\b",
    re.IGNORECASE,
)
BOUNDARY = re.compile(
    (
        r"[,;:.?!]\s|"
        r"\b(?:and|or|but|that|which|who|whom|whose|when|if|because|while|although|since|where|how|why|"
        r"whether)\s"
    ),
    re.IGNORECASE,
)
