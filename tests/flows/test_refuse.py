"""More that is refused at import: numbers that mean nothing, words that nobody can write, values that never fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from chatbot import (
    Button,
    Choice,
    Date,
    Embed,
    Flow,
    FreeText,
    Message,
    Number,
    Plural,
    State,
    Travel,
    after,
    again,
    answer,
    at,
    choice,
    delivered,
    done,
    every,
    failed,
    keep,
    minutes,
    seconds,
    text,
    undelivered,
    unmatched,
)
from chatbot.errors import FlowError


@dataclass
class Notes:
    count: int = 0


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ({"timeout": minutes(0)}, "timeout=0:00:00 is over before it begins"),
        ({"timeout": minutes(-5)}, "timeout=.* is over before it begins"),
        ({"within": seconds(0)}, "within=0:00:00 is over before it begins"),
        ({"within": 5}, r"within=5 has no unit; write within=minutes\(30\)"),
        ({"within": None}, r"within=None has no unit; write within=minutes\(30\)"),
        ({"retries": -1}, "retries=-1: write 0 for a single try"),
        ({"retries": None}, "retries=None: write 0 for a single try, or how often to try again"),
        ({"page": 0}, "page=0: a page shows at least one choice"),
        ({"page": "3"}, "page='3': a page shows at least one choice; write page=5"),
        ({"late": "never"}, "late='never' says nothing about late answers; write one of remind, accept, ignore"),
        ({"late": "ignored"}, "late='ignored' says nothing about late answers; did you mean 'ignore'?"),
        ({"choices": [True, False]}, r"""choices: True is no label that .*; .*choices={True: "..."}"""),
        ({"choices": {1: None}}, "choices: None is no label that a contact can read"),
        ({"choices": [Choice(1, 2)]}, "choices: 2 is no label that a contact can read"),  # type: ignore[arg-type]
        ({"choices": ["yes", " "]}, "choices: ' ' is no label that a contact can read"),
        ({"choices": [("a", "A")]}, r"choices: \('a', 'A'\) is no label that a contact can read"),
        ({"choices": "yes"}, r"choices='yes' is one text, not a list; write choices=\['yes'\]"),
        ({"choices": {"yes"}}, "choices={'yes'} is no list in an order that stays; write a list or a dict"),
        ({"choices": 5}, "choices=5 is no list in an order that stays"),
        ({"ask": Number}, r"ask=Number is a kind of question; write ask=Number\(\)"),
        ({"ask": "number"}, r"ask='number' is no typed question; write ask=Number\(\), Date\(\), YesNo\(\)"),
        ({"ask": Number("1", 5)}, "Number: least='1' is no limit; write least=1"),  # type: ignore[arg-type]
        ({"ask": Date(latest=date.max)}, r"Date: latest=.* is no limit; write latest=days\(60\)"),  # type: ignore[arg-type]
        ({"ask": Date(order="dmy")}, "Date: order='dmy' is no order; write one of DMY, MDY"),  # type: ignore[arg-type]
        ({"ask": FreeText(longest="9")}, "FreeText: longest='9' is no limit; write longest=500"),  # type: ignore[arg-type]
        ({"ask": Number(), "choices": ["a"]}, "a state has choices or asks a typed question"),
        ({"ask": Number(), "choices": lambda turn: turn.data}, "a state has choices or asks a typed question"),
    ],
)
def test_what_no_state_can_have_is_refused(arguments: dict[str, Any], advice: str) -> None:
    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: {advice}"):
        State("?", **arguments)


@pytest.mark.parametrize(
    ("travel", "advice"),
    [
        (Travel(purpose="ad"), "'ad' is neither transaction nor promotion"),
        (Travel(channels=("SMS",)), "'SMS' is neither VIBER nor FACEBOOK"),
        (Travel(ttl=29), "29 s is not within 30 to 86400 s"),
        (Travel(sender="My Company"), "sender: 'My Company' is no international number"),
        (Travel(ttl_text="Too late, {name}."), "ttl_text is said as it stands: write fields in that of the Message"),
    ],
)
def test_a_way_of_travelling_that_the_gateway_does_not_have_is_refused(travel: Travel, advice: str) -> None:
    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: flow told: .*{advice}"):

        class Told(Flow[None], travel=travel):
            told = State("Told.", initial=True, final=True)

    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: state told: .*{advice}"):

        class TellsOnce(Flow[None]):
            told = State("Told.", travel=travel, initial=True, final=True)


@pytest.mark.parametrize("timer", [after, every, undelivered])
def test_a_timer_takes_a_duration(timer: Any) -> None:
    word = timer.__name__
    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: {word}\(\.\.\.\): a timer takes more than no time"):
        timer(minutes(0))
    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: {word}\(5\) has no unit; write {word}\(minutes\(30\)\)"):
        timer(5)


@pytest.mark.parametrize("times", [0, 101, -1, "3", None])
def test_a_reminder_comes_a_number_of_times(times: Any) -> None:
    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: every\(..., times=.*\): a reminder comes 1 to 100 times"):
        every(minutes(5), times=times)


@pytest.mark.parametrize("moment", ["9:00", "24:00", "09:60", "", 9, None])
def test_a_time_of_day_is_written_as_on_a_clock(moment: Any) -> None:
    with pytest.raises(FlowError, match=r"""test_refuse.py:\d+: at\(.*\): write a time of day as in at\("09:00"\)"""):
        at(moment)


@pytest.mark.parametrize("count", ["5", None, float("nan"), 1e300])
def test_a_duration_is_a_number_of_its_unit(count: Any) -> None:
    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: minutes\(.*\) is no duration; write minutes\(5\)"):
        minutes(count)


@pytest.mark.parametrize(
    ("trigger", "wanted"),
    [
        (text(5), r"text\(\.\.\.\) takes words in quotes, not 5"),
        (failed(8), r"failed\(\.\.\.\) takes words in quotes, not 8"),
        (delivered(1), r"delivered\(\.\.\.\) takes words in quotes, not 1"),
        (done(True), r"done\(\.\.\.\) takes words in quotes, not True"),
        (unmatched("3"), r"unmatched\(\.\.\.\) takes how often, not '3'"),
        (unmatched(0), r"unmatched\(\.\.\.\) takes how often, not 0"),
        (choice(["a", "b"]), r"choice\(\.\.\.\) takes values, one after the other, not \['a', 'b'\]"),
    ],
)
def test_a_value_that_a_trigger_can_never_meet_is_refused(trigger: Any, wanted: str) -> None:
    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: {wanted}"):

        class Told(Flow[None]):
            told = State("?", initial=True)
            told.on(trigger, says="Never said.")


@pytest.mark.parametrize("trigger", [text, choice, answer])
def test_a_trigger_is_not_narrowed_down_to_a_state(trigger: Any) -> None:
    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: {trigger}\(\.\.\.\) takes .*, not <state end>"):

        class Told(Flow[None]):
            told = State("?", initial=True)
            end = State("End.", final=True)
            told.on(trigger(end), to=end)


def test_a_choice_may_have_any_value() -> None:
    class Told(Flow[None]):
        told = State("?", choices={5: "five"}, initial=True)
        told.on(choice(5), says="Five.")


def test_a_plural_counts_a_field() -> None:
    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: state told counts 'cuont', and the data has count"):

        class Told(Flow[Notes]):
            told = State(Plural("{count} parcel", "{count} parcels", of="cuont"), initial=True)


@pytest.mark.parametrize("keyword", [5, ("fine", 5), {"fine"}, ["fine", None]])
def test_a_keyword_is_a_word(keyword: Any) -> None:
    with pytest.raises(
        FlowError, match=r"""test_refuse.py:\d+: keyword=.*: write words in quotes.*keyword="pickup\""""
    ):

        class Told(Flow[None], keyword=keyword):
            told = State("?", initial=True)

    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: formerly=.*: write words in quotes"):

        class Formerly(Flow[None], formerly=keyword):
            told = State("?", initial=True)


