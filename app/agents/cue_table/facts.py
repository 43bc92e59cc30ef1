"""Words and shapes that speak of facts. Without any word that says otherwise, a question wants one."""

from app.agents.cue_table.cue import cue

_DIRECTIVE = (
    r"(?:discuss|examine|elaborate|elucidate|describe|explain|analy[sz]e|evaluate|trace|comment|enumerate|distinguish|"
    r"differentiate|account for|throw light|give (?:a|an) (?:brief |detailed )?account|write (?:\w+ ){0,2}notes?|"
    r"write (?:in detail|about|down|briefly))"
)

FACTS = (
    cue(
        "factual",
        2.5,
        (
            r"\b(?:meaning|means?|define|definition|defined|difference between|differences?|distinguish|"
            r"calculated|matlab|antar|stands? for|full form|propounded)\b|"
            r"\bkya (?:hai|hota|hoti|hain)\b|क्या (?:है|हैं)|किसे कहते|अर्थ|"
            r"समझाइए|अंतर|समझाओ"
        ),
    ),
    cue(
        "factual", 1.0, r"\b(?:kaise|kyu|kyun|kyon|kaun|kisne|kisk[aei]|kahan?|kitn[aei]|kise|samjha\w{1,4}|hot[aei])\b"
    ),
    cue("factual", 0.5, r"\bwhat (?:is|are|was|were) the\b"),
    cue(
        "factual",
        1.5,
        (
            r"\bwhat (?:is|are) (?:an?|meant)\b|"
            r"\bwho (?:was|were|founded|wrote|discovered|decides|appoints|elects|certifies)\b|"
            r"\bhow (?:is|are|does|do|did)\b|\bwhy (?:is|are|was|were|did|do|does)\b|"
            r"\bcan (?:the|an?)\b"
        ),
    ),
    cue(
        "factual",
        2.0,
        (
            rf"^\W*(?:in (?:about |around |detail )?(?:\d{{2,3}} words,? )?|critically |briefly |"
            rf"please )?{_DIRECTIVE}\b"
        ),
    ),
    cue("factual", 1.5, r"\b(?:[1-3]\d\d|50|75)[ -]?words?\b"),
    cue("factual", 1.0, r"\bprovision\b"),
    cue("factual", 1.0, r"\boldyear\b"),
    cue(
        "factual",
        1.0,
        (
            r"\bvs\b|\bversus\b|"
            r"\b(?:types|features|functions|powers|causes|components|steps|provisions|composition|procedure|"
            r"grounds|process|role|working|principle) of\b"
        ),
    ),
)
