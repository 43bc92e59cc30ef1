"""Routes and other structured answers, through the real instructor client; schemas of every kind."""

import json
from datetime import date
from enum import Enum
from typing import Annotated, Literal
from uuid import UUID

import instructor
import openai
import pytest
from pydantic import BaseModel, Field, TypeAdapter

from app.simulator import schema

Intent = Literal["factual", "pyq", "essay", "current_affairs"]


class Route(BaseModel):
    intent: Intent
    domains: list[str] = Field(max_length=4)
    standalone_question: str = Field(min_length=1, max_length=4000)
    confidence: float = Field(ge=0, le=1)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Tree(BaseModel):
    name: str
    children: list["Tree"]
    left: "Tree | None"


class Everything(BaseModel):
    tree: Tree
    colour: Colour
    colours: set[Colour] = Field(min_length=2)
    day: date
    key: UUID
    code: Annotated[str, Field(pattern=r"^(?:GS|CS)[1-4]-\d{3,5}(?:/[a-z]+)?$")]
    short: Annotated[str, Field(max_length=3)]
    long: Annotated[str, Field(min_length=50, max_length=60)]
    count: Annotated[int, Field(gt=3, lt=5)]
    share: Annotated[float, Field(gt=0, lt=1)]
    fives: Annotated[int, Field(multiple_of=5, ge=11)]
    pair: tuple[int, str]
    either: int | str
    table: dict[str, int]
    flag: bool
    nothing: None
    fixed: Literal["this"]


@pytest.mark.parametrize("mode", [instructor.Mode.TOOLS, instructor.Mode.JSON, instructor.Mode.JSON_SCHEMA])
async def test_instructor_gets_a_typed_route_in_every_mode(client, mode):
    asking = instructor.from_openai(client, mode=mode)
    route = await asking.create(
        model="gpt-4.1-nano",
        response_model=Route,
        max_retries=0,
        messages=[{"role": "user", "content": "Previous year questions on monetary policy 2023"}],
    )
    question = "Previous year questions on monetary policy 2023"
    assert route.model_dump() == {
        "intent": "pyq",
        "domains": [],
        "standalone_question": question,
        "confidence": 0.9,
    }


async def test_instructor_can_stream_a_route(client):
    asking = instructor.from_openai(client, mode=instructor.Mode.TOOLS)
    parts = asking.create_partial(
        model="gpt-4.1-nano",
        response_model=Route,
        messages=[{"role": "user", "content": "Essay structure: climate diplomacy 250 words"}],
    )
    assert [part async for part in parts][-1].intent == "essay"


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("What is the 73rd Constitutional Amendment?", "factual"),
        ("Explain the doctrine of basic structure.", "factual"),
        ("Essay structure: climate diplomacy 250 words", "essay"),
        ("Previous year questions on monetary policy 2023", "pyq"),
        ("UPSC 2022 GS2 questions on judiciary", "pyq"),
        ("Latest developments in the India-EU trade talks", "current_affairs"),
    ],
)
def test_a_route_follows_the_words_of_the_question(question, intent):
    route = Route.model_validate_json(schema.answer(Route.model_json_schema(), question))
    assert route.intent == intent


@pytest.mark.parametrize(
    "kind", [Everything, Route, list[Route], dict[str, Route], Route | None, Literal["only"], int], ids=str
)
def test_what_is_made_is_valid_under_its_schema(kind):
    adapter = TypeAdapter(kind)
    adapter.validate_json(schema.answer(adapter.json_schema(), "Any question"))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({"const": 7}, 7),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": ["null", "integer"], "exclusiveMinimum": 4}, 5),
        ({"type": "integer", "exclusiveMaximum": 0}, -1),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"type": "number", "maximum": 0.5}, -0.5),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True}, [1, 2, 3]),
        ({"type": "string", "minLength": 12, "maxLength": 12}, "simulated si"),
        ({"type": "object", "minProperties": 1, "additionalProperties": {"type": "boolean"}}, {"key0": True}),
        ({"properties": {"a": {"$ref": "#/definitions/x~1y"}}, "definitions": {"x/y": {"const": 1}}}, {"a": 1}),
        (
            {
                "type": "object",
                "allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}, "required": ["b"]}],
            },
            {"a": 1, "b": 2},
        ),
        ({"type": "object", "required": ["free"]}, {"free": "simulated"}),
        ({}, "simulated"),
    ],
)
def test_hand_written_schemas_are_satisfied_too(written, value):
    assert json.loads(schema.answer(written, "Any question")) == value


def test_a_schema_without_an_intent_of_ours_is_no_route():
    assert schema.is_route(Route.model_json_schema())
    assert not schema.is_route({"properties": {"intent": {"enum": ["yes", "no"]}}})


async def test_tools_that_are_no_functions_are_refused(client):
    with pytest.raises(openai.BadRequestError, match="'tools' must be functions"):
        await client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "Hi"}], tools=[{"type": "function"}]
        )
