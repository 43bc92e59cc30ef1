"""How a question opens and what shape it has: whether it asks, names a thing, or only goes on from the one before."""

import re

MARKER = re.compile(
    r"^\W*(?:(?:and|also|but|so|or|then|now|ok(?:ay)?|well|yes|hmm|alright|again|please|"
    r"(?:and )?(?:what|how) about|same (?:thing )?for|"
    r"the same (?:question )?for|what if(?: it is)?|only|just|instead|aur|toh?|lekin|और|तो|लेकिन)\b[\s,:]*){1,4}",
    re.IGNORECASE,
)
STRONG = re.compile(
    (
        r"\b(?:and|also|but|or|then|(?:what|how) about|same|what if|only|just|instead|aur|toh?|lekin)\b|"
        r"और|तो|लेकिन"
    ),
    re.IGNORECASE,
)
TAIL = re.compile(r"[\s,]*\b(?:as well|too|also|then|instead|though|please|only|again|bhi|भी)\b\W*$", re.IGNORECASE)
QUOTED = re.compile(r"\"[^\"\n]{2,300}\"|“[^”\n]{2,300}”|(?<!\w)'[^'\n]{8,300}'(?!\w)|‘[^’\n]{8,300}’")
ASKS = re.compile(
    r"^\W*(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|has|"
    r"have|had|will|would|should|may|must|"
    r"explain|describe|discuss|define|examine|tell|give|list|name|"
    r"mention|write|state|compare|analyse|analyze|evaluate|comment|"
    r"distinguish|outline|trace|show|find|prepare|draft|solve|critically|elaborate|suggest|add|plan)\b",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    (
        r"^\W*(?:in|on|for|under|during|after|before|with|without|from|at|to|by|as|against|among|since|"
        r"until|between|over|within|across|any)\s"
    ),
    re.IGNORECASE,
)
PAST_PAPERS = re.compile(
    r"\b(?:questions?|asked|pyqs?|papers?|prelims|mains|gs ?[1-4]|mcqs?|topics?|essays?)\b|प्रश्न", re.IGNORECASE
)
# A closed question, or one for a number, place or kind, that names nothing: it is about what was just spoken of.
CLOSED = re.compile(
    r"^\W*(?:(?:for|in|by|to|of|at|from|with|under) )?"
    r"(?:is|are|was|were|do|does|did|can|could|has|have|"
    r"will|would|should|may|must|how (?:much|many|long|often|far|soon|big|large|old|high|deep)|which|where|when|"
    r"whose|who|whom|why(?! (?:is|was) it| do we| should we))\b",
    re.IGNORECASE,
)
NAMED = re.compile(r"\S\s+[\"'(]?[A-Z]|\d|[A-Z]{2}|\b(?:india|indian|constitution|parliament)\b")
GENERIC = re.compile(r"\bin general\b|\b(?:was|were|is) (?:the|an?) \w+ (?:of|in|for) ")
NAMES_IT = re.compile(
    (
        r"^\W*(?:what (?:is|are|was|were)|who (?:is|was|were)|explain|define|describe|discuss|elaborate|"
        r"meaning of|tell me about|write)\b"
    ),
    re.IGNORECASE,
)
ASKS_ANYWHERE = re.compile(
    r"\b(?:what|who|whom|whose|which|when|where|why|how|explain|describe|discuss|define|list|write|"
    r"compare|questions|pyqs?|kya|kaise|kisne)\b"
    r"|"
    r"^\W*(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|must|give|tell|"
    r"show|name|state|mention)\b|"
    r"क्या|कैसे",
    re.IGNORECASE,
)
# "What is jurisdiction?" names the thing; "what is the jurisdiction?" names a side of it.
DEFINES = re.compile(
    (
        r"^\W*(?:what is|what's|define|explain|meaning of|what does)\s+(?:an?\s+)?(?!the\b|"
        r"it\b)[a-z-]{4,}(?:\s+mean)?\W*$"
    ),
    re.IGNORECASE,
)
PHRASE = re.compile(
    (
        r"^\W*(?P<preposition>in|on|for|under|during|after|before|with|without|from|at|to|by|against|"
        r"among|since|of)\s+(?P<thing>\S.*)$"
    ),
    re.IGNORECASE,
)
