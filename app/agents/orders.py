"""Orders about an answer rather than questions: another form, more of it, its reason, a comparison, other years.

Such an order names nothing, so its words alone say that it leans on the question before.
"""

import re

_NUMBER = r"(?:\d{1,4}|one|two|three|four|five|ten|fifteen|twenty|fifty|(?:a|one|two|three|five) hundred)"
_FORM_TOKEN = (
    rf"(?:{_NUMBER}[\s-]*(?:words?|marks?|markers?|lines?|sentences?|paragraphs?|शब्दों)|hinglish|"
    r"hindi|english|tamil|telugu|bengali|marathi|"
    r"gujarati|kannada|malayalam|punjabi|urdu|odia|हिंदी|हिन्दी|अंग्रेज़ी|"
    r"(?:a )?table|tabular|bullet(?:s|ed)?(?:[ -]points?| list| form)?|"
    r"(?<=in )points?|(?<=as )points?|pointwise|point[ -]form|flow[ -]?chart|"
    r"mind[ -]?map|diagram|short(?:er|ly|en)?|longer|lengthen|brief(?:ly|er)?|"
    r"simpl(?:er|y|ify|ified)|(?<=in )simple|easier|concise(?:ly)?|"
    r"crisp(?:er)?|detail(?:ed)?|summar(?:y|i[sz]e)|layman'?s?|rephrase|"
    r"rewrite|"
    r"reword|translate|condense|expand|mnemonic|like (?:i'?m|i am|a)|"
    r"revision notes?|one[ -]liner|half the length|twice as long)"
)
FORM_PHRASE = re.compile(
    r"(?:\b(?:in|as|into|to|under|within|for)\s+)?(?:(?:about|around|under|an?|very|more|less|"
    rf"not more than|at most)\s+){{0,2}}(?<!\w){_FORM_TOKEN}(?!\w)"
    r"(?:\W*(?:words?|language|terms|form|format|list|version|child|beginner|five|ten)\b)?",
    re.IGNORECASE,
)
FORM_FILLER = re.compile(
    (
        r"\b(?:keep|limit|cut|down|put|get|turn|convert|version|bit|little|too|max|maximum|most|use|using|"
        r"format|language|same|answer)\b"
    ),
    re.IGNORECASE,
)
MORE = re.compile(
    r"\b(?:more|another|others?|else|additional|further|next|remaining|rest|continue|go on)\b",
    re.IGNORECASE,
)
COMPARE = re.compile(
    r"^\W*(?:(?:now|and|please|can you|how does (?:it|this|that))\W+)*(?:compare|contrast|distinguish|"
    r"differentiate|differences?|different|similar(?:ity|ities)?)"
    r"(?: (?:it|this|that|them))? (?:with|to|from|against|and)(?: that of)? (?P<other>.{2,100}?)\W*$",
    re.IGNORECASE,
)
REASON = re.compile(
    r"^\W*(?:but |and |so |ok )?(?:why(?: so| not| is that| was that| did that happen| is it so)?|"
    r"how(?: so| come)?|kyun?|kyon|क्यों|कैसे|"
    r"(?:what(?:'s| is| was) )?the reason|for what reason|(?:when|where|how|why) exactly|when|where|"
    r"since when|by whom|who|whom|whose|how long|how much|how many)\W*$",
    re.IGNORECASE,
)
# "The two years after": counted from the year that the question before names.
NEARBY_YEARS = re.compile(
    r"^\W*(?:and |the |for |in |what about |how about ){0,3}"
    r"(?:(?P<next>next|following)|(?P<previous>previous|preceding))?\s?"
    r"(?:(?P<number>\d|one|two|three|four|five)\s)?years?"
    r"(?:\s(?:(?P<after>after|later)|(?P<before>before|earlier))(?: (?:that|it|this))?)?\W*$",
    re.IGNORECASE,
)
# "Now one on education", "do the same for health": the same kind of thing on another subject.
ONE_ON = re.compile(
    r"^\W*(?:and |now |do |write |give (?:me )?){0,2}(?:one(?: more)?|another(?: one)?|the same(?: thing)?|same) "
    r"(?=(?:on|for|about|from) )",
    re.IGNORECASE,
)
