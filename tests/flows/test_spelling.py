"""How words are compared: one form for all that people type, and which slips of the fingers are forgiven."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import Date, Flow, Number, State, YesNo, answer, choice, text
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.spelling import is_near, plain

Start = Callable[..., Any]


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("stop", ["Stop", "STOP", " stop\n", "stop.", "Stop!", "STOP !", "stop)", "ｓｔｏｐ", "stop。", "st\u00adop"]),
        ("café", ["Café", "cafe\u0301", "CAFE\u0301!"]),
        ("12", ["12.", "12)", "１２", "١٢", "१२", "1\ufe0f\u20e32\ufe0f\u20e3", "\u200e12", "①2"]),
        ("i don't", ["I don’t", "I  don't."]),
        ("iptal", ["İptal", "İPTAL", "ıptal"]),
        ("👍", ["👍🏽", "👍\ufe0f"]),
        ("a-b", ["A–B", "a−b"]),
        ("!", ["!", " ! "]),
    ],
)
def test_what_people_write_for_a_word_is_that_word(word: str, written: list[str]) -> None:
    assert [plain(one) for one in written] == [word] * len(written)


@pytest.mark.parametrize("other", ["stop now", "don't stop", "stop?", "st op", "", "stóp"])
def test_other_words_stay_other_words(other: str) -> None:
    assert plain(other) != plain("stop")


@given(st.text())
def test_the_plain_form_of_a_plain_form_is_itself(words: str) -> None:
    assert plain(plain(words)) == plain(words)


@pytest.mark.parametrize("written", ["Stop.", "STOP!", "ｓｔｏｐ", "Stop"])
def test_words_of_rows_keywords_choices_and_questions_are_read_alike(walk: Start, written: str) -> None:
    class Stopping(Flow[None], keyword="stop"):
        ask = State("?", choices=["stop", "go"], initial=True)
        end = State(final=True)
        ask.on(choice("stop"), to=end)

    class Listening(Flow[None], keyword="listen"):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(text("stop"), to=end)

    assert (walk(Stopping).user(written).state, walk(Listening).user(written).state) == ("end", "end")
    assert Catalogue([Listening, Stopping]).by_keyword(written) is Stopping.compiled


@pytest.mark.parametrize("written", ["1", "1.", "1)", "1\ufe0f\u20e3", "١", "१", "１", " 1 ", "1!"])
def test_a_digit_is_a_digit_for_choices_numbers_and_yes_or_no(walk: Start, written: str) -> None:
    def asking(**asked: Any) -> type[Flow[Any]]:
        class Asking(Flow[None]):
            ask = State("?", initial=True, **asked)
            end = State(final=True)
            ask.on(choice("a"), to=end)
            ask.on(answer(1, True), to=end)

        return Asking

    flows = [asking(choices=["a", "b"]), asking(ask=Number()), asking(ask=YesNo())]
    assert [walk(flow).user(written).state for flow in flows] == ["end"] * 3


@pytest.mark.parametrize("written", ["Tomorrow.", "tomorrow!", "TODAY", "2026-11-24.", "２４.11.2026"])
def test_a_day_is_read_alike(walk: Start, written: str) -> None:
    class Asking(Flow[None]):
        ask = State("?", ask=Date(), initial=True)
        end = State(final=True)
        ask.on(answer, to=end)

    assert walk(Asking).user(written).state == "end"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *(("tootache", "toothache"), ("toothachee", "toothache"), ("toohtache", "toothache")),
        *(("smal parcel", "small parcel"), ("small-parcel", "small parcel"), ("smallparcel", "small parcel")),
        *(("a checkup", "a check-up"), ("st pauli", "st. pauli")),
        *(("10.00", "10:00"), ("8:30", "08:30"), ("10:30 - 11:00", "10:30-11:00"), ("eleve", "élève")),
    ],
)
def test_a_slip_an_accent_and_what_stands_between_words_are_forgiven(said: str, meant: str) -> None:
    assert is_near(said, meant)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *(
            ("14:00", "10:00"),
            ("10:15", "14:15"),
            ("room 13", "room 12"),
            ("300 eur", "100 eur"),
            ("1.5", "1.05"),
            ("1 2", "12"),
        ),
        *(("unsubscribe", "subscribe"), ("unhappy", "happy"), ("incorrect", "correct"), ("unlike", "like")),
        *(("disagree", "agree"), ("not happy", "happy"), ("not necessary", "necessary"), ("without milk", "with milk")),
        *(("unusual", "usual"), ("useless", "useful"), ("thursday", "tuesday"), ("torsdag", "tirsdag")),
        *(("room b", "room a"), ("a-", "a+"), ("c#", "c++"), ("-5", "5"), ("-5 grad", "5 grad"), ("form", "from")),
        *(("lettuce", "letter"), ("parcel or letter", "parcel"), ("", "parcel"), ("parcel" * 9, "parcel")),
    ],
)
def test_another_number_another_word_and_the_opposite_are_not_near(said: str, meant: str) -> None:
    assert not is_near(said, meant)
    assert not is_near(meant, said)
