"""The drawing of a flow: every state, every row with its guards, and nothing that a word could break."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chatbot import Anywhere, Embed, Flow, State, Turn, choice, done, error, failed, minutes, previous, text, timeout
from chatbot.flows.draw import mermaid


@dataclass
class Notes:
    word: str = ""


def is_short(turn: Turn[Notes]) -> bool:
    return len(turn.text) < 4


def is_kind(turn: Turn[Notes]) -> bool:
    return "please" in turn.text


async def quote(_data: Notes) -> str:
    return ""


class Shop(Flow[Notes]):
    ask = State("?", choices=["yes", "no"], initial=True)
    wait = State(invoke=quote, timeout=minutes(5))
    end = State(final=True)
    anywhere = Anywhere()
    ask.on(choice("yes"), to=wait, when=[is_short, is_kind])
    ask.on(text, says="Pardon?")
    wait.on(done, to=end)
    wait.on(error, to=ask)
    wait.on(timeout, to=end)
    end.on(failed, to=ask)
    anywhere.on(text("back"), to=previous)


def test_a_flow_is_drawn_as_a_mermaid_state_diagram() -> None:
    assert mermaid(Shop.compiled).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> ask",
        "    ask : ask | yes / no",
        "    wait : wait | timeout 5 minutes | invokes quote",
        "    end : end",
        "    ask --> wait : choice('yes') [is_short and is_kind]",
        "    ask --> end : text('back') / back",
        "    ask --> ask : text / stays",
        "    wait --> ask : text('back') / back",
        "    wait --> end : done",
        "    wait --> ask : error",
        "    wait --> end : timeout",
        "    end --> ask : failed",
        "    end --> [*]",
    ]


def test_a_way_back_is_drawn_to_each_state_that_one_can_come_from() -> None:
    class Doors(Flow[Notes]):
        hall = State("?", initial=True)
        side = State("?")
        room = State("?")
        hall.on(text("room"), to=room)
        hall.on(text, to=side)
        side.on(text, to=room)
        room.on(text("again"), to=room)
        room.on(text, to=previous)

    back = [line.strip() for line in mermaid(Doors.compiled).splitlines() if "/ back" in line]
    assert back == ["room --> hall : text / back", "room --> side : text / back"]


def test_a_flow_inside_a_flow_is_drawn_as_a_group() -> None:
    class Outer(Flow[Notes]):
        inner = Embed(Shop)
        begin = State("?", initial=True)
        begin.on(text, to=inner)
        inner.on(done, to=begin)

    lines = [line.strip() for line in mermaid(Outer.compiled).splitlines()]
    assert 'state "inner" as inner {' in lines
    assert "begin --> inner__ask : text" in lines
    assert "inner__end --> begin : done" in lines


@pytest.mark.parametrize("word", ['a"b', "a;b", "a#b", "a\nb", "a:b", "a-->b", "<b>a</b>"])
def test_no_word_of_an_author_breaks_out_of_its_label(word: str) -> None:
    class Hostile(Flow[Notes]):
        ask = State("?", choices=[word], initial=True)
        end = State(final=True)
        ask.on(choice(word), to=end)
        ask.on(text(word), to=end)

    [_, _, state, _, *arrows, _] = mermaid(Hostile.compiled).splitlines()
    assert len(arrows) == 2
    for line in (state, *arrows):
        label = line.partition(" : ")[2]
        assert not set(label) & set('";#\n:<>')
