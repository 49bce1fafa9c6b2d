"""Typed questions: an answer in plain text becomes a value, or the question is asked again in the author's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import Date, Email, Flow, FreeText, Number, PhoneNumber, State, Turn, YesNo, answer, days, text
from chatbot.errors import FlowError
from chatbot.flows.words import Words

Start = Callable[..., Any]
SORRY = "Not quite, {name}."


@dataclass
class Told:
    name: str = "Ada"
    value: Any = None


def keep(turn: Turn[Told]) -> None:
    turn.data.value = str(turn.answer)


def asking(question: Any) -> type[Flow[Any]]:
    """A flow that asks once and keeps the answer."""

    class Asking(Flow[Told]):
        ask = State("?", ask=question, initial=True)
        end = State(final=True)
        ask.on(answer, to=end, do=keep)

    return Asking


@pytest.mark.parametrize(
    ("question", "written", "value"),
    [
        (Number(), "12", 12),
        (Number(), " -3 ", -3),
        (Number(least=1, most=5), "5", 5),
        (Number(whole=False), "12,50", Decimal("12.50")),
        (Number(whole=False), "12.5", Decimal("12.5")),
        (Date(), "2026-11-24", date(2026, 11, 24)),
        (Date(), "24.11.2026", date(2026, 11, 24)),
        (Date(), "24/11/26", date(2026, 11, 24)),
        (Date(order="MDY"), "11/24/2026", date(2026, 11, 24)),
        (Date(), "Today", date(2026, 11, 24)),
        (Date(), "tomorrow", date(2026, 11, 25)),
        (Date(earliest=days(0), latest=days(7)), "1.12.2026", date(2026, 12, 1)),
        (Date(), "29.2.2028", date(2028, 2, 29)),
        (PhoneNumber(), "+49 (0) 162-2943177", "+491622943177"),
        (PhoneNumber(), "0162 2943177", "+491622943177"),
        (Email(), " Ada@Example.ORG ", "Ada@example.org"),
        (Email(), "ada@example.org.", "ada@example.org"),
        (PhoneNumber(), "٠١٦٢ 2943177.", "+491622943177"),
        (YesNo(), "Yes!", True),
        (YesNo(), "nope", False),
        (FreeText(), "  Ring twice.  ", "Ring twice."),
        (FreeText(longest=3), "abc", "abc"),
    ],
)
def test_an_answer_becomes_a_value(walk: Start, question: Any, written: str, value: object) -> None:
    contact = walk(asking(question)).user(written)
    assert (contact.state, contact.data.value) == ("end", str(value))


@pytest.mark.parametrize(
    ("language", "written", "number"),
    [
        ("en", "1,000", "1000"),
        ("de", "1.000", "1000"),
        ("de_AT", "1.000", "1000"),
        ("fr", "1 000", "1000"),
        ("fr", "1\u202f000", "1000"),
        ("de_CH", "1’000", "1000"),
        ("hi", "१,००,०००", "100000"),
        ("en", "1,000.50", "1000.50"),
        ("de", "1.000,50", "1000.50"),
        ("ar", "١٬٠٠٠٫٥", "1000.5"),
        ("en", "1.000", "1.000"),
        ("de", "1,000", "1.000"),
        ("de", "-2,5", "-2.5"),
    ],
)
def test_a_number_is_read_as_the_contacts_language_writes_it(
    walk: Start, language: str, written: str, number: str
) -> None:
    contact = walk(asking(Number(whole=False))).fire("message", text=written, words=Words(language))
    assert (contact.state, contact.data.value) == ("end", number)


@pytest.mark.parametrize("language", ["en", "de", "fr", "de_CH"])
@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12.50", "12.50"),
        ("12,50", "12.50"),
        ("1.000,50", "1000.50"),
        ("1,000.50", "1000.50"),
        ("1.000.000", "1000000"),
        ("1,000,000", "1000000"),
        ("1 000,5", "1000.5"),
        ("1'000.50", "1000.50"),
        ("0.125", "0.125"),
    ],
)
def test_separators_that_can_mean_one_number_only_are_read_in_every_language(
    walk: Start, language: str, written: str, number: str
) -> None:
    contact = walk(asking(Number(whole=False))).fire("message", text=written, words=Words(language))
    assert (contact.state, contact.data.value) == ("end", number)


@pytest.mark.parametrize(
    ("language", "whole", "written"),
    [
        *(("fr", False, "1.000"), ("de_CH", False, "1,000"), ("pl", True, "1.000")),
        *(("en", True, "1.000"), ("de", True, "1,000"), ("fr", True, "1,000")),
        *(("en", False, written) for written in ("1.000.00", "1,00,0", "12 34", "1..5", "1_000", "1e9", "NaN", "٫5")),
    ],
)
def test_what_could_be_two_numbers_or_is_none_is_asked_again(
    walk: Start, language: str, whole: bool, written: str
) -> None:
    contact = walk(asking(Number(whole=whole))).fire("message", text=written, words=Words(language))
    assert contact.state == "ask"


@given(
    st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(["en", "de", "de_AT", "fr", "de_CH", "hi", "ar", "pt_PT"])
)
def test_a_number_that_the_bot_writes_is_read_as_the_same(number: int, language: str) -> None:
    words = Words(language)
    turn: Turn[Any] = Turn("", "", "", "", None, None, words)  # type: ignore[arg-type]
    assert Number().read(words.write(number, "number"), turn) == number


@pytest.mark.parametrize(
    ("question", "written"),
    [
        *((Number(sorry=SORRY), written) for written in ("", "twelve", "1.5", "1e9", "12 parcels", "9" * 40)),
        *((Number(least=1, most=5, sorry=SORRY), written) for written in ("0", "6")),
        *(
            (Date(sorry=SORRY), written)
            for written in ("31.2.2026", "29.2.2027", "2026-13-01", "0.0.0", "Fri 24.11.", "")
        ),
        *((Date(earliest=days(0), latest=days(7), sorry=SORRY), written) for written in ("yesterday", "2.12.2026")),
        *((PhoneNumber(sorry=SORRY), written) for written in ("12", "call me", "")),
        *(
            (Email(sorry=SORRY), written)
            for written in ("ada", "ada@example", "a@b@c.de", "a b@c.de", "a@c..de", "<a@b.de>")
        ),
        *((YesNo(sorry=SORRY), written) for written in ("maybe", "", "yes and no")),
        *((FreeText(longest=3, sorry=SORRY), written) for written in ("", "  \n ", "abcd")),
    ],
)
def test_what_is_no_answer_is_told_in_the_authors_words_and_asked_again(
    walk: Start, question: Any, written: str
) -> None:
    contact = walk(asking(question)).user(written)
    assert (contact.state, contact.said, contact.data.value) == ("ask", ["Not quite, Ada.", "?"], None)


SOMEWHEN, PAST = Date(), Date(latest=days(0))
COMING = Date(days(1), days(60))


@pytest.mark.parametrize(
    ("language", "written", "day"),
    [
        *(
            ("en", written, date(2026, 11, 24))
            for written in ("24.11.", "24/11", "24 November", "Nov 24", "Tue 24.11.")
        ),
        *(("en", written, date(2026, 11, 24)) for written in ("November 24th, 2026", "24th of Nov.", "24 nov 26")),
        *(("en", written, date(2027, 9, 3)) for written in ("3.9.", "Sept 3", "3 sep 27", "Friday, 3 September")),
        *(("en", written, date(2026, 11, 27)) for written in ("Friday", "fri", "FRI.")),
        ("en", "29.2.", date(2028, 2, 29)),
        ("de_AT", "6. Jänner", date(2027, 1, 6)),
        ("de_AT", "6. Januar 2027", date(2027, 1, 6)),
        ("de", "Samstag", date(2026, 11, 28)),
        ("de", "Saturday", date(2026, 11, 28)),
        ("fr", "1er décembre", date(2026, 12, 1)),
        ("fr", "3 fevrier", date(2027, 2, 3)),
        ("es", "24 de noviembre de 2027", date(2027, 11, 24)),
        ("es", "3 mar", date(2027, 3, 3)),
        ("es", "mar", date(2026, 12, 1)),
        ("pt", "terça", date(2026, 12, 1)),
        ("ar", "٢٥ نوفمبر", date(2026, 11, 25)),
        ("ja", "2026年11月25日", date(2026, 11, 25)),
    ],
)
def test_a_day_may_be_written_in_words_and_without_its_year(
    walk: Start, language: str, written: str, day: date
) -> None:
    contact = walk(asking(SOMEWHEN)).fire("message", text=written, words=Words(language))
    assert (contact.state, contact.data.value) == ("end", str(day))


@pytest.mark.parametrize(
    ("question", "written", "day"),
    [
        (SOMEWHEN, "24.11.", date(2026, 11, 24)),
        (Date(order="MDY"), "11/25", date(2026, 11, 25)),
        (COMING, "1.1.", date(2027, 1, 1)),
        (PAST, "25.11.", date(2025, 11, 25)),
        (PAST, "Friday", date(2026, 11, 20)),
        (SOMEWHEN, "Tuesday", date(2026, 12, 1)),
        (Date(days(0), days(6)), "Tuesday", date(2026, 11, 24)),
        (PAST, "24.11.85", date(1985, 11, 24)),
        (PAST, "24.11.26", date(2026, 11, 24)),
        (SOMEWHEN, "24.11.85", date(2085, 11, 24)),
        (COMING, "24.11.", None),
        (COMING, "Tue 1.12.27", None),
        *((SOMEWHEN, written, None) for written in ("1.1.1", "1.1.123", "31.2.", "Nov 2026", "24", "10:30", "12 2026")),
        *((SOMEWHEN, written, None) for written in ("Fri 24.11.", "may", "24 x 11", "1.2.3.4", "Friday " * 99)),
    ],
)
def test_of_several_days_the_question_allows_the_first_and_of_none_it_asks_again(
    walk: Start, question: Any, written: str, day: date | None
) -> None:
    contact = walk(asking(question)).user(written)
    assert (contact.state, contact.data.value) == (("end", str(day)) if day else ("ask", None))


@given(
    st.dates(date(1000, 1, 1)),
    st.sampled_from(
        ["en", "en_GB", "de_AT", "fr", "es", "pt_BR", "pl", "ru", "tr", "hu", "lt", "vi", "ja", "zh", "hi"]
    ),
)
def test_a_day_that_the_bot_writes_is_read_as_the_same(day: date, language: str) -> None:
    words = Words(language)
    turn: Turn[Any] = Turn("", "", "", "", None, datetime(2026, 11, 24, tzinfo=UTC), words)
    assert Date().read(words.write(day, "date"), turn) == day


def test_a_check_of_the_author_says_what_is_wrong(walk: Start) -> None:
    question = FreeText(check=lambda said: None if "berlin" in said.casefold() else "Only Berlin so far.")
    assert walk(asking(question)).user("Potsdam").said == ["Only Berlin so far.", "?"]
    assert walk(asking(question)).user("Berlin").state == "end"


def test_one_answer_is_asked_before_any_answer_and_any_answer_before_any_text(walk: Start) -> None:
    class Ranks(Flow[Told]):
        ask = State("?", ask=Number(), initial=True)
        exact, typed, other = State(final=True), State(final=True), State(final=True)
        ask.on(text, to=other)
        ask.on(answer, to=typed)
        ask.on(answer(7), to=exact)

    assert [walk(Ranks).user(written).state for written in ("7", "8", "none")] == ["exact", "typed", "other"]


def test_what_a_question_says_is_checked_at_import() -> None:
    with pytest.raises(FlowError, match=r"says \{nobody\}, and the data has name, value"):
        asking(Number(sorry="Sorry, {nobody}."))


def test_a_state_asks_one_thing() -> None:
    with pytest.raises(FlowError, match="a state has choices or asks a typed question; leave out one of them"):
        State("?", choices=["a"], ask=Number())
