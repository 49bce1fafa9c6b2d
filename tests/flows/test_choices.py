"""Choices: numbered text, and the many ways in which people answer it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chatbot import Choice, Flow, Message, State, Turn, choice, text
from chatbot.flows.choices import Choices
from chatbot.flows.words import Words

Start = Callable[..., Any]


@dataclass
class Chosen:
    value: Any = None


def keep(turn: Turn[Chosen]) -> None:
    turn.data.value = turn.choice


def menu(choices: Any, says: Any = "Which?") -> type[Flow[Any]]:
    """A flow that asks once and keeps the value of what was chosen."""

    class Menu(Flow[Chosen], unmatched="Pardon?"):
        ask = State(says, choices=choices, initial=True)
        end = State(final=True)
        ask.on(choice, to=end, do=keep)

    return Menu


def test_choices_are_sent_as_a_numbered_list_under_the_question(walk: Start) -> None:
    assert walk(menu(["parcel", "letter"])).said == ["Which?\n1. parcel\n2. letter"]


def test_choices_without_a_question_are_sent_alone(walk: Start) -> None:
    assert walk(menu(["parcel", "letter"], says=None)).said == ["1. parcel\n2. letter"]


def test_choices_stand_under_the_last_message_of_a_list(walk: Start) -> None:
    assert walk(menu(["a"], says=["Hello.", "Which?"])).said == ["Hello.", "Which?\n1. a"]


def test_choices_follow_a_picture_in_a_message_of_their_own(walk: Start) -> None:
    picture = Message(image="https://example.org/map.png")
    assert walk(menu(["a"], says=picture)).sent == [picture, Message("1. a")]


@pytest.mark.parametrize(
    "given", [{"p": "Parcel", "l": "Letter"}, [Choice("p", "Parcel"), Choice("l", "Letter")]], ids=["dict", "Choice"]
)
def test_a_choice_has_a_label_for_the_contact_and_a_value_for_the_flow(walk: Start, given: Any) -> None:
    contact = walk(menu(given))
    assert contact.said == ["Which?\n1. Parcel\n2. Letter"]
    assert contact.user("Letter").data.value == "l"


@pytest.mark.parametrize(
    "answer",
    [
        *("1", "1.", "1)", " 1 ", "01", "1\ufe0f\u20e3", "١", "१"),
        *("small parcel", "Small Parcel", "SMALL PARCEL", " small   parcel ", "small parcel.", "small parcel!"),
        *("1. small parcel", "1) Small parcel", "1.small parcel", "1 small parcel"),
        *("small parcl", "smal parcel", "small-parcel"),
        *("p", "P"),
    ],
)
def test_numbers_labels_values_and_near_misses_are_the_same_answer(walk: Start, answer: str) -> None:
    contact = walk(menu({"p": "small parcel", "l": "letter"})).user(answer)
    assert (contact.state, contact.data.value) == ("end", "p")


@pytest.mark.parametrize(
    "answer",
    [
        *("0", "3", "-1", "99999", "12", "², ", "parcel or letter", "", ".", "pl", "lettuce", "partial"),
        *("2. parcel", "3. parcel", "1. lettuce"),
    ],
)
def test_an_answer_that_fits_nothing_asks_again(walk: Start, answer: str) -> None:
    contact = walk(menu(["parcel", "letter"])).user(answer)
    assert (contact.state, contact.said) == ("ask", ["Pardon?", "Which?\n1. parcel\n2. letter"])


def test_a_near_miss_of_two_choices_is_no_answer(walk: Start) -> None:
    assert walk(menu(["Station A", "Station B"])).user("station").state == "ask"
    assert walk(menu(["Station A", "Station B"])).user("station b").data.value == "Station B"


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str]:
    """A label with digits, and the same with a character too many, too few or wrong, or two that changed places."""
    label = draw(st.from_regex(r"(room |R|at |EUR )?[1-9][0-9]{0,5}([.: ][0-9]{2})?", fullmatch=True))
    at = draw(st.integers(0, len(label) - 1))
    before, here, after = label[:at], label[at], label[at + 1 :]
    digit = draw(st.sampled_from("0123456789"))
    wrong = [
        before + after,
        before + here + here + after,
        before + digit + after,
        before + after[:1] + here + after[1:],
    ]
    return label, draw(st.sampled_from(wrong))


@settings(max_examples=500)
@given(slip=slips())
def test_a_label_with_other_digits_is_never_taken(slip: tuple[str, str]) -> None:
    label, said = slip
    assume(said.strip() not in ("1", "01", "2", "02"))  # the numbers of the list
    chosen = Choices([label, "something else"]).read(said, Words())
    assert chosen is None or digits(chosen.label) == digits(said)


def digits(text: str) -> str:
    return re.sub(r"\D", "", text).lstrip("0")


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        (["08:30", "10:00", "14:15"], "14:00"),
        (["08:30", "10:00", "14:15"], "10:15"),
        (["Room 12", "Room 14"], "Room 13"),
        (["100 EUR", "500 EUR"], "300 EUR"),
        (["Subscribe", "No thanks"], "unsubscribe"),
        (["happy", "so so"], "unhappy"),
        (["correct", "change it"], "incorrect"),
        (["agree", "later"], "disagree"),
        (["necessary", "I do not know"], "not necessary"),
        (["with milk", "black"], "without milk"),
        (["Tuesday", "Friday"], "Thursday"),
    ],
)
def test_an_answer_that_is_not_offered_is_not_taken_for_one_that_is(walk: Start, offered: list[str], said: str) -> None:
    assert walk(menu(offered)).user(said).state == "ask"


def test_a_number_is_the_number_in_the_list_and_not_a_hidden_value(walk: Start) -> None:
    contact = walk(menu({2: "parcel", 1: "letter"}))
    assert contact.user("1").data.value == 2


def test_a_number_beyond_the_list_may_still_be_a_value(walk: Start) -> None:
    assert walk(menu({10115: "Berlin", 20: "Hamburg"})).user("20").data.value == 20
    assert walk(menu({10115: "Berlin", 20: "Hamburg"})).user("10115").data.value == 10115


@pytest.mark.parametrize(("answer", "value"), [("5", "5"), ("10", "10"), ("2", "2"), ("20", None), ("100", None)])
def test_a_label_that_is_a_number_is_chosen_by_what_it_reads(walk: Start, answer: str, value: str | None) -> None:
    assert walk(menu(["2", "5", "10"])).user(answer).data.value == value


def test_a_label_wins_over_the_value_of_another_choice(walk: Start) -> None:
    assert walk(menu({"letter": "parcel", "parcel": "letter"})).user("letter").data.value == "parcel"


@pytest.mark.parametrize("answer", ["STRASSE", "straße", "Strasse"])
def test_letters_are_compared_without_case_in_every_language(walk: Start, answer: str) -> None:
    assert walk(menu(["Straße", "Platz"])).user(answer).data.value == "Straße"


def test_a_very_long_answer_is_read_at_once_and_fits_nothing(walk: Start) -> None:
    assert walk(menu([f"choice {number}" for number in range(50)])).user("choice " * 20_000).state == "ask"


def test_a_message_in_a_state_without_choices_chooses_nothing(walk: Start) -> None:
    class Plain(Flow[Chosen]):
        ask = State("?", initial=True)
        end = State(final=True)
        ask.on(choice, to=end)
        ask.on(text, says="Just a text.", do=keep)

    contact = walk(Plain).user("1")
    assert (contact.said, contact.data.value) == (["Just a text."], None)


def test_a_list_too_long_for_one_message_is_shown_in_pages_that_come_round(walk: Start) -> None:
    labels = [f"choice number {number} with a long label" for number in range(1, 41)]
    contact = walk(menu(labels))
    pages = [contact.said[-1]]
    while (page := contact.user("0").said[-1]) != pages[0]:
        pages.append(page)
    shown = [line for page in pages for line in page.split("\n")[1:] if not line.startswith("0. ")]
    assert shown == [f"{number}. {label}" for number, label in enumerate(labels, 1)]
    assert all(len(page) <= 1000 for page in pages)
    assert contact.user("40").data.value == labels[-1]


def test_choices_may_depend_on_the_turn(walk: Start) -> None:
    class Offers(Flow[Chosen]):
        ask = State("Which?", choices=lambda turn: [turn.data.value, "other"], initial=True)
        end = State(final=True)
        ask.on(choice, to=end, do=keep)

    contact = walk(Offers, value="yours")
    assert contact.said == ["Which?\n1. yours\n2. other"]
    assert contact.user("2").data.value == "other"


def changing(offered: list[str], page: int | None = None) -> type[Flow[Any]]:
    """A flow whose choices are what ``offered`` holds at the time."""

    class Changing(Flow[Chosen], unmatched="Pardon?"):
        ask = State("Which?", choices=lambda _turn: list(offered), page=page, initial=True)
        end = State(final=True)
        ask.on(choice, to=end, do=keep)

    return Changing


def test_a_number_means_the_label_that_was_shown_under_it_also_when_the_list_has_moved(walk: Start) -> None:
    offered = ["Tue", "Wed", "Thu"]
    contact = walk(changing(offered))
    offered[:] = ["Wed", "Thu", "Fri"]
    assert contact.user("2").data.value == "Wed"


@pytest.mark.parametrize("gone", ["1", "1.", "Tue", "1. Tue"])
def test_what_is_not_offered_any_more_is_asked_again_with_the_new_list(walk: Start, gone: str) -> None:
    offered = ["Tue", "Wed", "Thu"]
    contact = walk(changing(offered))
    offered[:] = ["Wed", "Thu", "Fri"]
    assert (contact.user(gone).state, contact.said) == ("ask", ["Pardon?", "Which?\n1. Wed\n2. Thu\n3. Fri"])
    assert contact.user("1").data.value == "Wed"


def test_a_label_that_is_gone_is_not_taken_for_one_like_it(walk: Start) -> None:
    offered = ["Apple", "Apples"]
    contact = walk(changing(offered))
    offered[:] = ["Apples", "Pears"]
    assert contact.user("apple").state == "ask"


def test_the_value_of_a_number_is_that_of_todays_choice_with_its_label(walk: Start) -> None:
    choices = {7: "Ada", 8: "Grace"}

    class Desks(Flow[Chosen]):
        ask = State("Who?", choices=lambda _turn: dict(choices), initial=True)
        end = State(final=True)
        ask.on(choice, to=end, do=keep)

    contact = walk(Desks)
    choices.clear()
    choices.update({9: "Grace", 10: "Ada"})
    assert contact.user("1").data.value == 10


def test_a_deploy_that_puts_a_list_in_another_order_changes_no_number_that_was_shown(walk: Start) -> None:
    contact = walk(menu(["parcel", "letter"]))
    contact.compiled = menu(["letter", "parcel"]).compiled
    assert contact.user("1").data.value == "parcel"


def test_a_conversation_that_was_stored_without_what_was_offered_counts_in_todays_list(walk: Start) -> None:
    contact = walk(menu(["parcel", "letter"]))
    contact.forget("offered")
    assert contact.user("2").data.value == "letter"


def test_a_list_that_has_moved_is_shown_from_its_first_page(walk: Start) -> None:
    offered = ["a1", "b2", "c3", "d4"]
    contact = walk(changing(offered, page=2))
    assert contact.user("0").said == ["Which?\n3. c3\n4. d4\n0. More"]
    offered.insert(0, "e5")
    assert contact.user("0").said == ["Which?\n1. e5\n2. a1\n0. More"]
    assert contact.user("0").said == ["Which?\n3. b2\n4. c3\n0. More"]


@pytest.mark.parametrize("more", ["0", "0.", "0\ufe0f\u20e3", "٠", "More", "more.", "0. More"])
def test_the_next_page_is_asked_for_by_its_number_its_word_or_its_line(walk: Start, more: str) -> None:
    assert walk(changing(["a1", "b2", "c3"], page=2)).user(more).said == ["Which?\n3. c3\n0. More"]


@pytest.mark.parametrize("written", ["0", "1", "more", "anything"])
def test_a_list_that_is_empty_is_not_shown_and_no_message_chooses_from_it(walk: Start, written: str) -> None:
    offered: list[str] = []
    contact = walk(changing(offered))
    assert contact.said == ["Which?"]
    assert (contact.user(written).state, contact.said) == ("ask", ["Pardon?", "Which?"])
    offered.append("late comer")
    assert contact.user("1").said == ["Pardon?", "Which?\n1. late comer"]
    assert contact.user("1").data.value == "late comer"


def test_labels_that_are_no_texts_are_written_as_texts(walk: Start) -> None:
    contact = walk(menu(lambda turn: [10, 20]))
    assert contact.said == ["Which?\n1. 10\n2. 20"]
    assert contact.user("20").data.value == 20
