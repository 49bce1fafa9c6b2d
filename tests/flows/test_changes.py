"""What a flow says of old conversations is refused at import when it is wrong: else who comes back would meet it."""

from __future__ import annotations

import types
from typing import Any

import pytest

from chatbot import Anywhere, Embed, Flow, State, done, text
from chatbot.errors import FlowError
from chatbot.flows.changes import successors


class Inner(Flow[None]):
    ask = State("?", initial=True)
    known = State(final=True)
    ask.on(text, to=known)


BEGIN, WHERE, ANYWHERE = State("?", initial=True), Embed(Inner), Anywhere()
BEGIN.on(text, to=WHERE)
WHERE.on(done, to=BEGIN)


def define(**said: Any) -> Any:
    """Define a flow that says this of old conversations."""
    members = {"begin": BEGIN, "where": WHERE, "anywhere": ANYWHERE, **said}
    return types.new_class("Told", (Flow,), {}, lambda body: body.update(members))


async def later(_data: None) -> State:
    return BEGIN


async def later_upgrade(old: dict[str, Any]) -> dict[str, Any]:
    return old


def nothing() -> State:
    return BEGIN


# A function looks these up when it is called, and then a flow Told may be there.


def bare(_data: Any) -> State:
    return begin  # type: ignore[name-defined, no-any-return]  # noqa: F821


def misspelt(_data: Any) -> State:
    return Told.bgein  # type: ignore[name-defined, no-any-return]  # noqa: F821


def either(data: Any) -> State:
    return Told.where if data else Told.begin  # type: ignore[name-defined, no-any-return]  # noqa: F821


def two(_self: object, old: dict[str, Any]) -> dict[str, Any]:
    return old


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"landing": "begin"}, "landing leads to 'begin', which is no state of flow told"),
        ({"landing": ANYWHERE}, "landing leads to <anywhere .*>, which is no state"),
        ({"renamed": [("old", BEGIN)]}, 'renamed is no dict; write renamed = {"old_state": the_state_that_follows}'),
        ({"renamed": {BEGIN: BEGIN}}, r"renamed\[<state begin>\]: write the name of the old state in quotes"),
        (
            {"renamed": {"old": "begin"}},
            r"renamed\['old'\] leads to 'begin', .* neither a state of flow told nor a func",
        ),
        ({"renamed": {"old": Inner.ask}}, r"renamed\['old'\] leads to <state ask>, which is neither"),
        ({"renamed": {"old": ANYWHERE}}, r"renamed\['old'\] leads to <anywhere .*>, which is neither"),
        ({"renamed": {"old": None}}, r"renamed\['old'\] leads to None, which is neither"),
        ({"renamed": {"old": State}}, r"renamed\['old'\] leads to <class .*, which is neither"),
        ({"renamed": {"old": later}}, r"renamed\['old'\] is async, and nothing is awaited"),
        ({"renamed": {"old": nothing}}, r"renamed\['old'\] is a function of the data and nothing else: too many"),
        ({"renamed": {"old": bare}}, r"renamed\['old'\] names begin; .* write Told.begin"),
        ({"renamed": {"old": misspelt}}, r"renamed\['old'\] names Told.bgein, which is not"),
        ({"upgrade": later_upgrade}, "upgrade is async, and nothing is awaited"),
        ({"upgrade": two}, "upgrade is a function of the old data and nothing else: missing"),
    ],
)
def test_what_leads_nowhere_is_refused(said: dict[str, Any], wrong: str) -> None:
    with pytest.raises(FlowError, match=rf":\d+: {wrong}"):
        define(**said)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, []),
        ({"landing": WHERE}, [WHERE]),
        ({"renamed": {"old": BEGIN, "older": WHERE, "gone.ask": BEGIN}}, [BEGIN, WHERE, BEGIN]),
        ({"renamed": {"old": either}}, [WHERE, BEGIN]),
        ({"renamed": {"old": lambda data: min(data)}}, []),
        ({"upgrade": lambda old: old}, []),
        ({"upgrade": staticmethod(lambda old: old)}, []),
    ],
)
def test_what_leads_somewhere_is_taken_and_known(said: dict[str, Any], found: list[State | Embed]) -> None:
    assert list(successors(define(**said))) == found
