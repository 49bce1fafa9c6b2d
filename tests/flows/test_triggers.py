"""What makes a row fire: words, choices, receipts, the ends of slow calls, and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chatbot import Flow, State, Turn, choice, delivered, done, error, failed, minutes, seen, text, timeout
from chatbot.errors import FlowError
from chatbot.events import Delivery
from chatbot.flows.words import Words
from chatbot.messages import ReceiptState

Start = Callable[..., Any]


@dataclass
class Notes:
    found: str = ""


def one_row(trigger: Any, **state: Any) -> type[Flow[Any]]:
    """A flow that ends when ``trigger`` fires."""

    class OneRow(Flow[Notes]):
        ask = State("?", initial=True, **state)
        end = State("End.", final=True)
        ask.on(trigger, to=end)

    return OneRow


@pytest.mark.parametrize("words", ["", "x", "anything at all", "😀", "\n"])
def test_text_is_any_message(walk: Start, words: str) -> None:
    assert walk(one_row(text)).user(words).state == "end"


@pytest.mark.parametrize("words", ["stop now", "STOP NOW", "  Stop\tnow\n", "Stop now.", "stop now!"])
def test_text_of_a_word_is_that_word_whatever_the_case_the_spaces_and_the_full_stop(walk: Start, words: str) -> None:
    assert walk(one_row(text("stop now"))).user(words).state == "end"


@pytest.mark.parametrize("words", ["stop", "stop now?", "don't stop now", "stopnow", ""])
def test_text_of_a_word_is_no_other_text(walk: Start, words: str) -> None:
    assert walk(one_row(text("stop now"))).user(words).state == "ask"


def test_text_of_several_words_is_each_of_them(walk: Start) -> None:
    flow = one_row(text("stop", "End"))
    assert [walk(flow).user(words).state for words in ("stop", "end", "stop end")] == ["end", "end", "ask"]


def test_choice_is_any_choice_of_the_state(walk: Start) -> None:
    flow = one_row(choice, choices=["a", "b"])
    assert [walk(flow).user(words).state for words in ("1", "b", "c")] == ["end", "end", "ask"]


def test_choice_of_values_is_each_of_them(walk: Start) -> None:
    flow = one_row(choice("a", "c"), choices=["a", "b", "c"])
    assert [walk(flow).user(words).state for words in ("1", "2", "c")] == ["end", "ask", "end"]


@pytest.mark.parametrize("answer", ["stop", "Stop!", "2", "2.", "stopp"])
def test_text_of_a_word_is_the_choice_of_that_value_however_it_is_answered(walk: Start, answer: str) -> None:
    flow = one_row(text("Stop"), choices=["pay", "stop"])
    assert walk(flow).user(answer).state == "end"
    assert walk(flow).user("1").state == "ask"


def test_text_of_a_word_is_no_choice_of_another_value(walk: Start) -> None:
    flow = one_row(text("stop"), choices={"go": "Pay", "end": "Stop"})
    assert [walk(flow).user(said).state for said in ("1", "2", "stop")] == ["ask", "ask", "end"]


@pytest.mark.parametrize("trigger", [text, choice])
def test_a_trigger_called_without_words_says_what_to_write(trigger: Any) -> None:
    with pytest.raises(FlowError, match=rf"test_triggers.py:\d+: write {trigger} alone"):
        trigger()


def test_a_timeout_fires_its_row_and_no_other_timer_does(walk: Start) -> None:
    flow = one_row(timeout, timeout=minutes(30))
    assert walk(flow).fire("timeout", timer="timeout").state == "end"
    assert walk(flow).fire("timeout", timer="another").state == "ask"


@pytest.mark.parametrize(
    ("trigger", "event"),
    [(delivered, "delivered"), (seen, "seen"), (failed, "failed"), (done, "done"), (error, "error")],
)
def test_a_receipt_or_the_end_of_a_slow_call_is_a_trigger_like_any_other(walk: Start, trigger: Any, event: str) -> None:
    flow = one_row(trigger)
    assert walk(flow).fire(event).state == "end"
    for other in {"delivered", "seen", "failed", "done", "error"} - {event}:
        assert walk(flow).fire(other).state == "ask"
    assert walk(flow).user(event).state == "ask"


def test_what_a_slow_call_gave_is_the_turns_result(walk: Start) -> None:
    def keep(turn: Turn[Notes]) -> None:
        turn.data.found = turn.result["street"]

    class Called(Flow[Notes]):
        wait = State(initial=True)
        end = State("Found {found}.", final=True)
        wait.on(done, to=end, do=keep)

    assert walk(Called).fire("done", result={"street": "Main St"}).said == ["Found Main St."]


def test_why_a_slow_call_failed_is_the_turns_error(walk: Start) -> None:
    class Called(Flow[Notes]):
        wait = State(initial=True)
        end = State(lambda turn: f"Sorry: {turn.error}", final=True)
        wait.on(error, to=end)

    assert walk(Called).fire("error", error="no such street").said == ["Sorry: no such street"]


def test_the_news_of_a_message_are_the_turns_receipt(walk: Start) -> None:
    class News(Flow[Notes]):
        ask = State("?", initial=True)
        end = State(lambda turn: f"{turn.receipt.status} {turn.receipt.reason}", final=True)
        ask.on(failed, to=end)

    news = Delivery(1, "news", "ask", 1, ReceiptState.EXPIRED, "VIBER", "21")
    assert walk(News).fire("failed", receipt=news).said == ["EXPIRED 21"]


@pytest.mark.parametrize(
    ("trigger", "event", "fits"),
    [
        (failed("8", "9"), "failed", True),
        (failed("10"), "failed", False),
        (delivered("VIBER"), "delivered", True),
        (delivered("SMS"), "delivered", False),
    ],
)
def test_a_receipt_can_be_narrowed_down_to_reasons_and_channels(
    walk: Start, trigger: Any, event: str, fits: bool
) -> None:
    news = Delivery(1, "one_row", "ask", 1, ReceiptState.UNDELIVERABLE, "VIBER", "9")
    assert walk(one_row(trigger)).fire(event, receipt=news).state == ("end" if fits else "ask")


def test_a_final_state_still_hears_what_became_of_its_messages(walk: Start) -> None:
    class Booked(Flow[Notes]):
        ask = State("?", initial=True)
        booked = State("Booked.", final=True)
        on_call = State(final=True)
        ask.on(text, to=booked)
        booked.on(failed, to=on_call)

    assert walk(Booked).user("x").fire("failed").state == "on_call"


def test_text_of_a_word_is_its_translation_too(walk: Start) -> None:
    german = Words("de", catalogue={"stop now": ("Jetzt aufhören",)})
    flow = one_row(text("stop now"))
    assert [walk(flow).fire("message", text=said, words=german).state for said in ("jetzt  aufhören", "Stop now")] == [
        "end",
        "end",
    ]
    assert walk(flow).user("jetzt aufhören").state == "ask"
