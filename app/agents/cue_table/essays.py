"""Words and shapes that speak of an essay to be written."""

from app.agents.cue_table.cue import ESSAY, PARTS, cue

_GAP = r"\b.{0,60}?\b"

ESSAYS = (
    cue("essay", 4.5, rf"\b{ESSAY}\b"),
    cue("essay", 1.0, r"\b(?:anecdotes?|introductions|conclusions|quotations|theses|brainstorming|storyline)\b"),
    cue("essay", 2.0, r"\b(?:develop|expand|unpack|build on) (?:this|the (?:idea|topic|theme|statement)|it)\b"),
    cue("essay", 2.0, rf"\b(?:write|draft|compose|prepare|plan|model|sample|likh\w*|लिख\w*)\b{_GAP}{ESSAY}\b"),
    cue(
        "essay",
        2.5,
        (
            rf"\b{PARTS} (?:for|on|about|upon|to (?:open|begin|start|support))\b|"
            r"\b(?:body|introductory|concluding) paragraphs?\b|"
            rf"\b{PARTS}(?:,| and| or|;) (?:\w+ ){{0,2}}{PARTS}\b"
        ),
    ),
    cue(
        "essay",
        2.0,
        (
            r"\b(?:good|strong|better|my|an?|make|catchy|write|give|frame|improve|need|"
            rf"suggest) (?:\w+ ){{0,2}}{PARTS}\b|"
            r"\bthesis\b|\bbrainstorm\b|\bbody paras?\b|\bbody themes\b|\btransitions?\b"
        ),
    ),
    cue("essay", 2.5, r"\b(?:[5-9]\d\d|1[0-5]\d\d)[ -]?(?:words?|शब्दों?)\b"),
    cue("essay", 2.0, r"\bword (?:budget|count|limit)\b|\bwords for (?:intro|conclusion|body)|\bhow many words\b"),
    cue(
        "essay",
        2.0,
        (
            r"\b(?:my|a|this) (?:write-?up|piece|composition)\b|\bwhile writing\b|"
            r"\bwhen writing (?:on|upon|about)\b|\bwriting (?:on|upon)\b|"
            r"\b(?:develop|approach|interpret|argue) (?:this|the|a|an) (?:\w+ )?(?:topic|theme|statement)|"
            r"\bdevelop it\b"
        ),
    ),
    cue("essay", 3.0, r"\bshape-saying\b"),
    cue("essay", 2.5, r"\bshape-title\b|\b(?:boon|blessing) or (?:an? )?(?:bane|curse)\b|\bmyth or (?:a )?reality\b"),
    cue(
        "essay",
        1.5,
        (
            r"\bparagraphs?\b|\b(?:arguments?|points?|case) (?:both )?for and against\b|"
            r"\bboth sides of\b|\b(?:reflect|deliberate|ponder) (?:up)?on\b"
        ),
    ),
    cue(
        "essay",
        2.0,
        (
            r"\bwrite-?ups?\b|\bcomposition about\b|"
            r"\b(?:philosophical|abstract|social|issue[ -]based|proverb)[\w ,-]{0,25} topics?\b|"
            r"\b(?:memorable|strong|good|better) (?:ending|opening|start|beginning)|"
            r"\b(?:ending|opening|beginning) (?:memorable|stronger|better)"
        ),
    ),
    cue(
        "essay",
        1.0,
        (
            rf"\b{ESSAY}\b.*\b(?:structure|approach|how|should|difference|different|style|tips?|write|writing|"
            r"practi[sc]e)\b|"
            rf"\b(?:structure|approach|how|should|difference|style|tips?|write|writing)\b.*\b{ESSAY}\b"
        ),
    ),
    cue(
        "essay",
        2.5,
        (
            rf"^\W*(?:\w+ ){{0,2}}(?:{PARTS}|body paragraphs?|way forward|"
            rf"thesis statements?)(?: (?!of\b|to\b)\w+){{0,2}}\W*$"
        ),
    ),
    cue("essay", 1.0, r"\bquotes?\b(?! above)|\bquotations?\b|\bthe (?:topic|theme|statement)\b"),
    cue("essay", 1.0, r"\bquoted\b"),
    cue("essay", -1.0, r"\bprovision\b"),
    # A fact or the news wanted for use in an essay.
    cue(
        "essay",
        -2.5,
        (
            rf"^(?!.*\b(?:say|write|writing|use|quote|argue|examples?|points?|how should|{PARTS}|paragraphs?|"
            r"words|should)\b)\W*(?:what|"
            r"which|who|when|where|how|is|are|did|does|latest|for)\b.*\b(?:for|in|into) (?:my |an |the |this |"
            rf"your )?{ESSAY}\b"
        ),
    ),
)
