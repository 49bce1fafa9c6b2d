"""What becomes of an accepted message: channels, fallback, waiting, expiry, SEEN and the error codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chatbot.errors import ConfigError
from chatbot.simulator.gateway import Gateway
from chatbot.simulator.options import Account
from chatbot.simulator.phones import Bubble
from chatbot.simulator.reach import PRESETS, preset
from chatbot.simulator.simulator import MovableClock
from chatbot.simulator.status import Status, notification, overall

ONLY = {"imChannels": "VIBER", "deliverOnlyViaIM": True}
NUMBER = "+491622943176"
IMAGE = "http://www.example.com/image.png"
OpenGateway = Callable[..., Gateway]


def send(gateway: Gateway, **parameters: Any) -> Status:
    body = {"from": "MyCompany", "to": NUMBER, "message": "This is a test.", **parameters}
    return gateway.accept(gateway.options.accounts[0], body)


def states(gateway: Gateway) -> list[str]:
    return [str(news.body["overallState"]) for news in gateway.tick()]


def shown(gateway: Gateway) -> list[Bubble]:
    return list(gateway.phones.get(NUMBER).thread)


def test_a_message_to_viber_is_delivered_with_one_receipt_and_shown(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    status = send(gateway, imageUrl=IMAGE, buttonCaption="Track", buttonActionUrl="https://e.org/t")
    assert states(gateway) == ["DELIVERED"]
    (bubble,) = shown(gateway)
    assert (bubble.text, bubble.image, bubble.button_caption) == ("This is a test.", IMAGE, "Track")
    assert (bubble.channel, bubble.request_id) == ("VIBER", status.request_id)


def test_nothing_happens_before_the_delivery_delay_is_over(open_gateway: OpenGateway, clock: MovableClock) -> None:
    gateway = open_gateway(delivery_delay=5.0)
    status = send(gateway)
    assert gateway.tick() == []
    assert notification(status, gateway.options)["overallState"] == "BUFFERED"
    clock.ahead += 5
    assert states(gateway) == ["DELIVERED"]


@pytest.mark.parametrize(
    ("name", "asked", "channel", "state", "code", "refusals"),
    [
        ("viber", {}, "VIBER", "DELIVERED", "", []),
        ("both", {"imChannels": "FACEBOOK, VIBER"}, "FACEBOOK", "DELIVERED", "", []),
        ("facebook", {}, "FACEBOOK", "DELIVERED", "", [("VIBER", "9")]),
        ("sms_only", {}, "SMS", "DELIVERED", "", [("VIBER", "9"), ("FACEBOOK", "100")]),
        ("sms_only", {"imChannels": "VIBER"}, "SMS", "DELIVERED", "", [("VIBER", "9")]),
        (
            "sms_only",
            {"imChannels": "VIBER", "deliverOnlyViaIM": True},
            "VIBER",
            "UNDELIVERABLE",
            "9",
            [("VIBER", "9")],
        ),
        ("blocked", ONLY, "VIBER", "UNDELIVERABLE", "8", [("VIBER", "8")]),
        ("blocked", {"imChannels": "VIBER"}, "SMS", "DELIVERED", "", [("VIBER", "8")]),
        (
            "no_device",
            {"imChannels": "VIBER", "deliverOnlyViaIM": True},
            "VIBER",
            "UNDELIVERABLE",
            "10",
            [("VIBER", "10")],
        ),
        ("waits", ONLY, "VIBER", "REJECTED", "21", [("VIBER", "21")]),
        ("unreachable", {"imChannels": "VIBER"}, "SMS", "UNDELIVERABLE", "1", [("VIBER", "9"), ("SMS", "1")]),
    ],
)
def test_channels_are_tried_in_the_order_asked_then_sms(
    open_gateway: OpenGateway,
    name: str,
    asked: dict[str, Any],
    channel: str,
    state: str,
    code: str,
    refusals: list[tuple[str, str]],
) -> None:
    gateway = open_gateway(reachability=name)
    status = send(gateway, **asked)
    assert states(gateway) == [state]
    assert (status.channel, status.parts[0].error_code) == (channel, code)
    assert [(one.channel, one.error_code) for one in status.refusals] == refusals
    assert all(one.reason for one in status.refusals)
    assert len(shown(gateway)) == (state == "DELIVERED")


def test_sms_parts_carry_prices_and_the_fallback_keeps_the_request_id(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(reachability="sms_only")
    status = send(gateway, imageUrl=IMAGE, buttonCaption="Track", buttonActionUrl="https://e.org/t")
    (news,) = gateway.tick()
    assert news.body["deliveryChannel"]["channel"] == "SMS"
    assert news.body["requestId"] == status.request_id
    assert [part["contentExcerpt"] for part in news.body["sendParts"]] == [IMAGE[:20], "This is a test."]
    assert [part["price"] for part in news.body["sendParts"]] == [0.5, 0.5]
    assert news.body["size"] == 2
    (bubble,) = shown(gateway)
    assert (bubble.text, bubble.sms_parts) == (f"{IMAGE}\nThis is a test.", 2)


def test_a_long_sms_is_shown_as_one_text(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(reachability="sms_only")
    send(gateway, message="abc" * 40)
    gateway.tick()
    (bubble,) = shown(gateway)
    assert (bubble.text, bubble.sms_parts) == ("abc" * 40, 2)


def test_a_phone_that_is_offline_gets_the_message_when_it_is_back(
    open_gateway: OpenGateway, clock: MovableClock
) -> None:
    gateway = open_gateway(reachability="offline")
    first, second = send(gateway, message="one"), send(gateway, message="two")
    assert states(gateway) == ["BUFFERED", "BUFFERED"]
    clock.ahead += 3600
    assert gateway.tick() == []
    gateway.reach(NUMBER, PRESETS["viber"])
    assert states(gateway) == ["DELIVERED", "DELIVERED"]
    assert [bubble.request_id for bubble in shown(gateway)] == [first.request_id, second.request_id]


def test_buffered_is_told_once_however_often_it_is_tried(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(reachability="offline")
    send(gateway)
    told = states(gateway)
    for name in ("offline", "offline", "viber"):
        gateway.reach(None, PRESETS[name])
        told += states(gateway)
    assert told == ["BUFFERED", "DELIVERED"]


@pytest.mark.parametrize(("ttl", "seconds"), [(60, 60), (None, 14 * 86_400)])
def test_a_message_expires_after_its_ttl_or_14_days(
    open_gateway: OpenGateway, clock: MovableClock, ttl: int | None, seconds: int
) -> None:
    gateway = open_gateway(reachability="offline")
    send(gateway, ttl=ttl)
    gateway.tick()
    clock.ahead += seconds - 1
    assert gateway.tick() == []
    clock.ahead += 1
    assert states(gateway) == ["EXPIRED"]
    assert gateway.statuses()[0].parts[0].error_code == "27"
    gateway.reach(NUMBER, PRESETS["viber"])
    assert gateway.tick() == []
    assert shown(gateway) == []


@pytest.mark.parametrize(("ios", "texts"), [(True, ["Too late."]), (False, [])])
def test_a_message_that_came_too_late_shows_its_expiry_text_on_ios_only(
    open_gateway: OpenGateway, clock: MovableClock, ios: bool, texts: list[str]
) -> None:
    gateway = open_gateway(reachability="offline")
    send(gateway, ttl=60, ttlExpiryText="Too late.")
    clock.ahead += 61
    assert states(gateway) == ["BUFFERED", "EXPIRED"]
    gateway.reach(NUMBER, replace(PRESETS["viber"], ios=ios))
    assert [bubble.text for bubble in shown(gateway)] == texts


def test_facebook_knows_no_ttl(open_gateway: OpenGateway, clock: MovableClock) -> None:
    gateway = open_gateway()
    gateway.reach(NUMBER, replace(PRESETS["facebook"], offline=True))
    send(gateway, ttl=60)
    gateway.tick()
    clock.ahead += 61
    assert gateway.tick() == []


def test_seen_comes_after_delivered_only_when_switched_on(open_gateway: OpenGateway, clock: MovableClock) -> None:
    for seen, expected in ((False, []), (True, ["SEEN"])):
        gateway = open_gateway(seen=seen)
        send(gateway)
        assert states(gateway) == ["DELIVERED"]
        clock.ahead += 10
        assert states(gateway) == expected


@pytest.mark.parametrize(("buffered", "told"), [("offline", ["DELIVERED"]), ("fallback", ["BUFFERED", "DELIVERED"])])
def test_a_fallback_is_told_when_the_option_says_so(open_gateway: OpenGateway, buffered: str, told: list[str]) -> None:
    gateway = open_gateway(reachability="sms_only", buffered=buffered)
    send(gateway)
    assert states(gateway) == told


def test_every_message_is_buffered_first_when_the_option_says_so(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(buffered="always")
    send(gateway)
    assert states(gateway) == ["BUFFERED", "DELIVERED"]


def test_viber_rejects_a_bad_ttl_and_a_bad_type_that_the_gateway_let_through(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(ttl_checked=False, matrix="reject")
    bad_ttl, bad_type = send(gateway, ttl=5, **ONLY), send(gateway, imageUrl=IMAGE, **ONLY)
    assert states(gateway) == ["REJECTED", "REJECTED"]
    assert [one.parts[0].error_code for one in (bad_ttl, bad_type)] == ["20", "5"]


CODES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("blocked_error_code", "blocked", {}, {}),
    ("no_user_error_code", "sms_only", {}, {}),
    ("no_device_error_code", "no_device", {}, {}),
    ("ttl_error_code", "viber", {"ttl": 5}, {"ttl_checked": False}),
    ("wait_error_code", "waits", {}, {}),
    ("type_error_code", "viber", {"imageUrl": IMAGE}, {"matrix": "reject"}),
    ("facebook_error_code", "viber", {"imChannels": "FACEBOOK"}, {}),
    ("sms_error_code", "unreachable", {"deliverOnlyViaIM": False}, {}),
    ("expired_error_code", "offline", {"ttl": 60}, {}),
]


@pytest.mark.parametrize(("name", "reachability", "asked", "options"), CODES, ids=[case[0] for case in CODES])
@pytest.mark.parametrize("code", ["77", ""])
def test_each_error_code_is_an_option(
    open_gateway: OpenGateway,
    clock: MovableClock,
    name: str,
    reachability: str,
    asked: dict[str, Any],
    options: dict[str, Any],
    code: str,
) -> None:
    gateway = open_gateway(reachability=reachability, **options, **{name: code})
    status = send(gateway, **{**ONLY, **asked})
    gateway.tick()
    clock.ahead += 60
    gateway.tick()
    assert status.is_final
    assert status.parts[0].error_code == code


def test_codes_that_are_the_same_stand_for_each_of_their_reasons(open_gateway: OpenGateway) -> None:
    for name in ("sms_only", "blocked", "no_device"):
        gateway = open_gateway(
            reachability=name, no_user_error_code="7", blocked_error_code="7", no_device_error_code="7"
        )
        status = send(gateway, **ONLY)
        assert states(gateway) == ["UNDELIVERABLE"]
        assert status.parts[0].error_code == "7"


def test_the_first_message_may_not_be_a_promotion(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    refused = send(gateway, messagePurpose="promotion", **ONLY)
    assert states(gateway) == ["REJECTED"]
    assert refused.parts[0].error_code == "21"
    send(gateway, messagePurpose="transaction", **ONLY)
    send(gateway, messagePurpose="promotion", **ONLY)
    assert states(gateway) == ["DELIVERED", "DELIVERED"]


def test_opt_in_when_demanded_is_a_message_from_the_phone(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(opt_in=True)
    send(gateway, **ONLY)
    assert states(gateway) == ["REJECTED"]
    gateway.write(NUMBER, "hello")
    send(gateway, **ONLY)
    assert states(gateway) == ["DELIVERED"]


def test_who_writes_has_unblocked_and_stop_blocks_when_the_option_says_so(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(stop_blocks=True, reachability="blocked")
    gateway.write(NUMBER, "hello")
    assert not gateway.phones.get(NUMBER).reach.blocked
    gateway.write(NUMBER, " stop ")
    assert gateway.phones.get(NUMBER).reach.blocked


def test_who_writes_stays_blocked_and_waited_for_when_the_option_says_so(open_gateway: OpenGateway) -> None:
    for reachability in ("blocked", "waits"):
        gateway = open_gateway(writing_unblocks=False, reachability=reachability)
        gateway.write(NUMBER, "hello")
        assert gateway.phones.get(NUMBER).reach == PRESETS[reachability]


def test_a_lost_part_makes_the_whole_undeliverable(open_gateway: OpenGateway) -> None:
    for rule, state in (("worst", "UNDELIVERABLE"), ("best", "DELIVERED")):
        gateway = open_gateway(reachability="sms_only", overall_state=rule)
        gateway._deliveries._part_is_lost = lambda _status, part: part == 1
        status = send(gateway, message="x" * 100)
        assert states(gateway) == [state]
        assert [part.error_code for part in status.parts] == ["", "1"]


@pytest.mark.parametrize(
    ("parts", "worst", "best"),
    [
        (["DELIVERED", "BUFFERED"], "BUFFERED", "BUFFERED"),
        (["DELIVERED", "EXPIRED"], "EXPIRED", "DELIVERED"),
        (["EXPIRED", "UNDELIVERABLE"], "UNDELIVERABLE", "UNDELIVERABLE"),
        (["REJECTED", "UNDELIVERABLE"], "REJECTED", "REJECTED"),
        (["SEEN", "DELIVERED"], "DELIVERED", "SEEN"),
        (["SEEN", "SEEN"], "SEEN", "SEEN"),
    ],
)
def test_the_overall_state_is_that_of_the_parts(parts: list[str], worst: str, best: str) -> None:
    assert (overall(parts, "worst"), overall(parts, "best")) == (worst, best)


def test_a_reply_names_the_last_message_shown_unless_said(open_gateway: OpenGateway) -> None:
    gateway = open_gateway()
    assert gateway.write(NUMBER, "unprompted").original_request_id == ""
    first, second = send(gateway), send(gateway)
    assert gateway.write(NUMBER, "1").original_request_id == second.request_id
    assert gateway.write(NUMBER, "1", reply_to=first.request_id).original_request_id == first.request_id
    assert gateway.write(NUMBER, "1", reply_to="").original_request_id == ""


def test_a_reply_is_addressed_to_the_account_that_wrote_last(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(accounts=(Account("a", "1", "first"), Account("b", "2", "second")))
    assert gateway.write(NUMBER, "hello").account == "first"
    gateway.accept(gateway.options.accounts[1], {"from": "Two", "to": NUMBER, "message": "hi"})
    assert gateway.write(NUMBER, "hello").account == "second"
    assert gateway.write(NUMBER, "hello", account="first").account == "first"


def test_a_status_is_kept_90_days_after_its_end_and_only_for_its_account(
    open_gateway: OpenGateway, clock: MovableClock
) -> None:
    mine, other = Account("a", "1", "first"), Account("b", "2", "second")
    gateway = open_gateway(accounts=(mine, other))
    request_id = gateway.accept(mine, {"from": "One", "to": NUMBER, "message": "hi"}).request_id
    assert gateway.status(mine, request_id) is not None
    assert gateway.status(other, request_id) is None
    clock.ahead += 90 * 86_400
    assert gateway.status(mine, request_id) is not None
    clock.ahead += 1
    assert gateway.status(mine, request_id) is None


def test_memory_is_bounded(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(kept_sends=10, kept_phones=5, kept_messages=3, reachability="offline")
    for index in range(3000):
        send(gateway, to=f"+4916200000{index % 20:02}", message=str(index))
        gateway.tick()
    assert len(gateway.statuses()) == 10
    assert len(gateway.phones) == 5
    assert len(gateway.posts) <= 20
    assert len(gateway._deliveries._agenda) <= 1100
    assert sum(map(len, gateway._deliveries._waiting.values())) == 10
    gateway.reach(None, PRESETS["viber"])
    for index in range(20):
        send(gateway, message=str(index))
    gateway.tick()
    assert len(shown(gateway)) == 3


def test_ids_are_repeatable_and_look_like_the_manuals(open_gateway: OpenGateway) -> None:
    ids = [[send(gateway).request_id for _ in range(2)] for gateway in (open_gateway(), open_gateway())]
    assert ids[0] == ids[1]
    assert ids[0][0] != ids[0][1]
    prefix, *rest = ids[0][0].split("-")
    assert (prefix, [len(part) for part in rest]) == ("12", [8, 4, 4, 4, 12])


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="sms_only"):
        preset("telepathy")
