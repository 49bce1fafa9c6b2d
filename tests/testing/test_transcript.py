"""Transcripts as text: read into steps, written back, and told exactly where they cannot be read."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.messages import Button, Message
from chatbot.testing.transcript import (
    CONTACT,
    Captures,
    Step,
    Transcript,
    TranscriptError,
    invocation_of,
    parse,
    quote_of,
    seconds_of,
    start_of,
    text_of,
    wrote,
)

WHOLE = """\
# a parcel, Viber fails
flow     pickup
contact  +49 162 2943177

user     pickup
bot      Parcel or letter?
         1. parcel
         2. letter
# a comment in between
wait     29m
invoke   quote -> {"price": "12.50"}
receipt  UNDELIVERABLE SMS 21
state    on_call
"""


def steps_of(text: str) -> list[tuple[str, str]]:
    [transcript] = parse("flow pickup\n" + dedent(text))
    return [(step.word, step.text) for step in transcript.steps]


def test_a_conversation_has_a_title_a_flow_a_contact_and_steps_with_their_lines() -> None:
    assert parse(WHOLE) == [
        Transcript(
            title="a parcel, Viber fails",
            flow="pickup",
            contact="+491622943177",
            line=2,
            steps=[
                Step("user", "pickup", 5),
                Step("bot", "Parcel or letter?\n1. parcel\n2. letter", 6),
                Step("wait", "29m", 10),
                Step("invoke", 'quote -> {"price": "12.50"}', 11),
                Step("receipt", "UNDELIVERABLE SMS 21", 12),
                Step("state", "on_call", 13),
            ],
        )
    ]


def test_a_file_may_hold_several_conversations() -> None:
    first, second = parse("# one\nflow pickup\nuser a\n\n# two\nflow survey\ncontact +491701234567\nuser b\n")
    assert (first.title, first.flow, first.contact, first.line) == ("one", "pickup", CONTACT, 2)
    assert (second.title, second.flow, second.contact, second.line) == ("two", "survey", "+491701234567", 6)
    assert [step.text for step in (*first.steps, *second.steps)] == ["a", "b"]


def test_a_conversation_without_a_comment_above_it_is_called_as_its_flow() -> None:
    titles = [one.title for one in parse("flow pickup\nuser a\n# about b\nuser b\n\nflow survey\nuser c\n")]
    assert titles == ["pickup", "survey"]


@pytest.mark.parametrize("text", ["\ufeffflow pickup\nuser a\n", "flow pickup\r\nuser a\r\n", "flow pickup\nuser a"])
def test_a_byte_order_mark_the_ends_of_lines_and_of_the_file_do_not_matter(text: str) -> None:
    [found] = parse(text)
    assert (found.flow, [step.text for step in found.steps]) == ("pickup", ["a"])


def test_an_indented_line_goes_on_with_the_step_above_and_keeps_its_own_indentation() -> None:
    text = "bot      One\n         two\n           indented\n   short\n\ttab\n"
    assert steps_of(text) == [("bot", "One\ntwo\n  indented\nshort\ntab")]


def test_an_empty_line_between_indented_ones_belongs_to_the_text() -> None:
    assert steps_of("bot      One\n\n\n         two\n\nuser     three\n") == [
        ("bot", "One\n\n\ntwo"),
        ("user", "three"),
    ]


def test_a_text_may_begin_on_the_line_below_its_word() -> None:
    [(word, text)] = steps_of("bot\n         image  https://example.org/x.png\n")
    assert Captures().match(text, text_of(Message(image="https://example.org/x.png")))
    assert word == "bot"


def test_separators_that_people_cannot_see_do_not_cut_a_line() -> None:
    assert steps_of("user     one\u2028two\x0bthree\x85four\n") == [("user", "one\u2028two\x0bthree\x85four")]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "there is no conversation; write: flow     pickup"),
        ("# only a comment\n", 1, "there is no conversation"),
        ("user a\n", 1, "a conversation begins with its flow; write: flow     pickup"),
        ("\n\ncontact +491622943176\n", 3, "a conversation begins with its flow"),
        ("flow pickup\nusr a\n", 2, r"'usr' begins no step; did you mean user\?"),
        (
            "flow pickup\nxyzzy a\n",
            2,
            "'xyzzy' begins no step; a line begins with one of flow, contact, clock, user, bot",
        ),
        ("flow pickup\n   indented\n", 2, "an indented line goes on with a step, and there is none above it"),
        ("flow pickup\nuser a\n# no\n   b\n", 4, "an indented line goes on with a step, and there is none above it"),
        ("flow pickup\ncontact nobody\n", 2, "not a phone number"),
        ("flow pickup\ncontact 12\n", 2, "not a phone number"),
        ("flow pickup\nclock noon\n", 2, "'noon' is not a day and a time; write clock    2026-11-24 10:00"),
        ("flow pickup\nstart survey {a: 1}\n", 2, r"\{a: 1\} is not a JSON object .*; write: survey"),
        ("flow pickup\nwait 29\n", 2, "'29' is not a duration; write 30s, 29m, 1h 30m or 2d"),
        ("flow pickup\nuser a\ninvoke quote 12\n", 3, 'is not the end of a call; write: quote -> "12.50", or: quote !'),
        ("flow pickup\nuser a\ninvoke quote -> 12,50\n", 3, "12,50 is not JSON .*; write a text in quotes"),
        (
            "flow pickup\ninvoke quote -> 1\nuser a\n",
            2,
            "invoke goes below the user, wait, receipt or start that makes",
        ),
        ("flow\nuser a\n", 1, "flow stands alone"),
        ("flow pickup\nuser\n", 2, "user stands alone"),
        ("flow pickup\nuser a\nbot\n", 3, "bot stands alone"),
        ("flow pickup\nuser a\nreceipt\n", 3, "receipt stands alone"),
    ],
)
def test_what_cannot_be_read_is_told_with_file_line_and_what_to_write(text: str, line: int, says: str) -> None:
    with pytest.raises(TranscriptError, match=rf"^pickup.chat:{line}: .*{says}"):
        parse(text, "pickup.chat")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("29m", 1740), ("2h", 7200), ("2d", 172_800), ("1h 30m", 5400), ("1h30m", 5400), ("0.5h", 1800)],
)
def test_a_duration_is_numbers_with_units(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", " ", "m", "30", "-30m", "30 minutes", "1h and 3m", "1w", "٣m", "1e3s"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ('quote -> "12.50"', ("quote", '"12.50"', True)),
        ("quote -> null", ("quote", "null", True)),
        ('quote -> {"a": " -> "}', ("quote", '{"a": " -> "}', True)),
        ("quote ! no such street", ("quote", "no such street", False)),
        ("quote ! a -> b", ("quote", "a -> b", False)),
    ],
)
def test_the_end_of_a_call_is_a_result_as_json_or_an_error_in_words(text: str, end: tuple[str, str, bool]) -> None:
    assert invocation_of(text) == end


@pytest.mark.parametrize("text", ["quote", "quote ->", "quote !", "-> 1", "two words -> 1", "quote=1"])
def test_anything_else_is_not_the_end_of_a_call(text: str) -> None:
    with pytest.raises(ValueError, match="is not the end of a call"):
        invocation_of(text)


@pytest.mark.parametrize(
    ("text", "quote", "rest"),
    [
        ("hello", "", "hello"),
        ("> Which day?\ntomorrow", "Which day?", "tomorrow"),
        (">Which day?\na\nb", "Which day?", "a\nb"),
        ("> and nothing else", "", "> and nothing else"),
        ("a\n> b", "", "a\n> b"),
    ],
)
def test_a_step_may_quote_the_message_that_it_answers(text: str, quote: str, rest: str) -> None:
    assert quote_of(text) == (quote, rest)


def test_a_start_names_the_flow_and_fields_of_its_data() -> None:
    assert start_of("survey") == ("survey", {})
    assert start_of('survey {"product": "van", "count": 2}') == ("survey", {"product": "van", "count": 2})


def test_the_contacts_clock_can_be_set() -> None:
    [transcript] = parse("flow pickup\nclock    2026-11-24 10:30\nuser a\n")
    assert str(transcript.clock) == "2026-11-24 10:30:00"


def test_a_message_is_written_with_its_picture_and_its_button() -> None:
    message = Message(
        "Booked.\nBye.", image="https://example.org/v.jpg", button=Button("Track", "https://example.org/t")
    )
    assert (
        text_of(message) == 'Booked.\nBye.\nimage  https://example.org/v.jpg\nbutton "Track" -> https://example.org/t'
    )
    assert text_of(Message(image="https://example.org/v.jpg")) == "image  https://example.org/v.jpg"


def test_a_step_is_written_in_two_columns() -> None:
    assert wrote("bot", "One\n\n  two") == "bot      One\n\n           two"


@given(text=st.text(st.sampled_from("a \t\r\n#{}") | st.characters(codec="utf-8"), min_size=1).filter(str.strip))
def test_whatever_a_bot_says_can_be_written_read_and_is_the_same(text: str) -> None:
    said = text_of(Message(text))
    [transcript] = parse("flow     pickup\nuser     x\n" + wrote("bot", said) + "\nuser     y\n")
    [_, bot, after] = transcript.steps
    assert (bot.word, after.text) == ("bot", "y")
    assert bot.text == said
    assert Captures().match(bot.text, said)
    assert "".join(text.split()) == "".join(said.split())


@pytest.mark.parametrize(
    ("expected", "said", "same"),
    [
        ("12.50 EUR", "12.50 EUR", True),
        ("12.50 EUR", "12x50 EUR", False),
        ("12.50 EUR", "12.50 EUR.", False),
        ("{price} EUR", "12.50 EUR", True),
        ("{price} EUR", " EUR", False),
        ("for {price}!", "for 1\n2!", True),
        ("{a} and {b}", "x and y", True),
        ("{a} and {a}", "x and x", True),
        ("{a} and {a}", "x and y", False),
        ("{not a name} [x]*", "{not a name} [x]*", True),
        ("Hello  \n\n", "Hello", True),
        ("Hello", "Hello there", False),
    ],
)
def test_names_in_braces_take_any_text_and_everything_else_is_meant_as_it_is(
    expected: str, said: str, same: bool
) -> None:
    assert Captures().match(expected, said) is same


def test_a_name_means_the_same_text_wherever_it_stands_again() -> None:
    captures = Captures()
    assert captures.match("It costs {price}.", "It costs 12.50.")
    assert not captures.match("You pay {price}.", "You pay 13.")
    assert captures.match("You pay {price}, {name}.", "You pay 12.50, Ada.")
    assert captures.taken == {"price": "12.50", "name": "Ada"}


def test_a_line_that_does_not_match_takes_nothing() -> None:
    captures = Captures()
    assert not captures.match("{a} or {a}", "x or y")
    assert captures.match("{a}", "y")
