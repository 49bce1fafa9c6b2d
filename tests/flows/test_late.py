"""Answers that come too late, and answers that fit nothing, counted in a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chatbot import (
    Anywhere,
    Flow,
    Number,
    State,
    Turn,
    again,
    answer,
    choice,
    failed,
    minutes,
    text,
    timeout,
    unmatched,
)
from chatbot.testing import Conversation

Start = Callable[..., Any]
REMINDER = "That answers an earlier question. We are here now:"


@dataclass
class Notes:
    heard: int = 0


def count(turn: Turn[Notes]) -> None:
    turn.data.heard += 1


class Said(Flow[None], keyword="said"):
    """The state owns its prompt."""

    ask = State("Size?", choices=["small", "large"], initial=True)
    colour = State("Colour?", choices=["small red", "large red"])
    end = State("End.", final=True)
    ask.on(choice, to=colour)
    colour.on(choice, to=end)


class SaidByTheRow(Flow[None], keyword="row"):
    """The row that leads to the choices says what they are for."""

    ask = State("Size?", choices=["small", "large"], initial=True)
    colour = State(choices=["small red", "large red"])
    end = State("End.", final=True)
    ask.on(choice, to=colour, says="Colour?")
    colour.on(choice, to=end)


@pytest.mark.parametrize(("flow", "asked"), [(Said, []), (SaidByTheRow, ["Colour?"])])
def test_a_late_answer_is_pointed_out_once_whoever_said_the_prompt(flow: type[Flow[Any]], asked: list[str]) -> None:
    question = "1. small red\n2. large red" if asked else "Colour?\n1. small red\n2. large red"
    with Conversation(flow) as talk:
        talk.user("hello").bot("Size?\n1. small\n2. large").user("1")
        for one in (*asked, question):
            talk.bot(one)
        talk.user("2", to="Size?").bot(REMINDER).bot(question).state("colour")
        talk.user("2", to="Size?").bot("End.")


@pytest.mark.parametrize("quoted", ["Colour?", "1. small red", ""])
def test_what_the_row_said_before_a_question_is_a_part_of_it(quoted: str) -> None:
    with Conversation(SaidByTheRow) as talk:
        talk.user("hello").bot("Size?\n1. small\n2. large").user("1").bot("Colour?").bot("1. small red\n2. large red")
        talk.user("2", to=quoted).bot("End.")


class TypedByTheRow(Flow[Notes], keyword="typed"):
    ask = State("Size?", ask=Number(), initial=True)
    weight = State(ask=Number(), timeout=minutes(5))
    end, gone, lapsed = State("End.", final=True), State("Gone.", final=True), State("Lapsed.", final=True)
    ask.on(answer, to=weight, says=["One more.", "Weight?"])
    weight.on(answer, to=end)
    weight.on(failed, to=gone)
    weight.on(timeout, to=lapsed)


def test_a_typed_question_of_the_row_is_answered_and_what_becomes_of_it_is_heard() -> None:
    for quoted in ("One more.", "Weight?"):
        with Conversation(TypedByTheRow) as talk:
            talk.user("hello").bot("Size?").user("3").bot("One more.").bot("Weight?").user("4", to=quoted).bot("End.")
    with Conversation(TypedByTheRow) as talk:
        talk.user("hello").bot("Size?").user("3").bot("One more.").bot("Weight?")
        talk.user("7", to="Size?").bot(REMINDER).state("weight")
        talk.receipt("UNDELIVERABLE", to="Weight?").bot("Gone.")


def test_where_nothing_is_asked_no_answer_is_late() -> None:
    class Waiting(Flow[None], keyword="waiting"):
        ask = State("Size?", choices=["small", "large"], initial=True)
        rest = State()
        end = State("End.", final=True)
        ask.on(choice, to=rest, says="Wait, please.")
        rest.on(text, to=end)

    with Conversation(Waiting) as talk:
        talk.user("hello").bot("Size?\n1. small\n2. large").user("1").bot("Wait, please.")
        talk.user("and?", to="Size?").bot("End.")


class Patient(Flow[Notes], unmatched="Pardon?"):
    """After three answers in a row that fit nothing a person takes over."""

    ask = State("Size?", choices=["a1", "b2", "c3"], page=2, initial=True)
    end = State("End.", final=True)
    human = State("Human.", final=True)
    anywhere = Anywhere()
    ask.on(choice, to=end)
    ask.on(text("later"), do=count)
    ask.on(timeout, to=again)
    ask.on(unmatched(3), to=human)
    anywhere.on(text("help"), to=again, says="Help.")


def test_the_third_answer_in_a_row_that_fits_nothing_is_the_third(walk: Start) -> None:
    assert [walk(Patient).user("x").user("y").state, walk(Patient).user("x").user("y").user("z").state] == [
        "ask",
        "human",
    ]


@pytest.mark.parametrize("fits", ["later", "help", "0"])
def test_a_message_that_fits_ends_the_row_though_the_contact_stays(walk: Start, fits: str) -> None:
    contact = walk(Patient).user("x").user("y").user(fits).user("x").user("y")
    assert contact.state == "ask"
    assert contact.user("z").state == "human"


def test_a_timer_does_not_end_the_row(walk: Start) -> None:
    assert walk(Patient).user("x").user("y").fire("timeout", timer="timeout").user("z").state == "human"
