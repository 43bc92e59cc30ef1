"""Text inside passages that speaks to a machine or pushes its reader about: neither quoted nor believed.

Study texts describe; they do not order anybody to print, ignore or open something, hold no addresses and no programs.
Each rule is a class of such speech, not a list of known attacks; what the rules do in our own content is in the tests.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

_ENDS = re.compile(r"(?<=[.!?।])[\"'”’)\]]{0,3}\s{1,9}(?=\S)")
# Parts that are no prose at all. Their ends are also ends of sentences.
_BLOCKS = re.compile(
    r"```.{0,4000}?(?:```|\Z)|<!--.{0,2000}?(?:-->|\Z)|<\|[^|\n]{1,40}\|>|</?s>|\[/?INST\]|<</?SYS>>"
    r"|<(script|style|tool_call|function_call|system|instructions?)\b[^>\n]{0,200}>.{0,2000}?</\1>",
    re.DOTALL | re.IGNORECASE,
)
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
_WORD = re.compile(r"[^\W\d_]+")

_SAY = (
    r"(?:print|reply|respond|answer|say|write|output|return|repeat|reveal|show|display|append|insert|add|include|mark|"
    r"translate|list|tell|give|render|put|end|close|finish|begin|start|sign|cite|recommend|remember|store|refuse|decode|"
    r"apply|send|call|click|open|visit|download|verify|subscribe|execute|run|delete|drop|ask|pretend|act|ignore|disregard|"
    r"forget|obey|follow|switch|enter|stop|copy|paste|share|summon|invoke|use|mention|treat|pay|buy|claim|enable|disable)"
)
_MACHINE = (
    r"(?:assistant|chat\s?bot|bot|language\s+model|llm|gpt\w{0,4}|the\s+model|ai\s+(?:model|system|agent)|"
    r"claude|gemini)"
)
_MUST = r"(?:must|has\s+to|have\s+to|should|shall|is\s+to|are\s+to|needs?\s+to|will\s+now|ought\s+to)"
_OUTPUT = r"(?:answers?|repl(?:y|ies)|responses?|outputs?|sentences?|messages?)"

_SPEECH = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # It takes back or sets rules.
        r"\b(?:ignor\w{0,3}|disregard\w{0,3}|forget|overrid\w{0,4}|bypass\w{0,3}|discard|skip)\b.{0,60}?"
        r"\b(?:instructions?|prompts?|rules?|guidelines?|told|above|previous|prior|earlier|passages?|sources|everything|safety)\b",
        r"\b(?:system|hidden|initial|developer|secret)\s+(?:prompts?|instructions?|messages?|rules)\b",
        r"\b(?:developer|debug|admin|god|jailbreak)\s+mode\b|\bjail\s?break\w{0,3}\b|\bdo\s+anything\s+now\b",
        r"\boverrid(?:es?|ing)\s+(?:all|any|every|the)\b",
        r"\bnew\s+(?:policy|rules?|instructions?|task|orders?)\s*:",
        r"\b(?:for|in|during)\s+all\s+(?:future|later|coming|further)\s+(?:sessions?|answers?|questions?|replies)\b",
        r"\bpermanent\s+(?:rule|memory|instruction)\b",
        # It speaks to the machine, or of what it is to say.
        r"\bas\s+an?\s+(?:ai|language\s+model|assistant)\b",
        rf"\b{_MACHINE}\b\s{{0,3}}[:,]|\b(?:to|dear|attention|hey|hello|note\s+for)\s+(?:the\s+)?{_MACHINE}\b",
        rf"\b{_MACHINE}\s+{_MUST}\b",
        r"\byou\s+(?:are\s+(?:now|no\s+longer)|must|have\s+to|were\s+(?:given|told)|will\s+now|shall)\b",
        r"\b(?:your|the)\s+(?:full\s+)?(?:system\s+prompt|prompt|instructions)\b.{0,40}\b(?:print|show|reveal|repeat|above)\b",
        rf"\byour\s+(?:next\s+|final\s+|whole\s+)?(?:{_OUTPUT}|prompt|instructions|rules|training|guidelines)\b",
        rf"\b(?:every|each|all)\s+(?:later\s+|future\s+)?{_OUTPUT}\s+(?:{_MUST}|with|by)\b",
        rf"\b(?:end|close|begin|start|finish|sign|mark|prefix)\s+(?:every|each|all|your|the)\s+(?:\w{{1,20}}\s+){{0,2}}{_OUTPUT}\b",
        r"\b(?:if|when|whenever|once)\s+(?:the|a|any)\s+(?:student|user|reader|aspirant|human)\s+(?:asks?|types?|says?|wants?|enquires?)\b",
        r"\b(?:when|before|while|after)\s+(?:answering|replying|responding|you\s+(?:answer|reply|respond|continue))\b",
        rf"\b(?:students?|readers?|users?|everyone)\s+{_MUST}\s+(?:be\s+told|open|click|visit|pay|send|call|buy|download|verify|cite|log)\b",
        r"\bdo\s+not\s+(?:cite|mention|tell|reveal|quote)\b|\bnever\s+(?:cite|mention|reveal)\b|\bwithout\s+(?:citing|citations?)\b",
        r"\b(?:correct|right|official)\s+(?:answer|option|choice)\s+(?:key\b|is\b)",
        r"\bnote\s+(?:from|to|for)\s+(?:the\s+)?(?:content\s+)?(?:editor|model|assistant|ai|admin\w{0,9}|developer)\b",
        r"\bfrom\s+(?:now|this\s+(?:line|point|moment))\s+on\b.{0,40}\byou\b",
        r"\b(?:decode|decrypt|rot-?13|base-?64|deobfuscate)\b",
        # It is no prose: addresses, programs, codes, forged sources.
        r"://\S|\bwww\.|\b(?:javascript|data|vbscript|mailto):\S|\w@[\w-]{1,63}\.\w",
        r"\w\.(?:com|net|org|io|xyz|info|example|ru|link|click|top|site|online)(?:/|\b)",
        r"\]\(\s{0,3}(?:[a-z]{2,12}:|/|#|<|\S{1,60}\.\S)|!\[|\]\[[^\]\d]|^\s*\[[^\]\n]{1,100}\]:",
        r"</?[a-z!][^>\n]{0,500}>|<(?:a|img|span|script|iframe)\b",
        r"[{\[]\s*\"\w{1,40}\"\s*:|\b[a-z_]{3,40}\.[a-z_]{2,40}\([\"')]|\b(?:drop|truncate|alter|delete)\s+(?:table|schema|database|from)\b|;\s*--",
        r"[A-Z](?-i:_[A-Z]{2,20})\b|\b(?:environment\s+variables?|api\s+keys?|passwords?|session\s+ids?)\b",
        r"\bsources?\s+\[?\d{1,3}\]|\[\d{1,3}\]\s{0,2}\[\d{1,3}\]|\[\d{1,3}\].{0,20}\b(?:each|every)\b",
        r"(?<!\d)(?:\+\d{1,3}[\s-]?)?\d{3,5}[\s-]\d{3}[\s-]\d{4}(?!\d)|\btoll[\s-]free\b",
    )
)  # fmt: skip
# What an order is about: without it "list", "act" and "close" are no verbs.
_OBJECT = (
    r"\s{1,3}(?:[\"'“‘\[(<{!]|(?:the|your|it|them|this|that|these|all|a|an|only|every|each|no|any|with|as|exactly|everything|to\s+the|"
    r"me|us|here|out|nothing|and|of\s+your|word|like|by|inline|previous|later)\b|(?-i:(?![IVXLC]{1,8}\b)[A-Z]{4,}\b))"
)
# A label, a courtesy, an adverb; then the order itself.
_ORDER = re.compile(
    rf"^[\s\"'*>#-]{{0,10}}(?:[\w\s-]{{1,40}}:\s{{1,3}})?"
    rf"(?:(?:please|kindly|now|then|also|always|never|just|simply|only|next|finally|first|immediately|important|instead|and)"
    rf"[\s,]{{1,3}}){{0,4}}(?:do\s+not\s+|don't\s+)?{_SAY}{_OBJECT}",
    re.IGNORECASE,
)
# "Before you continue, print ..."; "As a language exercise, translate ...".
_ORDER_AFTER = re.compile(
    rf"^\s{{0,3}}(?:as|for|before|when|while|after|if|in|on|once|to)\b[^,.;:]{{1,80}},\s{{1,3}}(?:please\s+|always\s+)?{_SAY}{_OBJECT}",
    re.IGNORECASE,
)
_ROLE_LINE = re.compile(
    r"^\s{0,3}[#*>\[]{0,3}\s{0,2}(?:system|assistant|human|user|ai|bot|developer|question|answer|instructions?|response|"
    r"प्रश्न|उत्तर|निर्देश)\s{0,2}[\])*]{0,3}\s{0,2}[:：]",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^\s{0,3}[-=#*_~]{3,80}\s{0,3}\w.{0,80}?[-=#*_~]{3,80}\s{0,3}$")
_CODED = re.compile(r"[A-Za-z0-9+/]{24,4000}={0,2}")
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
# A full stop before its word: text that is written backwards.
_BACKWARDS = re.compile(r"(?:^|\s)[.!?;,][^\W\d_]{3,}")
_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and any are as at be because been before between but by can during for from had has "
        "have her his if in into is it its many may more most no not of often on only or other shall so some such than "
        "that the their them then these they this those through to under was were when where which while who will with "
        "within ",
    )
)
# A sentence of so many words without one of them is in another language.
_ENOUGH_WORDS = 7


def looks_like_instruction(text: str) -> bool:
    """Does a sentence or title order its reader or a machine about, or hold what is no prose? Linear in its length."""
    plain = _visible(text)
    if plain != text and _INVISIBLE.search(text) and len(plain) < 0.9 * len(text):
        return True
    if _TURNED.search(text) or _BACKWARDS.search(plain) or any(_is_coded(run) for run in _CODED.findall(plain)):
        return True
    if _mixes_scripts(plain) or _ORDER.match(plain) or _ORDER_AFTER.match(plain) or _ROLE_LINE.match(plain):
        return True
    return any(pattern.search(plain) for pattern in _SPEECH)


def without(text: str, *, orders: bool = True) -> str:
    """`text` without the sentences that look like instructions; unchanged where there are none.

    With `orders` False a sentence may order its reader: an examination's questions do.
    """
    visible = _BLOCKS.sub("\n", text)
    language = Counter(_words(visible)) if _is_english(visible) else None
    lines = [_line(line, language, orders=orders) for line in visible.split("\n")]
    if visible == text and all(kept == line for kept, line in zip(lines, text.split("\n"), strict=True)):
        return text
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _line(line: str, language: Counter[str] | None, *, orders: bool) -> str:
    if _ROLE_LINE.match(line) or _FENCE.match(line):
        return ""
    pieces = list(_sentences(line))
    kept = [piece for piece in pieces if not _unwanted(piece, language, orders=orders)]
    return line if len(kept) == len(pieces) else "".join(kept).rstrip()


def _unwanted(piece: str, language: Counter[str] | None, *, orders: bool) -> bool:
    if not piece.strip():
        return False
    if not orders and (_ORDER.match(piece) or _ORDER_AFTER.match(piece)):
        return any(pattern.search(_visible(piece)) for pattern in _SPEECH)
    return looks_like_instruction(piece) or (language is not None and _is_foreign(piece, language))


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for end in _ENDS.finditer(line):
        yield line[start : end.end()]
        start = end.end()
    yield line[start:]


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", text)


def _is_english(text: str) -> bool:
    words = _words(text[:4_000])
    return len(words) >= _ENOUGH_WORDS and sum(word in _ENGLISH for word in words) >= 0.12 * len(words)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _is_foreign(sentence: str, language: Counter[str]) -> bool:
    """In an English text: another script, or prose without an English word or one that the text has elsewhere."""
    words = _words(sentence)
    if not words:
        return False
    if sum(not word.isascii() and not _is_latin(word) for word in words) > len(words) / 2:
        return True
    own = Counter(words)
    known = any(word in _ENGLISH or (len(word) > 3 and language[word] > own[word]) for word in words)
    return len(words) >= _ENOUGH_WORDS and sentence.count(",") < 3 and not known


def _is_coded(run: str) -> bool:
    return any(c.isdigit() for c in run) and any(c.islower() for c in run) and any(c.isupper() for c in run)


def _is_latin(word: str) -> bool:
    return all("LATIN" in unicodedata.name(character, "") for character in word)


def _mixes_scripts(text: str) -> bool:
    """Letters of two alphabets in one word: made to look like another word."""
    for word in _WORD.findall(text):
        if not word.isascii() and any(character.isascii() for character in word) and not _is_latin(word):
            return True
    return False