def test_a_word_that_a_flow_does_not_take_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: a flow takes no interupts; did you mean interrupts\?"):

        class Told(Flow[None], interupts=True):
            told = State("?", initial=True)


@pytest.mark.parametrize("word", ["apology", "unmatched", "reminder"])
def test_what_every_flow_says_is_a_text(word: str) -> None:
    wrong: dict[str, Any] = {word: 5}
    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: {word}=5 is no text; write {word}="):

        class Told(Flow[None], **wrong):
            told = State("?", initial=True)


def test_a_way_of_travelling_is_a_travel() -> None:
    wrong: Any = "promotion"
    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: flow told: travel='promotion' is no Travel"):

        class Told(Flow[None], travel=wrong):
            told = State("?", initial=True)

    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: state told: travel='promotion' is no Travel"):

        class TellsOnce(Flow[None]):
            told = State("?", initial=True, travel=wrong)


@pytest.mark.parametrize(
    ("says", "advice"),
    [
        (Message("?", button="Track"), r"""button='Track' is no Button; write Button\("Track", "https://...\"\)"""),  # type: ignore[arg-type]
        (Message("?", button=Button("Track", None)), "None is no text; write it in quotes"),  # type: ignore[arg-type]
        (Message(5), "5 is no text; write it in quotes"),  # type: ignore[arg-type]
        (Plural("one", "many", 5), "5 is no text; write it in quotes"),  # type: ignore[arg-type]
        ({"en": "?", "de": "?"}, "a prompt is a text, a Plural, a Message or a list of them, not {'en'"),
        ({"one", "two"}, "a prompt is a text, a Plural, a Message or a list of them, not {'"),
    ],
)
def test_what_is_said_is_made_of_texts(says: Any, advice: str) -> None:
    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: state told: {advice}"):

        class Told(Flow[None]):
            told = State(says, initial=True)


