"""What an answer to "as on 1 January 2020" says of that day beside what the texts say: ours, so it needs no source."""

from dataclasses import replace
from datetime import date

from app.agents.material import Inquiry, Material
from app.retrieval.as_on import AsOn
from app.retrieval.passage import Passage, Retrieved

_DAY = {"en": "{:%-d %B %Y}", "hi": "{:%d.%m.%Y}"}
_HELD = {"en": "As on {day}:", "hi": "{day} की स्थिति:"}
_UNDATED = {
    "en": "As on {day} (the text here does not say from when it holds):",
    "hi": "{day} की स्थिति (यहाँ का पाठ यह नहीं बताता कि वह कब से लागू है):",
}
_NOTHING = {
    "en": "No text here that held on {day} answers it.",
    "hi": "यहाँ {day} को लागू कोई पाठ इसका उत्तर नहीं देता।",
}
_TO_COME = {"en": "{day} is still to come.", "hi": "{day} अभी आया नहीं है।"}
_NO_DAY = {
    "en": "I can answer as on one day of the calendar at a time, such as 1 January 2020.",
    "hi": "मैं एक बार में कैलेंडर के एक ही दिन की स्थिति बता सकता हूँ, जैसे 1 जनवरी 2020।",
}
# For a model: it gets the question without the day.
_BRIEF = (
    "The passages are the texts as they held on {day}, which is already said above your answer: do not name the day."
)


def impossible(asked: AsOn, inquiry: Inquiry) -> Material | None:
    """The refusal of a day that has not come, is none, or is one of several; None where there is one to answer for."""
    if inquiry.snapshot.day is not None:
        return None
    said = _TO_COME if asked.span else _NO_DAY
    why = _said(said, inquiry.language, asked.span[0] if asked.span else None)
    return Material(Retrieved((), False, (), False, ()), refusal=why)


def said(material: Material, inquiry: Inquiry) -> Material:
    """`material`, which says the day that the question asks about; as it is for a question about today."""
    day = inquiry.snapshot.day
    if day is None:
        return material
    if not material.passages:
        why = _said(_NOTHING, inquiry.language, day)
        return replace(material, refusal=" ".join(filter(None, (why, material.refusal))))
    lead = _said(_UNDATED if _is_undated(material.passages[0]) else _HELD, inquiry.language, day)
    brief = _BRIEF.format(day=f"{day:%-d %B %Y}")
    return replace(
        material, lead=f"{lead}\n\n{material.lead}", brief="\n\n".join(filter(None, (material.brief, brief)))
    )


def _is_undated(passage: Passage) -> bool:
    """Whether nobody has said when the text holds. A past question holds from its paper on, news from their day."""
    return not (passage.effective_from or passage.effective_to or passage.year or passage.published_on)


def _said(texts: dict[str, str], language: str, day: date | None) -> str:
    language = language if language in texts else "en"
    return texts[language].format(day=_DAY[language].format(day) if day else "")
