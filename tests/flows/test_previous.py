"""The way back: ``to=previous`` goes to where the contact came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chatbot import Anywhere, Flow, FreeText, State, Turn, answer, done, error, previous, text

Start = Callable[..., Any]


@dataclass
class Notes:
    ready: bool = False


def is_ready(turn: Turn[Notes]) -> bool:
    return turn.data.ready


class Corridor(Flow[Notes]):
    """Four rooms: a -> b -> d and a -> c -> d, and a way back from everywhere."""

    a = State("A", initial=True)
    b = State("B")
    c = State("C")
    d = State("D")
    anywhere = Anywhere()
    a.on(text("b"), to=b)
    a.on(text("c"), to=c)
    b.on(text("d"), to=d)
    c.on(text("d"), to=d)
    d.on(text("d"), to=d)
    anywhere.on(text("back"), to=previous)


@pytest.mark.parametrize("way", ["b", "c"])
def test_previous_is_the_state_that_the_contact_came_from_and_asks_its_question_again(walk: Start, way: str) -> None:
    contact = walk(Corridor).user(way).user("d").user("back")
    assert (contact.state, contact.said) == (way, [way.upper()])


def test_going_back_twice_goes_two_states_back(walk: Start) -> None:
    assert walk(Corridor).user("c").user("d").user("back").user("back").state == "a"


def test_with_nothing_to_go_back_to_the_question_is_asked_again(walk: Start) -> None:
    contact = walk(Corridor).user("back")
    assert (contact.state, contact.said, contact.entered) == ("a", ["A"], False)
    contact.user("b").user("back").user("back")
    assert (contact.state, contact.said, contact.entered) == ("a", ["A"], False)


def test_the_word_for_back_is_no_answer_to_the_first_question(walk: Start) -> None:
    class Named(Flow[Notes]):
        ask_name = State("Name?", ask=FreeText(), initial=True)
        end = State("Thanks.", final=True)
        anywhere = Anywhere()
        ask_name.on(answer, to=end)
        anywhere.on(text("back"), to=previous, says="One step back.")

    contact = walk(Named).user("Back")
    assert (contact.state, contact.said) == ("ask_name", ["One step back.", "Name?"])
    assert contact.user("Ada").state == "end"


def test_a_guard_also_holds_where_there_is_nothing_to_go_back_to(walk: Start) -> None:
    class Locked(Flow[Notes]):
        hall = State("Hall.", initial=True)
        hall.on(text("back"), to=previous, when=is_ready)
        hall.on(text, says="It is locked.")

    assert walk(Locked).user("back").said == ["It is locked."]
    assert walk(Locked, ready=True).user("back").said == ["Hall."]


def test_entering_a_state_again_is_no_step_that_can_be_undone(walk: Start) -> None:
    assert walk(Corridor).user("b").user("d").user("d").user("d").user("back").state == "b"


def test_after_going_back_another_way_can_be_taken_and_gone_back(walk: Start) -> None:
    contact = walk(Corridor).user("b").user("back").user("c").user("d").user("back")
    assert contact.state == "c"


def test_one_can_walk_about_for_long_and_go_back_twenty_steps_of_it(walk: Start) -> None:
    class Ring(Flow[Notes]):
        left = State("L", initial=True)
        right = State("R")
        anywhere = Anywhere()
        left.on(text("go"), to=right)
        right.on(text("go"), to=left)
        anywhere.on(text("back"), to=previous)

    contact = walk(Ring)
    for _ in range(101):
        contact.user("go")
    assert [contact.user("back").state for _ in range(22)] == ["left", "right"] * 10 + ["right"] * 2


def test_a_guard_on_the_way_back_is_heard(walk: Start) -> None:
    class Locked(Flow[Notes]):
        hall = State("Hall.", initial=True)
        room = State("Room.")
        hall.on(text, to=room)
        room.on(text("back"), to=previous, when=is_ready)
        room.on(text, says="It is locked.")

    assert walk(Locked).user("in").user("back").said == ["It is locked."]
    assert walk(Locked, ready=True).user("in").user("back").state == "hall"


async def price(_data: Notes) -> str:
    return "12.50"


class Priced(Flow[Notes]):
    """A question, a slow call that may lead back to it, a second call, and a confirmation."""

    start = State("Hello.", initial=True)
    ask = State("Where to?")
    pricing = State(invoke=price)
    rounding = State("One moment.", invoke=price)
    confirm = State("Really?")
    anywhere = Anywhere()
    start.on(text("go"), to=ask)
    ask.on(text("there"), to=pricing)
    pricing.on(done, to=rounding)
    pricing.on(error, to=ask)
    rounding.on(done, to=confirm)
    rounding.on(error, to=pricing)
    anywhere.on(text("back"), to=previous)


def test_the_way_back_leads_past_a_slow_call_to_the_question_before_it(walk: Start) -> None:
    contact = walk(Priced).user("go").user("there").fire("done").fire("done")
    assert contact.state == "confirm"
    assert contact.user("back").state == "ask"
    assert contact.user("back").state == "start"


def test_a_slow_call_that_leads_back_to_its_question_is_no_step(walk: Start) -> None:
    contact = walk(Priced).user("go").user("there").fire("error")
    assert contact.state == "ask"
    assert contact.user("back").state == "start"


def test_slow_calls_may_lead_to_one_another(walk: Start) -> None:
    contact = walk(Priced).user("go").user("there").fire("done").fire("error").fire("done").fire("done")
    assert contact.user("back").state == "ask"
