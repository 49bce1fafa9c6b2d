"""Which flow takes an event, and how: every case."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chatbot.engine.router import Route, Way, route
from chatbot.errors import ConfigError
from chatbot.events import Delivery, Result, Start, Timeout
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State
from chatbot.messages import Inbound, ReceiptState
from chatbot.store.protocol import Conversation, SentMessage

ANNA, ACCOUNT = "+491622943176", "customer_account"


class Shop(Flow[NoData], keyword="shop", formerly="store"):
    open = State("Welcome", initial=True)


class Survey(Flow[NoData], keyword=("survey", "Your opinion")):
    first = State("How was it?", initial=True)


class Help(Flow[NoData], keyword="help", interrupts=True):
    asked = State("What about?", initial=True)


CATALOGUE = Catalogue([Shop, Survey, Help], "shop")
SHOP, SURVEY, HELP = Shop.compiled, Survey.compiled, Help.compiled

IN_SHOP = Conversation(ANNA, ACCOUNT, "shop", "open", "{}", SHOP.fingerprint, visit=3)
IN_HELP = replace(IN_SHOP, flow="help", state="asked", visit=4)
ENDED = replace(IN_SHOP, final=True)
GONE = replace(IN_SHOP, flow="a_flow_that_was_deleted")


def says(text: str) -> Inbound:
    return Inbound(ACCOUNT, ANNA, text, "I1")


def sent_by(flow: str) -> SentMessage:
    return SentMessage(1, flow, "open", 3, "{}")


# Messages


@pytest.mark.parametrize("here", [None, ENDED, GONE])
@pytest.mark.parametrize(
    ("words", "flow"),
    [
        ("hello", SHOP),
        ("", SHOP),
        ("shop", SHOP),
        ("survey", SURVEY),
        ("  YOUR  opinion ", SURVEY),
        ("Help", HELP),
        ("help me", SHOP),
    ],
)
def test_without_a_live_conversation_a_message_starts_the_flow_that_it_calls_or_the_default(
    here: Conversation | None, words: str, flow: Any
) -> None:
    assert route(CATALOGUE, here, says(words)) == Route(Way.START, flow)


@pytest.mark.parametrize("words", ["hello", "", "shop", "survey", "help me"])
def test_the_live_flow_takes_a_message_its_own_keyword_and_those_of_flows_that_do_not_interrupt(words: str) -> None:
    assert route(CATALOGUE, IN_SHOP, says(words)) == Route(Way.HANDLE, SHOP, "message")


def test_the_keyword_of_a_flow_that_interrupts_does_so() -> None:
    assert route(CATALOGUE, IN_SHOP, says(" HELP ")) == Route(Way.INTERRUPT, HELP)


def test_a_flow_does_not_interrupt_itself() -> None:
    assert route(CATALOGUE, IN_HELP, says("help")) == Route(Way.HANDLE, HELP, "message")


def test_a_conversation_of_a_flow_that_has_another_name_today_goes_on() -> None:
    here = replace(IN_SHOP, flow="store")
    assert route(CATALOGUE, here, says("hello")) == Route(Way.HANDLE, SHOP, "message")


def test_a_reply_to_a_message_of_an_interrupted_flow_goes_back_to_it() -> None:
    assert route(CATALOGUE, IN_HELP, says("yes"), sent_by("shop"), ["shop"]) == Route(Way.SWITCH, SHOP, "message")


@pytest.mark.parametrize(
    ("replied_to", "suspended"),
    [(None, ["shop"]), (sent_by("help"), ["shop"]), (sent_by("survey"), ["shop"]), (sent_by("shop"), [])],
)
def test_a_reply_to_anything_else_stays_with_the_live_flow(
    replied_to: SentMessage | None, suspended: list[str]
) -> None:
    assert route(CATALOGUE, IN_HELP, says("yes"), replied_to, suspended) == Route(Way.HANDLE, HELP, "message")


# Starts from outside


@pytest.mark.parametrize(
    ("here", "way"),
    [(None, Way.START), (ENDED, Way.START), (GONE, Way.START), (IN_SHOP, Way.INTERRUPT)],
)
def test_a_start_from_outside_interrupts_another_flow_and_begins_else(here: Conversation | None, way: Way) -> None:
    assert route(CATALOGUE, here, Start("survey")) == Route(way, SURVEY)


def test_a_start_from_outside_of_the_live_flow_begins_it_anew() -> None:
    assert route(CATALOGUE, IN_SHOP, Start("shop")) == Route(Way.START, SHOP)


def test_a_start_that_was_asked_for_under_a_former_name_is_that_of_the_flow_of_today() -> None:
    assert route(CATALOGUE, None, Start("store")) == Route(Way.START, SHOP)


def test_a_start_of_a_flow_that_is_not_there_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="survey"):
        route(CATALOGUE, IN_SHOP, Start("survy"))


# News of a state


def timeout(flow: str = "shop", state: str = "open", visit: int = 3) -> Timeout:
    return Timeout(flow, state, visit)


def result(flow: str = "shop", state: str = "open", visit: int = 3, ok: bool = True) -> Result:
    return Result(flow, state, visit, 1, ok)


def delivery(
    flow: str = "shop", state: str = "open", visit: int = 3, status: ReceiptState = ReceiptState.DELIVERED
) -> Delivery:
    return Delivery(1, flow, state, visit, status)


@pytest.mark.parametrize("news", [timeout, result, delivery])
@pytest.mark.parametrize("change", [{"flow": "survey"}, {"visit": 2}, {"visit": 4}])
def test_news_of_another_visit_than_the_one_they_are_in_has_no_effect(news: Any, change: dict[str, Any]) -> None:
    assert route(CATALOGUE, IN_SHOP, news()) is not None
    assert route(CATALOGUE, IN_SHOP, news(**change)) is None


@pytest.mark.parametrize("news", [timeout(), result(), delivery()])
@pytest.mark.parametrize("here", [None, GONE])
def test_news_without_a_conversation_that_could_take_it_has_no_effect(news: Any, here: Conversation | None) -> None:
    assert route(CATALOGUE, here, news) is None


@pytest.mark.parametrize("news", [timeout(), result(), delivery()])
def test_news_reaches_a_final_state_too(news: Any) -> None:
    found = route(CATALOGUE, ENDED, news)
    assert found is not None
    assert (found.way, found.flow) == (Way.HANDLE, SHOP)


@pytest.mark.parametrize(
    ("news", "trigger"),
    [
        (timeout(), "timeout"),
        (result(ok=True), "done"),
        (result(ok=False), "error"),
        (delivery(status=ReceiptState.BUFFERED), "buffered"),
        (delivery(status=ReceiptState.DELIVERED), "delivered"),
        (delivery(status=ReceiptState.SEEN), "seen"),
        (delivery(status=ReceiptState.UNDELIVERABLE), "failed"),
        (delivery(status=ReceiptState.EXPIRED), "failed"),
        (delivery(status=ReceiptState.REJECTED), "failed"),
        (delivery(status=ReceiptState.UNKNOWN), "unknown"),
    ],
)
def test_each_kind_of_news_fires_its_own_trigger(news: Any, trigger: str) -> None:
    assert route(CATALOGUE, IN_SHOP, news) == Route(Way.HANDLE, SHOP, trigger)
