"""The same in Python: `Conversation` plays the contact, and each call fails where the bot says something else."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatbot import Date, Flow, State, answer, days, minutes, timeout
from chatbot.errors import ConfigError, FlowError
from chatbot.testing import Conversation

QUESTION = "Parcel or letter?\n1. parcel\n2. letter"


@dataclass
class Order:
    kind: str = ""


class Other(Flow[Order], keyword="other"):
    only = State("The other one.", initial=True, final=True)


def test_a_conversation_reads_like_a_transcript(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk:
        talk.user("hello").bot(QUESTION)
        talk.invoke("quote", "12.50").user("1").bot("One moment.").bot("For the parcel:").bot("12.50 EUR.")
        talk.state("offer").user("yes").bot("Sold.").receipt("UNDELIVERABLE", "SMS", "21").silent().state("on_call")


def test_the_data_can_be_read_as_it_is_stored(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk:
        talk.invoke("quote", "12.50").user("hello").bot(QUESTION).user("2").bot("{a}").bot("{b}").bot("{c}")
        assert (talk.data.kind, talk.data.price) == ("letter", "12.50")
        assert type(talk.data).__name__ == "Order"


def test_before_the_first_message_there_is_no_data(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk, pytest.raises(AssertionError, match="there is no conversation yet"):
        _ = talk.data


def test_another_answer_than_the_expected_one_fails_with_both(shop: type[Flow[Any]]) -> None:
    with pytest.raises(AssertionError, match=r"the bot says 'Parcel.*letter', and 'Hi\.' was expected"):  # noqa: SIM117
        with Conversation(shop) as talk:
            talk.user("hello").bot("Hi.")


def test_an_answer_that_does_not_come_fails(shop: type[Flow[Any]]) -> None:
    with pytest.raises(AssertionError, match=r"the bot says nothing, and 'More\.' was expected"):  # noqa: SIM117
        with Conversation(shop) as talk:
            talk.user("hello").bot(QUESTION).bot("More.")


@pytest.mark.parametrize(
    "then",
    [
        lambda talk: talk.user("1"),
        lambda talk: talk.wait("1m"),
        lambda talk: talk.receipt("DELIVERED"),
        lambda talk: talk.silent(),
        lambda talk: talk,
    ],
    ids=["user", "wait", "receipt", "silent", "end"],
)
def test_an_answer_that_nobody_asked_for_fails_at_the_next_step(
    shop: type[Flow[Any]], then: Callable[[Conversation], object]
) -> None:
    with pytest.raises(AssertionError, match=r"the bot says more: \['Parcel or letter"):  # noqa: SIM117
        with Conversation(shop) as talk:
            then(talk.user("hello"))


def test_another_state_than_the_expected_one_fails(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk:
        with pytest.raises(AssertionError, match=r"is in state \(none\), and kind was expected"):
            talk.state("kind")
        talk.user("hello").bot(QUESTION)
        with pytest.raises(AssertionError, match="is in state kind, and sold was expected"):
            talk.state("sold")


def test_a_result_that_the_flow_did_not_ask_for_fails_at_the_end(shop: type[Flow[Any]]) -> None:
    with pytest.raises(AssertionError, match="the flow did not call quote"):  # noqa: SIM117
        with Conversation(shop) as talk:
            talk.invoke("quote", "1").user("hello").bot(QUESTION)


def test_the_tests_own_error_is_not_hidden_by_what_else_is_wrong(shop: type[Flow[Any]]) -> None:
    with pytest.raises(ZeroDivisionError), Conversation(shop) as talk:
        talk.invoke("quote", "1").user("hello" * (1 // 0))


def test_a_slow_call_can_be_told_to_fail(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk:
        talk.invoke("quote", error="no such street").user("hello").bot(QUESTION).user("1").bot("One moment.")
        talk.state("on_call")


def test_a_slow_call_that_nothing_was_told_of_fails_with_what_to_write_and_is_not_made(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk:
        talk.user("hello").bot(QUESTION)
        with pytest.raises(AssertionError) as failure:
            talk.user("1")
        told, *trail = str(failure.value).splitlines()
        assert told == ('the flow calls quote, and nothing says how that ends; write before it: .invoke("quote", ...)')
        assert [line.partition(" (")[0] for line in trail] == [
            "trail of states:",
            "  start -> kind",
            "  kind: choice -> pricing",
            "  pricing: error -> on_call",
        ]
        talk.bot("One moment.")


def test_one_end_is_for_one_call(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk:
        talk.invoke("quote", "12.50").user("hello").bot(QUESTION).user("1").bot("One moment.").bot("{a}").bot("{b}")
        talk.user("yes").bot("Sold.").user("hello").bot(QUESTION)
        with pytest.raises(AssertionError, match="the flow calls quote"):
            talk.user("1")
        talk.bot("One moment.")


def test_the_clock_is_what_the_contact_sees_at_the_start(alarm: type[Flow[Any]]) -> None:
    with Conversation(alarm, contact="+436641234567", clock="2026-07-01 08:59") as talk:
        talk.user("alarm").bot("Sleep well.").wait("59s").silent().wait("1s").bot("Good morning.")


def test_the_zone_is_that_of_contacts_whose_region_has_several(alarm: type[Flow[Any]]) -> None:
    american = "+12125550123"
    with Conversation(alarm, contact=american, clock="2026-07-01 08:59", zone="America/New_York") as talk:
        talk.user("alarm").bot("Sleep well.").wait("1m").bot("Good morning.")


def test_a_day_is_counted_from_the_clock() -> None:
    class Booking(Flow[None]):
        day = State("Which day?", ask=Date(days(1), days(2), sorry="Too soon, or too late."), initial=True)
        end = State("Booked.", final=True)
        day.on(answer, to=end)

    with Conversation(Booking, clock="2026-11-24 10:00") as talk:
        talk.user("hello").bot("Which day?").user("24.11.2026").bot("Too soon, or too late.").bot("Which day?")
        talk.user("tomorrow").bot("Booked.")


def test_a_clock_that_cannot_be_read_is_refused(alarm: type[Flow[Any]]) -> None:
    with pytest.raises(ValueError, match=r"'09:00' is not a day and a time; write clock    2026-11-24 10:00"):
        Conversation(alarm, clock="09:00")


PO = """
msgid "Good morning."
msgstr "Guten Morgen."

