"""How a flow runs: which row is taken, what it does, and what its states say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chatbot import Anywhere, Flow, State, Turn, choice, text

Start = Callable[..., Any]


@dataclass
class Notes:
    seen: list[str] = field(default_factory=list)
    ready: bool = False
    count: int = 0


@dataclass
class Line:
    what: str
    price: Decimal


@dataclass
class Basket:
    day: date | None = None
    lines: list[Line] = field(default_factory=list)
    by_name: dict[str, tuple[int, bool]] = field(default_factory=dict)


def keep(turn: Turn[Notes]) -> None:
    turn.data.seen.append(turn.text)


def is_ready(turn: Turn[Notes]) -> bool:
    return turn.data.ready


def is_short(turn: Turn[Notes]) -> bool:
    return len(turn.text) < 4


def test_a_flow_starts_in_its_initial_state_with_its_prompt(walk: Start) -> None:
    class Hello(Flow[Notes]):
        other = State("Never said.")
        first = State("Welcome.", initial=True)
        first.on(text, to=other)

    contact = walk(Hello)
    assert (contact.state, contact.said) == ("first", ["Welcome."])


def test_of_two_rows_that_fit_the_one_written_first_wins(walk: Start) -> None:
    class Twice(Flow[Notes]):
        ask = State("?", initial=True)
        one, two = State(final=True), State(final=True)
        ask.on(text, to=one, when=is_short)
        ask.on(text, to=two)

    assert walk(Twice).user("abc").state == "one"
    assert walk(Twice).user("abcd").state == "two"


@pytest.mark.parametrize(
    ("word", "ready", "state"), [("abc", True, "one"), ("abc", False, "two"), ("abcd", True, "two")]
)
def test_a_row_fires_only_when_all_its_guards_hold(walk: Start, word: str, ready: bool, state: str) -> None:
    class Guarded(Flow[Notes]):
        ask = State("?", initial=True)
        one, two = State(final=True), State(final=True)
        ask.on(text, to=one, when=[is_short, is_ready])
        ask.on(text, to=two)

    assert walk(Guarded, ready=ready).user(word).state == state


@pytest.mark.parametrize(("value", "holds"), [([1, 2], True), ([], False), (2, True), (0, False), (None, False)])
def test_a_guard_is_read_as_python_reads_a_condition(walk: Start, value: Any, holds: bool) -> None:
    class Truthy(Flow[Notes]):
        ask = State("?", initial=True)
        one, two = State(final=True), State(final=True)
        ask.on(text, to=one, when=lambda _turn: value)
        ask.on(text, to=two)

    assert walk(Truthy).user("x").state == ("one" if holds else "two")


def test_a_specific_text_is_asked_before_any_text_wherever_it_is_written(walk: Start) -> None:
    class Words(Flow[Notes]):
        ask = State("?", initial=True)
        one, two = State(final=True), State(final=True)
        ask.on(text, to=two)
        ask.on(text("cancel"), to=one)

    assert walk(Words).user("cancel").state == "one"
    assert walk(Words).user("anything").state == "two"


@pytest.mark.parametrize(("answer", "state"), [("yes", "exact"), ("no", "chosen"), ("what?", "other")])
def test_one_choice_is_asked_before_any_choice_and_any_choice_before_any_text(
    walk: Start, answer: str, state: str
) -> None:
    class Ranks(Flow[Notes]):
        ask = State("?", choices=["yes", "no"], initial=True)
        exact, chosen, other = State(final=True), State(final=True), State(final=True)
        ask.on(text, to=other)
        ask.on(choice, to=chosen)
        ask.on(choice("yes"), to=exact)

    assert walk(Ranks).user(answer).state == state


def test_an_own_row_is_asked_before_one_for_anywhere_of_the_same_kind(walk: Start) -> None:
    class Own(Flow[Notes]):
        anywhere = Anywhere()
        ask = State("?", initial=True)
        own, general = State(final=True), State(final=True)
        anywhere.on(text("stop"), to=general)
        ask.on(text("stop"), to=own)

    assert walk(Own).user("stop").state == "own"


def test_a_specific_row_for_anywhere_is_asked_before_a_general_own_one(walk: Start) -> None:
    class Stop(Flow[Notes]):
        ask = State("?", initial=True)
        own, general = State(final=True), State(final=True)
        anywhere = Anywhere()
        ask.on(text, to=own)
        anywhere.on(text("stop"), to=general)

    assert walk(Stop).user("stop").state == "general"
    assert walk(Stop).user("go").state == "own"


def test_a_row_for_anywhere_holds_in_every_state_but_not_in_a_final_one(walk: Start) -> None:
    class Everywhere(Flow[Notes]):
        one = State("1", initial=True)
        two = State("2")
        gone = State("Gone.", final=True)
        away = State("Away.", final=True)
        anywhere = Anywhere()
        one.on(text("on"), to=two)
        two.on(text("end"), to=gone)
        anywhere.on(text("away"), to=away)

    assert walk(Everywhere).user("away").state == "away"
    assert walk(Everywhere).user("on").user("away").state == "away"
    assert walk(Everywhere).user("on").user("end").user("away").state == "gone"


def test_a_row_without_a_target_says_its_words_and_asks_nothing_again(walk: Start) -> None:
    class Stay(Flow[Notes]):
        ask = State("The question.", initial=True)
        end = State(final=True)
        ask.on(text, says="Not that.", do=keep)
        ask.on(text("end"), to=end)

    contact = walk(Stay).user("x")
    assert (contact.state, contact.said, contact.entered) == ("ask", ["Not that."], False)
    assert contact.data.seen == ["x"]


def test_a_row_to_its_own_state_enters_it_again(walk: Start) -> None:
    class Again(Flow[Notes]):
        ask = State("The question.", initial=True)
        end = State(final=True)
        ask.on(text, to=ask)
        ask.on(text("end"), to=end)

    contact = walk(Again)
    before = contact.visit
    contact.user("x")
    assert (contact.state, contact.said, contact.visit - before, contact.entered) == ("ask", ["The question."], 1, True)


def test_the_entry_owns_the_prompt_whichever_row_leads_there(walk: Start) -> None:
    class Doors(Flow[Notes]):
        hall = State("Hall.", initial=True)
        room = State("Room.")
        hall.on(text("door"), to=room)
        hall.on(text("window"), to=room, says="Through the window:")
        room.on(text, to=hall)

    assert walk(Doors).user("door").said == ["Room."]
    assert walk(Doors).user("window").said == ["Through the window:", "Room."]


def test_actions_run_in_order_then_the_row_speaks_then_the_prompt(walk: Start) -> None:
    def first(turn: Turn[Notes]) -> None:
        turn.data.count = 1
        turn.reply("from the action")

    def second(turn: Turn[Notes]) -> None:
        turn.data.count = turn.data.count * 10 + 2

    class Order(Flow[Notes]):
        ask = State("?", initial=True)
        end = State("prompt {count}", final=True)
        ask.on(text, to=end, do=[first, second], says="row {count}")

    assert walk(Order).user("x").said == ["from the action", "row 12", "prompt 12"]


def test_no_action_of_a_row_runs_when_its_guard_does_not_hold(walk: Start) -> None:
    class Untouched(Flow[Notes]):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(text, to=end, when=is_ready, do=keep)
        ask.on(text, says="Not ready.")

    contact = walk(Untouched).user("x")
    assert (contact.said, contact.data.seen) == (["Not ready."], [])


def test_an_action_that_raises_ends_the_turn_with_its_own_error(walk: Start) -> None:
    def fail(_turn: Turn[Notes]) -> None:
        raise ZeroDivisionError("a bug of the author")

    class Buggy(Flow[Notes]):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(text, to=end, do=[keep, fail])

    contact = walk(Buggy)
    with pytest.raises(ZeroDivisionError, match="a bug of the author"):
        contact.user("x")
    assert (contact.state, contact.data.seen) == ("ask", [])


def test_a_message_that_no_row_takes_is_answered_with_the_question_again(walk: Start) -> None:
    class Deaf(Flow[Notes], unmatched="Pardon?"):
        ask = State("Yes?", choices=["yes"], initial=True)
        end = State(final=True)
        ask.on(choice, to=end)

    contact = walk(Deaf).user("hm")
    assert (contact.state, contact.said) == ("ask", ["Pardon?", "Yes?\n1. yes"])


def test_an_event_that_no_row_takes_changes_nothing_and_says_nothing(walk: Start) -> None:
    class Quiet(Flow[Notes]):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(text, to=end)

    contact = walk(Quiet).fire("failed")
    assert (contact.state, contact.said) == ("ask", [])


def test_a_turn_shows_who_wrote_what_and_when(walk: Start) -> None:
    seen: list[tuple[object, ...]] = []

    def look(turn: Turn[Notes]) -> None:
        assert turn.message is not None
        seen.append((turn.contact, turn.text, turn.message.text, turn.now.isoformat(), turn.visit))

    class Look(Flow[Notes]):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(text, to=end, do=look)

    walk(Look).user(" Hi ")
    assert seen == [("+491622943176", " Hi ", " Hi ", "2026-11-24T12:00:00+00:00", 1)]


def test_the_trail_names_the_row_with_its_guard_and_where_it_is_written(
    walk: Start, line_at: Callable[[object], str]
) -> None:
    class Trail(Flow[Notes]):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(text, to=end, when=is_short)

    [row] = walk(Trail).user("x").trail
    assert row.startswith("ask: text [is_short] -> end (")
    assert line_at(row.partition("(")[2].replace(")", ": ")) == "ask.on(text, to=end, when=is_short)"


def test_data_of_every_shape_is_the_same_after_each_step(walk: Start) -> None:
    def add(turn: Turn[Basket]) -> None:
        turn.data.day = date(2026, 11, 24)
        turn.data.lines.append(Line(turn.text, Decimal("12.50")))
        turn.data.by_name[turn.text] = (len(turn.data.lines), True)

    class Shopping(Flow[Basket]):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(text, do=add)
        ask.on(text("end"), to=end)

    price = Decimal("12.50")
    assert walk(Shopping).user("😀").user("b").user("end").data == Basket(
        date(2026, 11, 24), [Line("😀", price), Line("b", price)], {"😀": (1, True), "b": (2, True)}
    )


@pytest.mark.parametrize(
    ("name", "expected"), [("Pickup", "pickup"), ("OrderPizza", "order_pizza"), ("SMSRetry2Go", "sms_retry2_go")]
)
def test_a_flow_is_called_as_its_class_in_snake_case(name: str, expected: str) -> None:
    class Body(Flow[Notes]):
        only = State("x", initial=True, final=True)

    renamed: Any = type(name, (Flow,), {"only": Body.only})
    assert renamed.name == expected


def test_a_flow_has_no_one_two_or_more_keywords() -> None:
    class Without(Flow[Notes]):
        only = State("x", initial=True, final=True)

    class One(Flow[Notes], keyword="go"):
        only = State("x", initial=True, final=True)

    class Two(Flow[Notes], keyword=("go", "start")):
        only = State("x", initial=True, final=True)

    assert (Without.keywords, One.keywords, Two.keywords) == ((), ("go",), ("go", "start"))
