"""Words and shapes that speak of the news."""

from app.agents.cue_table.cue import cue

_SPAN = r"(?:weeks?|months?|years?|days?|quarters?|sessions?|meetings?|summits?|saal|mahine|hafte)"

NEWS = (
    cue(
        "current_affairs",
        3.5,
        (
            r"\bcurrent[ -]affairs?\b|\bheadlines?\b|\beditorials?\b|\bin (?:the )?news\b|"
            r"\bnews (?:on|about|of|regarding|summary|update)|\bnews\b(?! reached)|"
            r"समसामयिक|समाचार|खबर"
        ),
    ),
    cue(
        "current_affairs",
        3.0,
        (
            r"\b(?:latest|recent(?:ly)?(?! (?:years|decades|times|past|exam))|newest|lately|yesterday|"
            r"upcoming|nowadays|updates?|so far|up to date|ongoing|trending|newly|developments?)\b|"
            r"\bthese (?:days|weeks|months)\b|नवीनतम|हाल ही|हालिया|ताज़ा|ताजा|"
            r"\b(?:naya|naye|nayi|abhi|taaza|taza|haal hi|aaj ?kal)\b"
        ),
    ),
    cue(
        "current_affairs",
        2.5,
        (
            r"(?<!alternating )(?<!direct )(?<!ocean )(?<!electric )(?<!warm )(?<!cold )\bcurrent(?:ly)?\b"
            r"(?! (?:affairs?|account|electricity|carr|flow|prices?|ratio|liabilit|assets?|density))|"
            r"\bpresently\b|\bat present\b(?! in law)|\bthe present\b(?! (?:value|perfect))|"
            r"\bpresent (?:position|situation|status)\b|\bthis time\b|\bright now\b|"
            r"\bas of now\b|\btoday(?:'?s)?\b"
        ),
    ),
    cue(
        "current_affairs",
        2.5,
        (
            rf"\b(?:this|last|past|is|previous) (?:(?:few|couple of|\d+|two|three|four|six) )?{_SPAN}\b|"
            rf"\bin recent {_SPAN}\b|\bthis year"
        ),
    ),
    cue(
        "current_affairs",
        2.0,
        (
            r"\b(?:now|just|newly|recently|been) (?:being |been )?(?:passed|concluded|announced|notified|"
            r"launched|appointed|declared|added|approved|signed|enforced|brought)\b|"
            r"\b(?:came|come|comes|brought|coming) into (?:force|effect)\b|"
            r"\bwhen will\b|\bexpected (?:to|this)\b|"
            r"\b(?:is|are|be|being)\b.{0,50}\b(?:talked about|debated|discussed)\b|"
            r"\bwhen (?:will|does) (?:it|this|the)\b|\bmade headlines\b|\bbuzz\b"
        ),
    ),
    cue(
        "current_affairs",
        2.0,
        (
            r"\bwhat(?:'s| is| has| have)? (?:new|changed|going on|happening|being done)\b|"
            r"\bstatus\b(?! of (?:the )?(?:provision|right|state))|\bwhere (?:do|does) .{1,60} stand\b|"
            r"\bgoing on\b|\bprogress (?:so far|of|on|in)\b|\bhighlights\b|"
            r"\bany (?:fresh|new|update)"
        ),
    ),
    cue(
        "current_affairs",
        1.5,
        (
            r"\bwhat (?:happened|was (?:decided|agreed|announced)) (?:at|in|on|after)\b|"
            r"\boutcomes? of\b|\bkey (?:outcomes|declarations|takeaways|announcements)\b|"
            r"\bimplications\b|"
            r"\bwho (?:is|has been|was) (?:appointed|the (?:new|current|present|incumbent))\b|"
            r"\b(?:is|are) .{1,40} now\b"
        ),
    ),
    cue("current_affairs", 2.5, r"\bnow\W*$|\bas things stand\b"),
    cue(
        "current_affairs",
        1.5,
        (
            r"\bannounced?\b|\bnotified\b|\bsummit\b|\bcop ?(?:2\d|3\d)\b|"
            r"\bnew (?:\w+ ){1,3}(?:rules?|laws?|polic(?:y|ies)|bills?|codes?|sites?|acts?|schemes?|"
            r"reserves?)\b"
        ),
    ),
    cue("current_affairs", 1.5, r"\blateyear\b"),
    cue(
        "current_affairs",
        1.5,
        (
            r"\byet\b|\banymore\b|\bcame out of\b|\brolled out\b|"
            r"\b(?:took|takes|taken|come|came) (?:into )?effect\b|\bin force\b|"
            r"\bkicked in\b|\bfallout\b|\bpledged\b|\bnext step\b"
        ),
    ),
    cue(
        "current_affairs",
        1.0,
        (
            r"^\W*(?:has|have)\b|"
            r"\b(?:has|have) (?:the )?(?:government|centre|india|rbi|cabinet|parliament|supreme court|isro|"
            r"state)\b|"
            r"\b(?:has|have) been \w+ed\b"
        ),
    ),
    cue(
        "current_affairs",
        1.5,
        (
            r"\bwho won\b|"
            r"\b(?:talks|tensions|verdict|row|controversy|rollout|visit|trade deal|stance|"
            r"rank(?:ed|ing)?) (?:on|in|over|with|between|at|of|to)\b|"
            r"\bin focus\b|\bkya (?:chal|hua|ho)\b|\bof late\b|\btill date\b|"
            r"इस (?:वर्ष|साल|महीने)|वर्तमान|\bis (?:saal|hafte|mahine)\b|\baaj\b"
        ),
    ),
    cue("current_affairs", -3.0, r"\boldyear\b"),
    cue("current_affairs", -0.5, r"\bprovision\b"),
)
