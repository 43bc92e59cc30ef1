"""What is said when there is nothing to say: no evidence for a question, or nobody to answer it."""

import re
from collections.abc import Sequence
from datetime import date

# The sentence the prompts tell a model to use; an answer that begins with it is a refusal.
MODEL_REFUSES = "The study material here does not answer this question."

_NOT_FOUND = {
    "en": "The study material here does not answer this question, so I will not guess.",
    "hi": "यहाँ की अध्ययन सामग्री में इस प्रश्न का उत्तर नहीं है, इसलिए मैं अनुमान नहीं लगाऊँगा।",
}
_NEAREST = {"en": "Nearest topics here:", "hi": "यहाँ के निकटतम विषय:"}
_UP_TO = {
    "en": "The content here goes up to {day:%-d %B %Y}.",
    "hi": "यहाँ की सामग्री {day:%d.%m.%Y} तक की है।",
}
_UNAVAILABLE = {
    "en": "An answer is not available just now. Your question was not counted; please ask again in a little while.",
    "hi": "अभी उत्तर उपलब्ध नहीं है। आपका प्रश्न गिना नहीं गया; कृपया थोड़ी देर में फिर पूछें।",
}
_MARKUP = re.compile(r"[\[\]<>*_`#|\\\n]+")


def not_found(language: str, nearest: Sequence[str], why: str = "") -> str:
    """The refusal of a question without evidence, `why` if that is known, with up to three topics that come near."""
    said = " ".join(filter(None, (_NOT_FOUND.get(language, _NOT_FOUND["en"]), why)))
    topics = [topic for title in nearest[:3] if (topic := " ".join(_MARKUP.sub(" ", title).split()))]
    if not topics:
        return said
    listed = "\n".join(f"- {topic}" for topic in topics)
    return f"{said}\n\n{_NEAREST.get(language, _NEAREST['en'])}\n\n{listed}"


def up_to(language: str, day: date | None) -> str:
    """Up to which day the content goes, for a question about what may be newer; "" where that is not known."""
    return _UP_TO.get(language, _UP_TO["en"]).format(day=day) if day else ""


def unavailable(language: str) -> str:
    """The honest message when no tier answered."""
    return _UNAVAILABLE.get(language, _UNAVAILABLE["en"])


def is_refusal_alone(sentence: str) -> bool:
    """Whether a sentence is the refusal and nothing more: what is put behind its words is a claim like any other."""
    return sentence.strip().rstrip(".").casefold() == MODEL_REFUSES.rstrip(".").casefold()


def is_refusal(text: str) -> bool:
    """Whether a model's finished text refuses, as its prompt told it to."""
    return text.lstrip().casefold().startswith(MODEL_REFUSES.casefold().rstrip("."))