msgid "Sleep well."
msgstr "Schlafen Sie gut."
"""


def test_the_catalogues_are_those_of_the_folder(alarm: type[Flow[Any]], tmp_path: Path) -> None:
    catalogue = tmp_path / "locale" / "de" / "LC_MESSAGES" / "bots.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(PO, encoding="utf-8")
    with Conversation(alarm, clock="2026-07-01 08:59", folder=tmp_path) as talk:
        talk.user("alarm").bot("Schlafen Sie gut.").wait("1m").bot("Guten Morgen.")
    with Conversation(alarm, clock="2026-07-01 08:59", folder=tmp_path, language="de") as talk:
        talk.user("alarm").bot("Schlafen Sie gut.").wait("1m").bot("Guten Morgen.")
    with Conversation(alarm, contact="+447400123456", folder=tmp_path) as talk:
        talk.user("alarm").bot("Sleep well.")


def test_a_folder_without_catalogues_is_refused(alarm: type[Flow[Any]], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no folder .*locale; give the folder that holds config.toml"):
        Conversation(alarm, folder=tmp_path)


def test_time_passes_as_it_is_told_to(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk:
        talk.user("hello").bot(QUESTION).wait("29m 59s").state("kind").wait("1s").bot("Too late.").state("lapsed")


def test_what_becomes_due_while_time_passes_happens_one_after_the_other() -> None:
    class Reminders(Flow[Order]):
        first = State("First.", timeout=minutes(30), initial=True)
        second = State("Second.", timeout=minutes(30))
        end = State("End.", final=True)
        first.on(timeout, to=second)
        second.on(timeout, to=end)

    with Conversation(Reminders) as talk:
        talk.user("hello").bot("First.").wait("59m").bot("Second.").wait("1m").bot("End.")
    with Conversation(Reminders) as talk:
        talk.user("hello").bot("First.").wait("1h").bot("Second.").bot("End.")


def test_an_answer_and_a_receipt_may_be_for_an_earlier_message(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk:
        talk.invoke("quote", "12.50").user("hello").bot(QUESTION).user("1").bot("One moment.").bot("{a}").bot("{b}")
        talk.user("yes").bot("Sold.").receipt("UNDELIVERABLE", to="One moment").state("sold")
        talk.receipt("UNDELIVERABLE", to="Sold").state("on_call")


def test_a_flow_can_be_started_from_outside_with_data() -> None:
    class Told(Flow[Order]):
        only = State("A {kind}.", initial=True, final=True)

    with Conversation(Other, Told) as talk:
        talk.start("told", kind="parcel").bot("A parcel.")


def test_the_first_flow_is_the_default_and_keywords_start_the_others(shop: type[Flow[Any]]) -> None:
    with Conversation(shop, Other) as talk:
        talk.user("other").bot("The other one.").user("hello").bot(QUESTION)


def test_a_contact_of_ones_own_choice_is_written_to(shop: type[Flow[Any]]) -> None:
    def whoever(turn: Any) -> str:
        return f"Hello {turn.contact}."

    class Greeting(Flow[Order]):
        only = State(whoever, initial=True, final=True)

    with Conversation(Greeting, contact="+4915112345678") as talk:
        talk.user("hello").bot("Hello +4915112345678.")


def test_a_conversation_can_be_closed_by_hand_and_twice(shop: type[Flow[Any]]) -> None:
    talk = Conversation(shop)
    talk.user("hello").bot(QUESTION)
    talk.close()
    talk.close()


def test_a_conversation_that_cannot_begin_leaves_nothing_open(shop: type[Flow[Any]]) -> None:
    twin: Any = type("Shop", (Flow,), {"only": State("x", initial=True)})
    with pytest.raises(ConfigError, match="there is no flow to run"):
        Conversation()
    with pytest.raises(FlowError, match="already written"):
        Conversation(shop, twin)
    gc.collect()  # an event loop that was left open would be a warning here, and so an error
