"""`keep`: what came is kept in a field of the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chatbot import (
    Choice,
    Date,
    Email,
    Embed,
    Flow,
    Number,
    State,
    YesNo,
    answer,
    choice,
    done,
    error,
    failed,
    keep,
    minutes,
    text,
    timeout,
)
from chatbot.codec import CodecError
from chatbot.errors import FlowError

Start = Callable[..., Any]


@dataclass
class Person:
    mail: str = ""


@dataclass
class Order:
    word: str = ""
    count: int = 0
    price: Decimal = Decimal(0)
    day: date | None = None
    urgent: bool = False
    person: Person = field(default_factory=Person)

    @property
    def total(self) -> Decimal:
        return self.count * self.price


async def quote(_data: Order) -> str:
    return "12.50"


def one_row(trigger: Any, name: str, **state: Any) -> type[Flow[Any]]:
    class OneRow(Flow[Order]):
        ask = State("?", initial=True, **state)
        end = State("{price:EUR}", final=True)
        ask.on(trigger, to=end, do=keep(name))

    return OneRow


def test_a_text_is_kept_without_the_spaces_around_it(walk: Start) -> None:
    assert walk(one_row(text, "word")).user("  Main St 5 \n").data.word == "Main St 5"


def test_the_value_of_a_choice_is_kept_and_not_its_label(walk: Start) -> None:
    flow = one_row(choice, "count", choices=[Choice(12, "a dozen"), Choice(20, "a score")])
    assert walk(flow).user("a dozen").data.count == 12


@pytest.mark.parametrize(
    ("question", "name", "said", "kept"),
    [
        (Number(), "count", "7", 7),
        (Number(whole=False), "price", "7,50", Decimal("7.50")),
        (Date(), "day", "24.12.2026", date(2026, 12, 24)),
        (YesNo(), "urgent", "yes", True),
        (YesNo(), "urgent", "no", False),
        (Email(), "word", " ada@Example.org", "ada@example.org"),
    ],
)
def test_the_value_of_an_answer_is_kept_and_not_its_text(
    walk: Start, question: Any, name: str, said: str, kept: object
) -> None:
    assert getattr(walk(one_row(answer, name, ask=question)).user(said).data, name) == kept


def test_a_text_beside_a_question_is_kept_as_it_is(walk: Start) -> None:
    assert walk(one_row(text("none"), "word", ask=Number())).user("None").data.word == "None"


def test_the_result_of_a_call_is_kept_as_the_field_is_and_can_be_said_at_once(walk: Start) -> None:
    contact = walk(one_row(done, "price", invoke=quote)).fire("done", result="12.50")
    assert contact.data.price == Decimal("12.50")
    assert contact.said == ["€12.50"]


def test_a_result_that_does_not_fit_the_field_is_an_error(walk: Start) -> None:
    with pytest.raises(CodecError, match="Expected `int`, got `str`"):
        walk(one_row(done, "count", invoke=quote)).fire("done", result="many")


def test_the_data_of_an_embedded_flow_is_kept_also_when_a_message_ended_it(walk: Start) -> None:
    class Asking(Flow[Person]):
        mail = State("Where to?", ask=Email(), initial=True)
        given = State(final=True)
        mail.on(answer, to=given, do=keep("mail"))

    class Outer(Flow[Order]):
        ask = State("?", initial=True)
        who = Embed(Asking)
        end = State(final=True)
        ask.on(text, to=who)
        who.on(done, to=end, do=keep("person"))

    assert walk(Outer).user("hello").user("ada@example.org").data.person == Person("ada@example.org")


@pytest.mark.parametrize("name", ["wrod", "total"])
def test_a_field_that_cannot_hold_anything_is_refused_with_those_that_can(name: str) -> None:
    fields = "count, day, person, price, urgent, word"
    with pytest.raises(FlowError, match=rf"test_keep.py:\d+: row text keeps '{name}', and the data has {fields}"):
        one_row(text, name)


@pytest.mark.parametrize("trigger", [timeout, failed, error])
def test_a_row_that_brings_nothing_cannot_keep_it(trigger: Any) -> None:
    with pytest.raises(FlowError, match="brings nothing to keep; only text, choice, answer, done do"):
        one_row(trigger, "word", timeout=minutes(5))
