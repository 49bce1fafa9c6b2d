"""The author's functions: async ones and those that no turn can call are refused at import, coroutines in the turn."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chatbot import Flow, FreeText, State, Turn, text
from chatbot.errors import FlowError
from chatbot.flows.functions import takes_key


@dataclass
class Notes:
    word: str = ""


async def look_up(_turn: Any) -> str:
    return "found"


class Asking:
    """A question of the author's own."""

    sorry = "Sorry?"

    async def read(self, text: str, _turn: Turn[Any]) -> str:
        return text


def with_state(**given: Any) -> None:
    State("?", initial=True, **given)


def with_row(**given: Any) -> None:
    State("?", initial=True).on(text, **given)


ASYNC = r"look_up is async, and a turn does no I/O; .*: State\(invoke=look_up\), with rows for done and error"


@pytest.mark.parametrize(
    ("write", "given"),
    [
        (with_state, {"choices": look_up}),
        (with_state, {"ask": FreeText(check=look_up)}),  # type: ignore[arg-type]
        (with_row, {"when": look_up}),
        (with_row, {"when": [str, look_up][1:]}),
        (with_row, {"do": look_up}),
        (with_row, {"says": look_up}),
        (with_row, {"when": functools.partial(look_up)}),
    ],
)
def test_an_async_function_has_no_place_in_a_turn(write: Callable[..., None], given: dict[str, Any]) -> None:
    with pytest.raises(FlowError, match=rf"test_functions.py:\d+: {ASYNC}"):
        write(**given)


def test_neither_has_a_question_that_reads_its_answers_elsewhere() -> None:
    with pytest.raises(FlowError, match=r"test_functions.py:\d+: read is async"):
        State("?", ask=Asking())


@pytest.mark.parametrize(
    ("write", "given", "advice"),
    [
        (
            with_row,
            {"says": lambda: "hi"},
            r"says=<lambda> cannot .* with the turn alone: too many .*; write lambda turn",
        ),
        (with_state, {"choices": lambda: ["a"]}, r"choices=<lambda> cannot be called with the turn alone"),
        (with_row, {"when": lambda _turn, _more: True}, r"when=<lambda> cannot .* alone: missing a required argument"),
        (with_row, {"do": isinstance}, r"do=isinstance cannot be called .*; write def isinstance\(turn\)"),
        (with_row, {"do": Notes}, "do=Notes is a class, and no function of the turn"),
        (with_row, {"when": True}, r"when=True is not a function of the turn; write its name alone, without \(\)"),
        (with_row, {"says": Notes}, "says=Notes is a class, and no function of the turn"),
        (with_state, {"ask": FreeText(check=lambda: None)}, r"check=<lambda> cannot be called with the text alone"),  # type: ignore[misc, arg-type]
    ],
)
def test_a_function_is_called_with_the_turn_alone(
    write: Callable[..., None], given: dict[str, Any], advice: str
) -> None:
    with pytest.raises(FlowError, match=rf"test_functions.py:\d+: {advice}"):
        write(**given)


@pytest.mark.parametrize(
    "function",
    [
        lambda _turn: True,
        lambda *_turns: True,
        lambda _turn, often=3: often > 2,
        functools.partial(lambda limit, _turn: limit > 2, 3),
        Notes("x").__class__.__eq__.__get__(Notes("x")),
        "".join,
        max,
    ],
)
def test_a_function_that_can_be_called_with_the_turn_alone_is_taken(function: Any) -> None:
    with_row(when=function)
    with_row(do=[function, function])
    with_row(says=function)


async def without() -> None: ...
async def of_data(_data: Notes) -> None: ...
async def of_data_and_key(_data: Notes, _key: str) -> None: ...
async def with_a_client(_data: Notes, *, client: object = None) -> None: ...
async def of_three(_data: Notes, _key: str, _more: str) -> None: ...


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (without, r"invoke=without cannot be called with the data, or .*; write async def without\(data\)"),
        (of_three, r"invoke=of_three cannot be called with the data, or with the data and a key"),
        (with_row, r"invoke=with_row must be an async function of the data"),
        ("of_data", r"invoke='of_data' must be an async function of the data; write its name alone"),
    ],
)
def test_a_slow_call_is_an_async_function_of_the_data_and_perhaps_a_key(function: Any, advice: str) -> None:
    with pytest.raises(FlowError, match=rf"test_functions.py:\d+: {advice}"):
        State(invoke=function)


@pytest.mark.parametrize(
    ("function", "keyed"),
    [(of_data, False), (with_a_client, False), (of_data_and_key, True), (functools.partial(of_data), False)],
)
def test_a_slow_call_that_takes_a_second_argument_is_given_a_key(function: Any, keyed: bool) -> None:
    State(invoke=function)
    assert takes_key(function) is keyed


def coroutine_of(turn: Any) -> Any:
    return look_up(turn)


@pytest.mark.parametrize(
    ("state", "row"),
    [
        ({}, {"when": coroutine_of, "says": "Found."}),
        ({}, {"do": coroutine_of}),
        ({"choices": coroutine_of}, {"says": "Found."}),
        ({"ask": FreeText(check=coroutine_of)}, {"says": "Found."}),
    ],
)
def test_what_only_turns_out_to_be_async_in_a_turn_fails_there(
    walk: Callable[..., Any], state: dict[str, Any], row: dict[str, Any]
) -> None:
    class Asks(Flow[Notes]):
        start = State("!", initial=True)
        ask = State("?", **state)
        start.on(text("go"), to=ask)
        ask.on(text, **row)

    with pytest.raises(TypeError, match=r"coroutine_of gives coroutine, and a turn awaits nothing; write State"):
        walk(Asks).user("go").user("x")