@pytest.mark.parametrize("data", [Notes(), "Notes", int])
def test_the_data_is_a_dataclass(data: Any) -> None:
    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: Flow\[.*\]: the data of a flow is a dataclass; write @"):

        class Told(Flow[data]):
            told = State("?", initial=True)


@pytest.mark.parametrize("flow", ["Street", Flow, Notes, None, 5])
def test_what_is_embedded_is_a_flow(flow: Any) -> None:
    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: Embed\(.*\): write the flow's class itself"):
        Embed(flow)


def test_a_row_that_leads_nowhere_from_the_end_of_an_embedded_flow_is_refused() -> None:
    class Inner(Flow[None]):
        told = State("Told.", initial=True, final=True)

    for to in (None, again):
        with pytest.raises(FlowError, match=r"test_refuse.py:\d+: inner has ended, so the row cannot stay in it"):

            class Outer(Flow[None]):
                ask = State("?", initial=True)
                inner = Embed(Inner)
                ask.on(text, to=inner)
                inner.on(done, says="Ended.", to=to)


def test_embedded_flows_that_end_as_they_begin_do_not_go_round_for_ever(walk: Callable[..., Any]) -> None:
    class Inner(Flow[None]):
        told = State("Told.", initial=True, final=True)

    class Outer(Flow[None]):
        ask = State("?", initial=True)
        inner = Embed(Inner)
        ask.on(text, to=inner)
        inner.on(done, to=inner)

    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: inner ends as soon as it begins, and begins again"):
        walk(Outer).user("x")


def test_a_row_after_the_class_body_would_be_lost_so_it_is_refused() -> None:
    class Told(Flow[None]):
        told = State("?", initial=True)

    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: the flow of told is made already; write the row in its"):
        Told.told.on(text, says="Never said.")


def test_a_state_whose_name_another_one_has_taken_is_refused_as_a_target() -> None:
    with pytest.raises(
        FlowError, match=r"test_refuse.py:(\d+): to= is a state that flow twice has lost, written at .*"
    ):

        class Twice(Flow[None]):
            ask = State("?", initial=True)
            end = State("End.", final=True)
            ask.on(text, to=end)
            end = State("The end.", final=True)


def test_keeping_says_where() -> None:
    with pytest.raises(FlowError, match=r"""test_refuse.py:\d+: do=keep keeps nothing; .*keep\("name"\)"""):

        class Kept(Flow[Notes]):
            ask = State("?", initial=True)
            ask.on(text, do=keep)  # type: ignore[arg-type]

    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: when=keep\(...\) is an action and never holds"):

        class Guarded(Flow[Notes]):
            ask = State("?", initial=True)
            ask.on(text, says="?", when=keep("count"))


@pytest.mark.parametrize("keyword", ["", "  ", ("fine", "")])
def test_a_keyword_is_something_that_a_contact_can_write(keyword: Any) -> None:
    with pytest.raises(FlowError, match="is nothing that a contact could write"):

        class Told(Flow[None], keyword=keyword):
            told = State("?", initial=True)


def test_an_apology_holds_no_fields() -> None:
    with pytest.raises(FlowError, match="apology: it is said when the data cannot be trusted"):

        class Told(Flow[Notes], apology="Sorry for {count}."):
            told = State("?", initial=True)


def test_a_flow_may_say_that_only_somebody_outside_starts_it() -> None:
    class Told(Flow[None]):
        told = State("?", initial=True)

    class Campaign(Flow[None], keyword=()):
        told = State("?", initial=True)

    assert (Told.keywords, Told.from_outside) == ((), False)
    assert (Campaign.keywords, Campaign.from_outside) == ((), True)
