"""What `chatbot check` finds: for each rule, flows that break it and flows that keep it."""

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
    answer,
    choice,
    done,
    error,
    failed,
    minutes,
    previous,
    text,
    timeout,
)
from chatbot.flows.check import check


@dataclass
class Notes:
    word: str = ""


def is_short(turn: Turn[Notes]) -> bool:
    return len(turn.text) < 4


async def quote(_data: Notes) -> str:
    return ""


class Island(Flow[Notes]):
    ask = State("?", initial=True)
    island = State("Nobody comes here.")
    end = State(final=True)
    ask.on(text, to=end)
    island.on(text, to=end)


class Islands(Flow[Notes]):
    ask = State("?", initial=True)
    one = State("The other island leads here.")
    two = State("The other island leads here.")
    end = State(final=True)
    ask.on(text, to=end)
    one.on(text, to=two)
    two.on(text, to=one)


class Bridge(Flow[Notes]):
    ask = State("?", initial=True)
    island = State("Somebody comes here.")
    end = State(final=True)
    ask.on(failed, to=island)
    island.on(text, to=end)


class Trap(Flow[Notes]):
    ask = State("?", initial=True)
    trap = State("Say what you like.")
    ask.on(text, to=trap)
    trap.on(text, to=trap)
    trap.on(text("hm"), says="Hm.")


class WayOut(Flow[Notes]):
    ask = State("?", initial=True)
    room = State("Say what you like.")
    anywhere = Anywhere()
    ask.on(text, to=room)
    anywhere.on(text("back"), to=previous)


class OneMissing(Flow[Notes]):
    ask = State("?", choices=["yes", "no", "maybe"], initial=True)
    end = State(final=True)
    ask.on(choice("yes"), to=end)
    ask.on(choice("no"), to=end, when=is_short)
    ask.on(text("perhaps"), to=end)


class AllTaken(Flow[Notes]):
    ask = State("?", choices=["yes", "no"], initial=True)
    any_choice = State("?", choices=["yes", "no"])
    any_text = State("?", choices=["yes", "no"])
    end = State(final=True)
    anywhere = Anywhere()
    ask.on(choice("yes"), to=any_choice)
    anywhere.on(choice("no"), to=end)
    any_choice.on(choice, to=any_text)
    any_text.on(text, to=end)


class NotOffered(Flow[Notes]):
    ask = State("?", choices=["yes", "no"], initial=True)
    end = State(final=True)
    ask.on(choice, to=end)
    ask.on(choice("yess"), to=end)
    ask.on(choice("perhaps"), to=end)


class Offered(Flow[Notes]):
    ask = State("?", choices={1: "yes", 2: "no"}, initial=True)
    end = State(final=True)
    ask.on(choice(1, 2), to=end)


class DeafChoice(Flow[Notes]):
    ask = State("?", initial=True)
    end = State(final=True)
    ask.on(choice, to=end)


class DeafAnswer(Flow[Notes]):
    ask = State("?", initial=True)
    end = State(final=True)
    ask.on(answer, to=end)


class Heard(Flow[Notes]):
    ask = State("?", choices=["a"], initial=True)
    number = State("?", ask=Number())
    offered = State("?", choices=lambda _turn: ["a"])
    end = State(final=True)
    ask.on(choice, to=number)
    number.on(answer, to=offered)
    offered.on(choice, to=end)


class UnheardNumber(Flow[Notes]):
    ask = State("?", ask=Number(), initial=True)
    end = State(final=True)
    ask.on(timeout, to=end)


class UnheardOffer(Flow[Notes]):
    ask = State("?", choices=lambda _turn: ["a"], initial=True)
    end = State(final=True)
    ask.on(failed, to=end)


class DeafTimeout(Flow[Notes]):
    ask = State("?", timeout=minutes(30), initial=True)
    end = State(final=True)
    ask.on(text, to=end)


class SilentTimeout(Flow[Notes]):
    ask = State("?", initial=True)
    end = State(final=True)
    ask.on(text, to=end)
    ask.on(timeout, to=end)


class Timed(Flow[Notes]):
    ask = State("?", timeout=minutes(30), initial=True)
    later = State("?", timeout=minutes(30))
    end = State(final=True)
    anywhere = Anywhere()
    ask.on(text, to=later)
    anywhere.on(timeout, to=end)


class DeafInvoke(Flow[Notes]):
    wait = State(invoke=quote, initial=True)
    end = State(final=True)
    wait.on(done, to=end)


class InvokesNothing(Flow[Notes]):
    wait = State("?", initial=True)
    end = State(final=True)
    wait.on(text, to=end)
    wait.on(error, to=end)


class Invokes(Flow[Notes]):
    wait = State(invoke=quote, initial=True)
    end = State(final=True)
    anywhere = Anywhere()
    wait.on(done, to=end)
    anywhere.on(error, to=end)


class Shadowed(Flow[Notes]):
    ask = State("?", initial=True)
    end = State(final=True)
    ask.on(text, to=end)
    ask.on(text, says="Never.")


class ShadowedWord(Flow[Notes]):
    ask = State("?", initial=True)
    end = State(final=True)
    ask.on(text("Stop", "end"), to=end)
    ask.on(text("stop"), says="Never.")


class ShadowedEverywhere(Flow[Notes]):
    ask = State("?", initial=True)
    more = State("?")
    end = State(final=True)
    anywhere = Anywhere()
    ask.on(text, to=more)
    more.on(text, to=end)
    anywhere.on(text, to=end)


