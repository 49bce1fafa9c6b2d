"""More that is refused at import: numbers that mean nothing, words that nobody can write, values that never fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from chatbot import (
    Flow,
    Plural,
    State,
    Travel,
    after,
    choice,
    delivered,
    done,
    every,
    failed,
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
        ({"retries": -1}, "retries=-1: write 0 for a single try"),
        ({"page": 0}, "page=0: a page shows at least one choice"),
    ],
)
def test_a_number_that_no_state_can_have_is_refused(arguments: dict[str, Any], advice: str) -> None:
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
def test_a_timer_of_no_time_is_refused(timer: Any) -> None:
    with pytest.raises(ValueError, match=r"a timer takes more than no time; write minutes\(30\)"):
        timer(minutes(0))


@pytest.mark.parametrize(
    ("trigger", "wanted"),
    [
        (text(5), r"text\(\.\.\.\) takes words in quotes, not 5"),
        (failed(8), r"failed\(\.\.\.\) takes words in quotes, not 8"),
        (delivered(1), r"delivered\(\.\.\.\) takes words in quotes, not 1"),
        (done(True), r"done\(\.\.\.\) takes words in quotes, not True"),
        (unmatched("3"), r"unmatched\(\.\.\.\) takes how often, not '3'"),
    ],
)
def test_a_value_that_a_trigger_can_never_meet_is_refused(trigger: Any, wanted: str) -> None:
    with pytest.raises(FlowError, match=rf"test_refuse.py:\d+: row .*: {wanted}"):

        class Told(Flow[None]):
            told = State("?", initial=True)
            told.on(trigger, says="Never said.")


def test_a_choice_may_have_any_value() -> None:
    class Told(Flow[None]):
        told = State("?", choices={5: "five"}, initial=True)
        told.on(choice(5), says="Five.")


def test_a_plural_counts_a_field() -> None:
    with pytest.raises(FlowError, match=r"test_refuse.py:\d+: state told counts 'cuont', and the data has count"):

        class Told(Flow[Notes]):
            told = State(Plural("{count} parcel", "{count} parcels", of="cuont"), initial=True)


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
