"""Study texts that differ from each other in every name, so that no two students' answers are alike by chance."""

from itertools import product

from support.study_texts import StudyText, store_all

_FIRST = ("Vanda", "Kesar", "Marul", "Tilok", "Barhan", "Sonal", "Girmat", "Pelvi")
_LAST = ("pur", "nagar", "kota", "garh")
_FORMS = (
    "When was the {name} scheme begun?",
    "Whom does the {name} scheme help?",
    "Who pays for the {name} scheme?",
    "Where is the office of the {name} scheme?",
)

NAMES = tuple(first + last for last, first in product(_LAST, _FIRST))


def _text(number: int, name: str) -> StudyText:
    return StudyText(
        "economy",
        f"The {name} scheme",
        f"The {name} scheme was begun in {1950 + number} by the planners of {name}. The {name} scheme helps weavers "
        f"and potters of {name} district. The Union pays {40 + number} per cent of the {name} scheme and the State "
        f"pays the rest. The office of the {name} scheme is in the old fort of {name}.",
    )


async def store(dsn: str) -> None:
    """Write one text for each of NAMES; live at once."""
    await store_all(dsn, [_text(number, name) for number, name in enumerate(NAMES)])


def question(number: int) -> str:
    """Question `number` of a course through all names and forms; it repeats after 128."""
    form = _FORMS[number // len(NAMES) % len(_FORMS)]
    return form.format(name=NAMES[number % len(NAMES)])
