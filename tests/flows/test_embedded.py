"""A flow inside a flow: its states stand under its name, its data is its own, and its end is handed over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chatbot import Anywhere, Embed, Flow, State, done, keep, text

Start = Callable[..., Any]


@dataclass
class Town:
    name: str = ""


@dataclass
class Address:
    street: str = ""
    town: Town = field(default_factory=Town)


@dataclass
class Parcel:
    address: Address = field(default_factory=Address)


class Where(Flow[Town]):
    ask = State("Which town?", initial=True)
    known = State("{name} it is.", final=True)
    unknown = State(final=True)
    ask.on(text("none"), to=unknown)
    ask.on(text, to=known, do=keep("name"))


class Ask(Flow[Address]):
    street = State("Which street?", initial=True)
    town = Embed(Where)
    given = State("Noted: {street}.", final=True)
    street.on(text, to=town, do=keep("street"))
    town.on(done("known"), to=given, do=keep("town"))
    town.on(done, to=street, says="Then where?")


class Send(Flow[Parcel]):
    start = State("What?", initial=True)
    where = Embed(Ask)
    sent = State(lambda turn: f"To {turn.data.address.street}, {turn.data.address.town.name}.", final=True)
    anywhere = Anywhere()
    start.on(text, to=where)
    where.on(done, to=sent, do=keep("address"))
    where.on(text("skip"), to=sent)
    anywhere.on(text("restart"), to=start)


def test_its_states_stand_under_its_name(walk: Start) -> None:
    contact = walk(Send).user("a parcel")
    assert (contact.state, contact.said) == ("where.street", ["Which street?"])
    assert contact.user("Main St").state == "where.town.ask"


def test_an_end_that_ends_the_outer_one_too_hands_over_both_in_one_turn(walk: Start) -> None:
    contact = walk(Send).user("a parcel").user("Main St").user("Bern")
    assert (contact.state, contact.said) == ("sent", ["Bern it is.", "Noted: Main St.", "To Main St, Bern."])
    assert contact.data.address == Address("Main St", Town("Bern"))


def test_an_end_may_have_a_row_of_its_own(walk: Start) -> None:
    contact = walk(Send).user("a parcel").user("Main St").user("none")
    assert (contact.state, contact.said) == ("where.street", ["Then where?", "Which street?"])


@pytest.mark.parametrize("word", ["skip", "restart"])
def test_rows_of_the_outer_flow_hold_in_each_of_its_states(walk: Start, word: str) -> None:
    to = {"skip": "sent", "restart": "start"}[word]
    assert walk(Send).user("a parcel").user(word).state == to
    assert walk(Send).user("a parcel").user("Main St").user(word).state == to


def test_it_begins_with_fresh_data_each_time(walk: Start) -> None:
    contact = walk(Send).user("a parcel").user("Main St").user("restart").user("another").user("skip")
    assert contact.data.address == Address()
