"""A flow inside a flow: it may be what the outer flow begins with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from chatbot import Embed, Flow, State, Turn, done, keep, previous, text
from chatbot.errors import FlowError
from chatbot.flows.check import check
from chatbot.flows.draw import mermaid
from chatbot.flows.svg import svg

# What the fixture of conftest.py gives.
Walk = Any
Start = Callable[..., Walk]


@dataclass
class Person:
    name: str = ""


@dataclass
class Party:
    host: Person = field(default_factory=Person)


class Introduction(Flow[Person]):
    ask_name = State("Who are you?", initial=True)
    known = State(final=True)
    ask_name.on(text, to=known, do=keep("name"))


def take_over(turn: Turn[Person]) -> None:
    turn.data = turn.result


class Reception(Flow[Person]):
    who = Embed(Introduction, initial=True)
    met = State("Nice to meet you.", final=True)
    who.on(done, to=met, do=take_over)


class Feast(Flow[Party]):
    host = Embed(Reception, initial=True)
    ready = State(lambda turn: f"Welcome, {turn.data.host.name}.")
    end = State("Bye.", final=True)
    host.on(done, to=ready, do=keep("host"))
    ready.on(text("back"), to=previous)
    ready.on(text, to=end)


def test_a_flow_may_begin_with_one_that_it_embeds_however_deep(walk: Start) -> None:
    contact = walk(Feast)
    assert (contact.state, contact.said) == ("host.who.ask_name", ["Who are you?"])
    contact.user("Anna")
    assert contact.said == ["Nice to meet you.", "Welcome, Anna."]
    contact.user("back")
    assert contact.state == "host.who.ask_name"


def test_such_a_flow_is_drawn_from_where_it_begins() -> None:
    assert mermaid(Feast.compiled).splitlines()[1] == "    [*] --> host__who__ask_name"
    arrows = [one for one in ET.fromstring(svg(Feast.compiled)).iter() if one.attrib.get("class") == "arrow message"]
    beginnings, rows, legend = 3, 3, 1
    assert len(arrows) == beginnings + rows + legend


def test_such_a_flow_has_no_findings() -> None:
    assert check(Feast.compiled) == []


def test_a_flow_has_one_beginning_and_the_error_says_how_to_write_it() -> None:
    hint = re.escape("write start = State(..., initial=True) or Embed(..., initial=True)")
    with pytest.raises(FlowError, match=f"needs one state with initial=True, and has none; {hint}"):

        class Nowhere(Flow[None]):
            who = Embed(Introduction)
            who.on(done, says="Bye.")

    with pytest.raises(FlowError, match="needs one state with initial=True, and has who and start"):

        class Twice(Flow[None]):
            who = Embed(Introduction, initial=True)
            start = State("?", initial=True)
            who.on(done, to=start)
