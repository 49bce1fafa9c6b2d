"""A rehearsal is strict: it fails where the conversation goes another way than it is written, and says where."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chatbot.errors import ConfigError
from chatbot.testing.rehearsal import Played, as_diff
from chatbot.testing.transcript import Transcript

Rehearse = Callable[[str], tuple[Transcript, Played]]

SOLD = """
    # sold
    flow     shop

    user     hello
    bot      Parcel or letter?
             1. parcel
             2. letter
    user     1
    bot      One moment.
    invoke   quote -> "12.50"
    bot      For the parcel:
    bot      12.50 EUR.
    user     yes
    bot      Sold.
    receipt  DELIVERED
    state    sold
    """


def test_a_conversation_that_goes_as_it_is_written_passes_and_is_played_back_as_it_is(rehearse: Rehearse) -> None:
    transcript, played = rehearse(SOLD)
    assert played.failure == ""
    assert played.steps == transcript.steps


def test_the_trail_names_the_rows_that_fired_with_file_and_line(rehearse: Rehearse) -> None:
    _, played = rehearse(SOLD)
    rows = [line.partition(" (")[0] for line in played.trail]
    assert rows == [
        "start -> kind",
        "kind: choice -> pricing",
        "pricing: done -> offer",
        "offer: text -> sold",
    ]
    assert "conftest.py:" in played.trail[1]


@pytest.mark.parametrize(
    ("change", "to", "line", "failure"),
    [
        ("bot      12.50 EUR.", "bot      13.00 EUR.", 11, "the bot says something else"),
        ("bot      One moment.", "bot      One", 8, "the bot says something else"),
        ("         2. letter", "         2. Letter", 4, "the bot says something else"),
        ("bot      12.50 EUR.\n    ", "", 10, "the bot says more than is written"),
        ("bot      Sold.\n    ", "", 12, "the bot says more than is written"),
        ("bot      Sold.", "bot      Sold.\n    bot      Bye.", 14, "the bot says nothing here"),
        ("user     yes", "bot      Really?\n    user     yes", 12, "the bot says nothing here"),
        (
            'invoke   quote -> "12.50"\n    ',
            "",
            7,
            'the flow calls quote, and no line says how that ends; write invoke   quote -> "..."',
        ),
        ("state    sold", "state    on_call", 15, "the conversation is in state sold, not on_call"),
        ("state    sold", "state    survey.sold", 15, "the conversation is in state sold, not survey.sold"),
        (
            "receipt  DELIVERED",
            'receipt  DELIVERED\n    invoke   quote -> "1"',
            15,
            "invoke quote was written, and the flow did not call it",
        ),
        (
            "user     yes",
            "user     yes\n    invoke   other -> 1",
            13,
            "invoke other was written, and the flow did not call it",
        ),
    ],
)
def test_a_conversation_that_goes_another_way_fails_with_the_line(
    rehearse: Rehearse, change: str, to: str, line: int, failure: str
) -> None:
    assert change in SOLD
    _, played = rehearse(SOLD.replace(change, to).replace("\n\n", "\n"))
    assert (played.failure, played.line) == (failure, line)


def test_a_bot_that_says_more_at_the_very_end_fails(rehearse: Rehearse) -> None:
    _, played = rehearse("flow shop\nuser hi\n")
    assert (played.failure, played.line) == ("the bot says more than is written", 2)


def test_only_the_first_failure_is_told(rehearse: Rehearse) -> None:
    _, played = rehearse("flow shop\nuser hi\nbot No.\nuser 1\nstate sold\n")
    assert (played.failure, played.line) == ("the bot says something else", 3)


def test_a_state_may_be_named_with_its_flow(rehearse: Rehearse) -> None:
    _, played = rehearse(SOLD.replace("state    sold", "state    shop.sold"))
    assert played.failure == ""


def test_before_the_first_message_there_is_no_state(rehearse: Rehearse) -> None:
    _, played = rehearse("flow shop\nstate kind\n")
    assert played.failure == "the conversation is in state (none), not kind"


def test_a_receipt_before_any_message_fails(rehearse: Rehearse) -> None:
    _, played = rehearse("flow shop\nreceipt DELIVERED\n")
    assert (played.failure, played.line) == ("there is no message yet that a receipt could be for", 2)


def test_a_receipt_of_failure_moves_the_flow(rehearse: Rehearse) -> None:
    _, played = rehearse(SOLD.replace("DELIVERED", "UNDELIVERABLE SMS 21").replace("state    sold", "state on_call"))
    assert played.failure == ""


def test_a_receipt_may_be_for_an_earlier_message_by_quoting_it(rehearse: Rehearse) -> None:
    quoting = "receipt  > For the\n             UNDELIVERABLE"
    assert rehearse(SOLD.replace("receipt  DELIVERED", quoting))[1].failure == ""
    _, played = rehearse(SOLD.replace("receipt  DELIVERED", quoting.replace("For the", "Never said")))
    assert (played.failure, played.line) == ("the bot has said nothing that begins with 'Never said'", 15)


def test_a_flow_can_be_started_from_outside_with_data(rehearse: Rehearse) -> None:
    _, played = rehearse('flow shop\nstart survey {"kind": "x"}\nbot How was it?\nuser fine\nbot Thanks.\n')
    assert played.failure == ""


def test_the_clock_is_the_contacts_own(rehearse: Rehearse) -> None:
    _, played = rehearse(
        """
        flow     alarm
        contact  +491622943176
        clock    2026-11-24 08:00
        user     hi
        bot      Sleep well.
        wait     59m
        state    asleep
        wait     1m
        bot      Good morning.
        """
    )
    assert played.failure == ""


def test_a_slow_call_can_be_told_to_fail(rehearse: Rehearse) -> None:
    _, played = rehearse(
        """
        flow     shop
        user     hello
        bot      {question}
        user     1
        bot      One moment.
        invoke   quote ! no such street
        state    on_call
        """
    )
    assert played.failure == ""


def test_a_slow_call_that_no_line_tells_of_fails_with_the_trail_and_is_not_made(rehearse: Rehearse) -> None:
    transcript, played = rehearse(SOLD.replace('invoke   quote -> "12.50"\n    ', ""))
    assert (played.lasting, played.astray) == (True, True)
    shown = as_diff(transcript, played, "shop.chat")
    assert shown.startswith("shop.chat:8: the flow calls quote, and no line says how that ends")
    assert "pricing: error -> on_call" in shown
    assert "a test calls no real service" not in shown


def test_time_passes_only_when_it_is_written(rehearse: Rehearse) -> None:
    early = "flow shop\nuser hi\nbot {question}\nwait 29m 59s\nstate kind\n"
    assert rehearse(early)[1].failure == ""
    assert rehearse(early + "wait 1s\nbot Too late.\nstate lapsed\n")[1].failure == ""


def test_a_timer_that_fires_while_time_passes_is_heard(rehearse: Rehearse) -> None:
    _, played = rehearse("flow shop\nuser hi\nbot {question}\nwait 2d\n")
    assert (played.failure, played.line) == ("the bot says more than is written", 4)


def test_a_name_in_braces_must_repeat(rehearse: Rehearse) -> None:
    same = SOLD.replace("For the parcel:", "For the {kind}:").replace("1. parcel", "1. {kind}")
    assert rehearse(same)[1].failure == ""
    other = same.replace("2. letter", "2. {other}").replace("For the {kind}:", "For the {other}:")
    assert rehearse(other)[1].failure == "the bot says something else"


def test_the_flow_that_is_named_takes_the_first_message_whatever_it_says(rehearse: Rehearse) -> None:
    _, played = rehearse("flow survey\nuser hello\nbot How was it?\nuser fine\nbot Thanks.\nstate thanks\n")
    assert played.failure == ""


def test_a_keyword_still_starts_its_own_flow(rehearse: Rehearse) -> None:
    _, played = rehearse("flow shop\nuser survey\nbot How was it?\nstate survey.ask\n")
    assert played.failure == ""


def test_a_flow_that_is_not_there_is_named_with_the_nearest(rehearse: Rehearse) -> None:
    with pytest.raises(ConfigError, match=r"there is no flow called 'shopp'; did you mean shop\?"):
        rehearse("flow shopp\nuser hi\n")


@pytest.mark.parametrize(
    ("change", "to", "lasting"),
    [
        ("bot      Sold.", "bot      Bye.", False),
        ("state    sold", "state    on_call", True),
        ("user     yes", 'user     yes\n    invoke   quote -> "1"', True),
    ],
)
def test_a_failure_lasts_when_something_else_than_the_bots_words_is_wrong(
    rehearse: Rehearse, change: str, to: str, lasting: bool
) -> None:
    assert rehearse(SOLD.replace(change, to))[1].lasting is lasting


def test_a_failure_is_shown_as_a_diff_with_the_trail_of_states(rehearse: Rehearse) -> None:
    transcript, played = rehearse(SOLD.replace("12.50 EUR.", "13.00 EUR.").replace("bot      Sold.\n    ", ""))
    shown = as_diff(transcript, played, "shop.chat").splitlines()
    assert shown[0] == "shop.chat:12: the bot says something else"
    diff = [line for line in shown if line[:1] in "+-" and line[:1]]
    assert diff == ["-bot      13.00 EUR.", "+bot      12.50 EUR.", "+bot      Sold."]
    assert " user     yes" in shown
    assert shown[shown.index("trail of states:") + 2].startswith("  kind: choice -> pricing (")
