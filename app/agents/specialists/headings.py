"""The headings that specialists put over parts of an answer, in the student's language."""

_HEADINGS = {
    "points": ("Key points", "मुख्य बिंदु"),
    "happened": ("What happened", "क्या हुआ"),
    "matters": ("Why it matters", "यह क्यों महत्वपूर्ण है"),
    "background": ("Background", "पृष्ठभूमि"),
    "introduction": ("Introduction", "प्रस्तावना"),
    "dimensions": ("Dimensions", "आयाम"),
    "counter_view": ("Counter-view", "प्रतिपक्ष"),
    "way_forward": ("Way forward", "आगे की राह"),
    "conclusion": ("Conclusion", "निष्कर्ष"),
    "question": ("Question", "प्रश्न"),
    "answer": ("Answer", "उत्तर"),
    "by_year": ("By year and paper", "वर्ष और प्रश्नपत्र के अनुसार"),
}


def of(name: str, language: str) -> str:
    """The heading's words; English for languages we have none in."""
    english, hindi = _HEADINGS[name]
    return hindi if language == "hi" else english


def bold(name: str, language: str, more: str = "") -> str:
    """The heading as a bold line of its own, with what follows it in the line."""
    return f"**{of(name, language)}**{more}\n\n"