class NotShadowed(Flow[Notes]):
    ask = State("?", choices=["a"], initial=True)
    more = State("?")
    end = State(final=True)
    anywhere = Anywhere()
    ask.on(text, to=end)
    ask.on(text("stop"), to=end)
    ask.on(choice, to=more, when=is_short)
    ask.on(choice, to=end)
    ask.on(text("go", "stop"), to=end)
    anywhere.on(text, to=end)


FOUND: list[tuple[type[Flow[Any]], str, str, str]] = [
    (Island, "unreachable-state", "island = State(", "no row leads to island; add one, or delete"),
    (Islands, "unreachable-state", "one = State(", "no row leads to one; add one, or delete"),
    (Islands, "unreachable-state", "two = State(", "no row leads to two; add one, or delete"),
    (Trap, "dead-end", "trap = State(", "nothing leads out of trap; add a row with to=, or final=True"),
    (OneMissing, "unhandled-choice", "ask = State(", "ask offers 'maybe', and no row takes it; add ask.on("),
    (OneMissing, "unhandled-choice", "ask = State(", "ask offers 'no', and no row takes it; add ask.on("),
    (NotOffered, "unknown-choice", 'ask.on(choice("yess")', "ask does not offer 'yess'; did you mean 'yes'?"),
    (NotOffered, "unknown-choice", 'ask.on(choice("perhaps")', "ask does not offer 'perhaps'; add it to choices"),
    (DeafChoice, "deaf-answer", "ask.on(choice", "ask offers no choices; add choices=[...], or use text"),
    (DeafAnswer, "deaf-answer", "ask.on(answer", "ask asks no typed question; add ask=..., or use text"),
    (UnheardNumber, "unheard-question", "ask = State(", "no row takes the answer of ask; add ask.on(answer, to=...)"),
    (UnheardOffer, "unheard-question", "ask = State(", "no row takes the choice of ask; add ask.on(choice, to=...)"),
    (
        DeafTimeout,
        "deaf-timeout",
        "ask = State(",
        "ask sets a timeout, and no row takes it; add ask.on(timeout, to=...)",
    ),
    (SilentTimeout, "silent-timeout", "ask.on(timeout", "ask sets no timeout; write State(..., timeout=minutes(30))"),
    (
        DeafInvoke,
        "deaf-invoke",
        "wait = State(",
        "wait invokes, and no row takes its error; add wait.on(error, to=...)",
    ),
    (
        InvokesNothing,
        "deaf-invoke",
        "wait.on(error",
        "wait invokes nothing; write State(invoke=...), or delete the row",
    ),
    (Shadowed, "shadowed-row", 'ask.on(text, says="Never.")', "text never fires: text at "),
    (ShadowedWord, "shadowed-row", 'ask.on(text("stop")', 'text("stop") never fires: text("Stop", "end") at '),
    (ShadowedEverywhere, "shadowed-row", "anywhere.on(text", "text never fires: text at "),
]
KEPT: list[tuple[type[Flow[Any]], str]] = [
    (Bridge, "unreachable-state"),
    (WayOut, "dead-end"),
    (AllTaken, "unhandled-choice"),
    (Offered, "unknown-choice"),
    (Heard, "deaf-answer"),
    (Heard, "unheard-question"),
    (Timed, "deaf-timeout"),
    (Timed, "silent-timeout"),
    (Invokes, "deaf-invoke"),
    (NotShadowed, "shadowed-row"),
]


@pytest.mark.parametrize(("flow", "rule", "line", "text"), FOUND)
def test_what_would_go_wrong_is_found_once_with_its_line_and_an_advice(
    flow: type[Flow[Any]], rule: str, line: str, text: str, line_at: Callable[[object], str]
) -> None:
    found = [finding for finding in check(flow.compiled) if f": {rule}: {text}" in str(finding)]
    assert len(found) == 1, [str(finding) for finding in check(flow.compiled)]
    assert line_at(found[0]).startswith(line)


@pytest.mark.parametrize("flow", dict.fromkeys(case[0] for case in FOUND))
def test_a_rule_finds_no_more_than_what_is_wrong(flow: type[Flow[Any]]) -> None:
    expected = sorted(case[1] for case in FOUND if case[0] is flow)
    assert sorted(finding.rule for finding in check(flow.compiled) if finding.rule in expected) == expected


@pytest.mark.parametrize(("flow", "rule"), KEPT)
def test_nothing_is_found_where_the_rule_is_kept(flow: type[Flow[Any]], rule: str) -> None:
    assert [str(finding) for finding in check(flow.compiled) if finding.rule == rule] == []


def test_each_rule_here_has_a_flow_that_breaks_it_and_one_that_keeps_it() -> None:
    assert {case[1] for case in FOUND} == {case[1] for case in KEPT}


def test_findings_come_in_the_order_in_which_the_flow_is_written() -> None:
    class Both(Flow[Notes]):
        ask = State("?", timeout=minutes(1), initial=True)
        end = State(final=True)
        lost = State(final=True)
        ask.on(text, to=end)
        ask.on(text, to=end)

    order = [finding.rule for finding in check(Both.compiled)]
    expected = ["deaf-timeout", "unreachable-state", "shadowed-row"]
    assert [rule for rule in order if rule in expected] == expected
