"""What a transcript says of the world around: the clock, earlier messages, and flows started from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatbot import Flow
from chatbot.testing import Conversation
from chatbot.testing.rehearsal import Played
from chatbot.testing.transcript import Transcript, TranscriptError, parse, quote_of, start_of

Rehearse = Callable[[str], tuple[Transcript, Played]]


def test_the_clock_is_what_the_contact_sees_at_the_start(rehearse: Rehearse) -> None:
    _, played = rehearse(
        """
        flow     alarm
        contact  +491622943176
        clock    2026-07-01 08:58

        user     alarm
        bot      Sleep well.
        wait     1m
        state    asleep
        wait     1m
        bot      Good morning.
        """
    )
    assert played.failure == ""


def test_the_clock_is_in_the_zone_of_the_contact(rehearse: Rehearse) -> None:
    _, played = rehearse(
        """
        flow     alarm
        contact  +436641234567
        clock    2026-07-01 08:59

        user     alarm
        bot      Sleep well.
        wait     1m
        bot      Good morning.
        """
    )
    assert played.failure == ""


@pytest.mark.parametrize("clock", ["noon", "2026-13-01 10:00", "2026-07-01", "10:00"])
def test_a_clock_that_cannot_be_read_says_how_to_write_it(clock: str) -> None:
    with pytest.raises(TranscriptError, match=r"x:2: .* is not a day and a time; write clock    2026-11-24 10:00"):
        parse(f"flow     alarm\nclock    {clock}\nuser     alarm", "x")


def test_a_conversation_without_a_clock_has_none() -> None:
    [transcript] = parse("flow     alarm\nclock    2026-11-24 10:00\nuser     alarm")
    assert transcript.clock is not None
    assert transcript.clock.isoformat() == "2026-11-24T10:00:00"
    assert parse("flow     alarm\nuser     alarm")[0].clock is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hello", ("", "hello")),
        ("> Which day?\ntomorrow", ("Which day?", "tomorrow")),
        (">Which\na\nb", ("Which", "a\nb")),
        ("> alone", ("", "> alone")),
        ("a\n> b", ("", "a\n> b")),
    ],
)
def test_a_quote_stands_above_what_is_said(text: str, parts: tuple[str, str]) -> None:
    assert quote_of(text) == parts


ORDER = """
    flow     shop

    user     shop
    bot      Parcel or letter?
             1. parcel
             2. letter
    user     1
    invoke   quote -> "12.50"
    bot      One moment.
    bot      For the parcel:
    bot      12.50 EUR.
"""


def test_a_reply_may_quote_an_earlier_message(rehearse: Rehearse) -> None:
    _, played = rehearse(
        ORDER
        + """
    user     > Parcel or
             2
    bot      That answers an earlier question. We are here now:
    bot      For the parcel:
    bot      12.50 EUR.
    user     > For the
             all right
    bot      Sold.
    """
    )
    assert played.failure == ""


def test_a_receipt_may_quote_the_message_that_it_is_for(rehearse: Rehearse) -> None:
    _, played = rehearse(
        ORDER
        + """
    user     all right
    bot      Sold.
    receipt  > One moment
             UNDELIVERABLE
    state    sold
    receipt  > Sold
             UNDELIVERABLE VIBER 8
    state    on_call
    """
    )
    assert played.failure == ""


@pytest.mark.parametrize("step", ["user", "receipt"])
def test_a_quote_of_what_was_never_said_fails_for_good(rehearse: Rehearse, step: str) -> None:
    _, played = rehearse(ORDER + f"    {step:<9}> Good morning\n             DELIVERED\n")
    assert played.failure == "the bot has said nothing that begins with 'Good morning'"
    assert played.lasting


def test_somebody_outside_may_start_a_flow(rehearse: Rehearse) -> None:
    _, played = rehearse(
        """
        flow     shop

        user     shop
        bot      Parcel or letter?
                 1. parcel
                 2. letter
        start    survey
        bot      How was it?
        user     good
        bot      Thanks.
        bot      Parcel or letter?
                 1. parcel
                 2. letter
        """
    )
    assert played.failure == ""


def test_a_flow_is_started_with_fields_of_its_data(rehearse: Rehearse) -> None:
    _, played = rehearse(
        """
        flow     shop

        start    shop {"kind": "letter"}
        bot      Parcel or letter?
                 1. parcel
                 2. letter
        """
    )
    assert played.failure == ""


def test_the_fields_of_a_start_are_a_json_object() -> None:
    assert start_of('survey {"mark": 5}') == ("survey", {"mark": 5})
    assert start_of("survey") == ("survey", {})
    with pytest.raises(TranscriptError, match=r'x:2: \[5\] is not a JSON object .*; write: survey {"product": "van"}'):
        parse("flow     shop\nstart    survey [5]", "x")


def test_the_same_can_be_said_in_python(shop: type[Flow[Any]]) -> None:
    with Conversation(shop) as talk:
        talk.start("shop", kind="letter").bot("Parcel or letter?\n1. parcel\n2. letter")
        assert talk.data.kind == "letter"
        talk.invoke("quote", "12.50").user("1", to="Parcel").bot("One moment.").bot("For the parcel:").bot("12.50 EUR.")
        talk.receipt("UNDELIVERABLE", to="One moment").state("offer")
        with pytest.raises(LookupError, match="the bot has said nothing that begins with 'Two'"):
            talk.user("2", to="Two")
