import pytest

from app.agents import filters
from app.agents.filters import Coverage
from app.agents.supervisor import Filters
from tests.support.growth import assert_linear

HELD = Coverage(2013, 2024, ("art and culture", "federalism", "internal security", "judiciary", "monetary policy"))


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("Questions of 2022", (2022,)),
        ("Questions of 2019 and 2021", (2019, 2021)),
        ("Questions between 2018 and 2020", (2018, 2019, 2020)),
        ("Questions from 2018 to 2020", (2018, 2019, 2020)),
        ("Prelims 2019-21", (2019, 2020, 2021)),
        ("mains 2019–2021 federalism", (2019, 2020, 2021)),
        ("Questions since 2022", (2022, 2023, 2024)),
        ("Questions after 2022", (2023, 2024)),
        ("Questions before 2015", (2013, 2014)),
        ("Questions till 2014", (2013, 2014)),
        ("Questions of the last three years", (2022, 2023, 2024)),
        ("the past 2 years' questions", (2023, 2024)),
        ("last year's paper", (2024,)),
        ("२०२२ के प्रश्न", (2022,)),
        ("Previous years' questions", ()),
        ("Questions on the Government of India Act, 1935", ()),
        ("Questions on the Right to Information Act 2005 in 2019", (2019,)),
        ("What came on the movement of 1942?", ()),
    ],
)
def test_years_ranges_and_relative_years_are_read(question: str, years: tuple[int, ...]) -> None:
    assert filters.read(question, HELD).years == years


def test_relative_years_need_a_collection() -> None:
    assert filters.read("questions of the last five years").years == ()


@pytest.mark.parametrize(
    ("question", "papers"),
    [
        ("GS2 questions", ("gs2",)),
        ("General Studies paper III questions", ("gs3",)),
        ("mains GS-1 and GS-4", ("mains", "gs1", "gs4")),
        ("prelims questions", ("prelims",)),
        ("CSAT questions", ("csat",)),
        ("essay topics asked", ("essay",)),
        ("ethics paper questions", ("gs4",)),
        ("questions on rivers", ()),
    ],
)
def test_papers_are_read(question: str, papers: tuple[str, ...]) -> None:
    assert filters.read(question).papers == papers


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("List 5 questions on rivers", 5),
        ("Give me any three PYQs", 3),
        ("ten questions on the judiciary", 10),
        ("Show the top 4 GS2 questions", 4),
        ("How many questions on rivers?", None),
        ("15 mark questions on rivers", None),
        ("GS 2 questions on rivers", None),
        ("questions of the last five years", None),
        ("Article 21 questions", None),
    ],
)
def test_the_number_of_items_asked_for_is_read(question: str, count: int | None) -> None:
    assert filters.read(question).count == count


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What was asked about federalism in GS2 2022?", "federalism"),
        ("PYQs on Governor's power of ordinance in mains since 2019", "Governor's power of ordinance"),
        ("Questions on Government of India Act 1935 in prelims 2019-21", "Government of India Act 1935"),
        ("Give me 5 PYQs on climate change for 15 marks", "climate change"),
        ("Has UPSC ever asked about self-help groups?", "self-help groups"),
        ("essay topics asked in 2020 and 2022", None),
        ("2022 के GS2 में संघवाद पर क्या पूछा गया?", "संघवाद"),
    ],
)
def test_the_topic_is_what_is_left_of_the_question(question: str, topic: str | None) -> None:
    assert filters.read(question).topic == topic


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("internal security questions of 2022", "internal security"),
        ("Art and culture PYQs", "art and culture"),
        ("questions on the judiciary", "judiciary"),
        ("questions on the judiciary and the environment of Delhi", None),
        ("questions on rivers", None),
    ],
)
def test_a_subject_is_the_collections_own_and_nearly_all_of_the_topic(question: str, subject: str | None) -> None:
    assert filters.read(question, HELD).subject == subject


