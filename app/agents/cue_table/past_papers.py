"""Words and shapes that speak of past papers."""

from app.agents.cue_table.cue import ESSAY, cue

_QUESTIONS = r"(?:questions?|qs|qns?|ques|mcqs?|sawaa?l|prashna?|प्रश्नों?|सवालों?)"
_CAME = (
    r"(?:asked?|asking|pucha|puche|poocha|pooche|puchha|puchhe|aaya|aaye|aya|aye|came|come|"
    r"appear(?:s|ed)?|featured?|figured?|tested|repeat(?:s|ed)?|framed|set)"
)
_GAP = r"\b.{0,60}?\b"

PAST_PAPERS = (
    cue(
        "pyq",
        5.5,
        (
            r"\bpyqs?\b|\bprevious[ -](?:years?|yrs?)\b|"
            r"\b(?:past|old|earlier|previous) (?:year )?(?:questions?|papers?|exams?|prelims?|mains)\b"
        ),
    ),
    cue("pyq", 3.0, rf"\bexam{_GAP}yyyy\b|\byyyy{_GAP}exam\b"),
    cue("pyq", 2.5, rf"\b{_QUESTIONS}\b{_GAP}(?:exam|yyyy)\b|\b(?:exam|yyyy){_GAP}{_QUESTIONS}\b"),
    cue("pyq", 2.5, rf"\b(?:exam|examiner|they|upsc|yyyy)\b{_GAP}{_CAME}\b|\b{_CAME}\b{_GAP}(?:exam|examiner|yyyy)\b"),
    cue("pyq", 1.5, rf"\b(?:was|were|been|has|have|did|does|ever|kab|how (?:often|many times)){_GAP}{_CAME}\b"),
    cue(
        "pyq",
        2.0,
        (
            rf"\b{_QUESTIONS} (?:related|framed|set|asked|based|regarding|dealing)\b|"
            rf"\b{_QUESTIONS} (?:on|about|from|for|of|across|wale|in which|combin)|"
            rf"\b(?:in|into) one question\b|\bon \w+ {_QUESTIONS}$|\bkab kab {_QUESTIONS}|"
            r"\b(?:प्रश्न|सवाल|sawal) (?:आय|आए|aay?)"
        ),
    ),
    cue(
        "pyq",
        3.0,
        (
            rf"\b{_QUESTIONS} (?:\w+ ){{0,2}}(?:pucha|puche|poocha|pooche|puchha|puchhe|aaya|aaye|aya|aye|आए|"
            r"आया|पूछ\w*)|"
            r"\b(?:पूछे|पूछा|पूछी)\b"
        ),
    ),
    cue("pyq", 2.5, r"\bपिछले .{0,12}(?:वर्ष|साल)|\bpichh?le (?:\w+ )?(?:saal|varsh)"),
    cue(
        "pyq",
        2.0,
        (
            r"\b(?:most |frequently |often )(?:repeated|asked|tested)\b|"
            r"\b(?:repeated|recurring) (?:themes?|topics?|areas?)\b|\brepeat(?:ed)? (?:topic|theme|question)"
        ),
    ),
    cue("pyq", 3.0, r"\b(?:\d{1,2}|ten|fifteen|twelve|twenty)[ -]?markers?\b"),
    cue(
        "pyq",
        2.0,
        (
            r"\b\d{1,2}[ -]?mark(?:s|ers?)?\b|\b(?:ten|fifteen|twelve|twenty)[ -]?mark(?:s|ers?)\b|"
            r"\bmarks\b|\bmarked\b"
        ),
    ),
    cue(
        "pyq",
        2.0,
        (
            r"\b(?:negative|qualifying) mark|\bmark(?:s|ed|ing)?\b.{0,40}\bexam\b|"
            r"\bexam\b.{0,40}\bmark(?:s|ed|ing)?\b"
        ),
    ),
    cue(
        "pyq",
        1.5,
        (
            r"\b(?:weightage|cut-?off|year[ -]?wise|topic[ -]?wise|syllabus|paper pattern|exam pattern|"
            r"pattern of|answer key|model answer|case stud(?:y|ies) (?:of|from|in|set)|option [a-d]\b|"
            r"directive words)"
        ),
    ),
    cue(
        "pyq",
        2.0,
        (
            r"\bexam(?: exam)* (?:paper|papers|pattern|scheme|syllabus|question|topics?|exam)\b|"
            r"\b(?:scheme|pattern|syllabus|sections|papers?) of (?:the )?(?:\w+ )?(?:exam|paper)"
        ),
    ),
    cue("pyq", 1.5, r"^\W*(?:yyyy|exam)\b"),
    cue("pyq", 2.5, r"\bexam\b"),
    cue(
        "pyq",
        2.0,
        (
            r"\bexam\b.{0,40}\b(?:tests?|testing|covers?|favou?rs?|prefers?|likes?|loves?|focus\w*|includes?|"
            r"stress\w*|style|trends?|level|difficulty)\b|"
            r"\b(?:tests?|testing|covered|favou?red|style|trends?|level|difficulty)\b.{0,40}\bexam\b"
        ),
    ),
    cue("pyq", 1.5, r"\b(?:anything|something|any|what) (?:came )?(?:from|in|of) yyyy\b|\byyyy (?:on|about)\b"),
    cue("pyq", 2.5, r"\b(?:examiner|exam|they) asks?\b|\b(?:anything|something|any)\b.{0,40}\byyyy\b"),
    cue("pyq", 3.0, r"^\W*(?:yyyy|exam)(?: (?:yyyy|exam|ka|ke|ki|wala|and|or|vs|to|-))*(?: \w+){0,2}\W*$"),
    cue(
        "pyq",
        3.0,
        (
            r"\b(?:latest|recent|last|newest|previous|this year'?s?|last year'?s?|"
            r"past) (?:few )?(?:years?'? )?(?:exam|paper|pyqs?|questions?|attempt)\b|"
            r"\bexam of (?:last|this) year\b|\bquestions? (?:of|from|in) (?:the )?(?:last|recent|past)\b"
        ),
    ),
    cue("pyq", 1.0, r"\b(?:questions|qs|mcqs)\b"),
    cue(
        "pyq",
        3.0,
        (
            r"\bthe commission (?:\w+ )?(?:asks?|asked|tests?|tested|sets?|wants?|likes?)\b|"
            r"\b(?:asked|tested|set|framed) by (?:the commission|exam)\b|\bwhich year'?s? (?:paper|exam)"
        ),
    ),
    cue(
        "pyq",
        3.0,
        (
            r"^(?!.*\b(?:write|writing|how|approach|structure|begin|start|plan|tips?|mistakes?|practi[sc]e|"
            r"should|time|use|prepare|good|on|about|for|outline|introduction|arguments|points|help|quotes|"
            r"examples|words)\b).*\bessays?\b.*\b(?:exam|"
            r"papers?)\b|"
            r"^(?!.*\b(?:write|writing|how|should)\b).*\bexam\b.*\bessays? over the years"
        ),
    ),
    cue(
        "pyq",
        2.0,
        (
            rf"\btrends? (?:of|in|for) (?:\w+ ){{0,4}}{_QUESTIONS}\b|"
            rf"\b(?:frequen(?:cy|tly)|often|times) {_GAP}{_QUESTIONS}\b|\bever (?:been )?(?:a )?questions?\b|"
            r"\bcurrent affairs? (?:based )?questions?\b|\bexam trends?\b"
        ),
    ),
    cue(
        "pyq",
        2.5,
        (
            r"^\W*(?:show|give|list|pull up|find|get|tell)(?: me| us)?(?: the| all|"
            r" some)?(?: \w+){0,3} (?:yyyy|exam)\b|"
            r"\byyyy (?:\w+ ){0,2}papers?\b|\byyyy had\b"
        ),
    ),
    cue("pyq", 2.5, r"\bshape-bare\b"),
    cue("pyq", 1.5, rf"\b(?:which|what|list|how many|any) (?:\w+ ){{0,3}}{ESSAY}\b(?! (?:should|structure|writing))"),
    cue(
        "pyq",
        5.0,
        (
            rf"\b{ESSAY} (?:ke |ki |ka )?(?:was|were|papers|topics|questions|"
            r"के विषय)\b(?! (?:on|about|for|ke liye|such|like|of this))"
        ),
    ),
    cue(
        "pyq",
        1.0,
        (
            rf"\b{ESSAY} (?:paper|topic|subjects?|question)\b|"
            rf"\b(?:topics?|quotations?|quotes?|sections?)\b{_GAP}{ESSAY} paper\b"
        ),
    ),
    cue("pyq", 4.0, rf"\b{ESSAY}{_GAP}yyyy\b|\byyyy{_GAP}{ESSAY}\b|\b{ESSAY}{_GAP}{_CAME}\b"),
    cue(
        "pyq",
        -4.0,
        (
            rf"\b{_QUESTIONS}\b{_GAP}(?:parliament|house|minister|lok sabha|rajya sabha|legislature|assembly|"
            r"speaker|court|hour)\b|"
            rf"\b(?:parliament|lok sabha|rajya sabha|unstarred|starred) {_QUESTIONS}\b|"
            r"\bquestion of\b|\bquestion hour\b"
        ),
    ),
)