def test_a_models_filters_lose_what_the_question_does_not_say() -> None:
    named = Filters(years=(2022, 2015), papers=("gs2", "csat"), subject="rivers", topic="moon base", count=7)
    checked = filters.checked(named, "List 3 questions on federalism in GS2 2022")
    assert checked == Filters(years=(2022,), papers=("gs2",), subject=None, topic="federalism", count=3)


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("GS2 questions of 2030", (2030,)),
        ("Questions since 2030", (2030,)),
        ("Questions after 2024", (2025,)),
        ("Questions before 2010", (2009,)),
        ("Questions of 1975 in prelims", (1975,)),
        ("Prelims questions of 2130", (2130,)),
    ],
)
def test_a_year_outside_the_collection_is_read_and_not_dropped(question: str, years: tuple[int, ...]) -> None:
    found = filters.read(question, HELD)
    assert (found.years, found.topic) == (years, None)


def test_what_is_quoted_is_the_topic_and_narrows_nothing_else() -> None:
    found = filters.read('Solve the 2022 GS2 question "the essay topics of prelims since 2019 on judges"', HELD)
    assert (found.years, found.papers, found.count) == ((2022,), ("gs2",), None)
    assert "judges" in (found.topic or "")


@pytest.mark.parametrize(
    ("question", "wanted", "excluded"),
    [
        ("Judiciary questions except ordinances", Filters(), [Filters(topic="ordinances")]),
        ("Judiciary questions on writs other than mandamus", Filters(), [Filters(topic="mandamus")]),
        (
            "Judiciary questions not about ordinances or writs",
            Filters(),
            [Filters(topic=t) for t in ("ordinances", "writs")],
        ),
        ("Judiciary questions that don't mention ordinances", Filters(), [Filters(topic="ordinances")]),
        ("Judiciary questions, no ordinances please", Filters(), [Filters(topic="ordinances")]),
        ("Skip ordinances and list judiciary questions", Filters(), [Filters(topic="ordinances")]),
        ("GS2 questions except 2022", Filters(papers=("gs2",)), [Filters(years=(2022,))]),
        (
            "Mains questions excluding GS2 and essay",
            Filters(papers=("mains",)),
            [Filters(papers=(p,)) for p in ("gs2", "essay")],
        ),
        ("Questions except those of 2019 to 2021", Filters(), [Filters(years=(2019, 2020, 2021))]),
        (
            "Mains questions apart from art and culture",
            Filters(papers=("mains",)),
            [Filters(subject="art and culture", topic="art and culture")],
        ),
        (
            "Mains questions not from GS2 on rivers",
            Filters(papers=("mains",), topic="rivers"),
            [Filters(papers=("gs2",))],
        ),
        (
            "Questions other than writs in GS2 2022",
            Filters(years=(2022,), papers=("gs2",)),
            [Filters(topic="writs")],
        ),
    ],
)
def test_what_a_question_excludes_is_read_apart_from_what_it_wants(
    question: str, wanted: Filters, excluded: list[Filters]
) -> None:
    read = filters.read(question, HELD)
    assert list(filters.excluded(question, HELD)) == excluded
    assert (read.years, read.papers) == (wanted.years, wanted.papers)
    assert not {word for one in excluded for word in (one.topic or "").split()} & set((read.topic or "").split())
    assert wanted.topic in (None, read.topic)


@pytest.mark.parametrize(
    "question", ["Which topics has UPSC never asked?", "Is ethics not a subject?", "2022 को छोड़कर GS2"]
)
def test_a_denial_that_excludes_nothing_known_is_noted(question: str) -> None:
    assert filters.excluded(question, HELD)[-1] == Filters()


@pytest.mark.parametrize(
    "question",
    [
        "Judiciary questions without answers",
        "Not only GS2 but also GS3 questions of 2022",
        "Say whether or not writs were asked",
        "Questions on non-alignment",
        'Solve "which of these is not correct" of 2022',
        "GS paper no 2 questions of 2022",
    ],
)
def test_words_that_only_look_like_an_exclusion_exclude_nothing(question: str) -> None:
    assert filters.excluded(question, HELD) == ()


@pytest.mark.parametrize(
    "piece", ["2019 to ", "gs paper ", "list any ", "between 2001 and ", "except ", "not on ", ", no "]
)
def test_hostile_questions_are_read_in_time_that_grows_with_their_length(piece: str) -> None:
    assert_linear(lambda text: filters.read(text, HELD), piece)
    assert_linear(lambda text: filters.excluded(text, HELD), piece)
