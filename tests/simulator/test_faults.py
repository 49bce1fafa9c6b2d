"""Faults on a real socket: what the client sees, and whether the message was accepted all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from chatbot.errors import ConfigError
from chatbot.simulator.faults import REQUEST_FAULTS, Faults, check_coming, check_rates
from chatbot.simulator.options import Options

OpenSite = Callable[..., Any]
NUMBER = "+491622943176"
ACCEPTED_ALL_THE_SAME = {"bad_gateway", "reset_after", "truncated", "garbage"}


async def accepted(site: Any) -> int:
    return int((await site.client.get("/_control/sends")).json()["total"])


async def what_happens(site: Any, **parameters: Any) -> str:
    try:
        answer = await site.send(**parameters)
    except httpx.TransportError as error:
        return type(error).__name__
    if answer.status_code == 429:
        return f"429 after {answer.headers['retry-after']}"
    try:
        return f"{answer.status_code} {'/'.join(answer.json())}"
    except ValueError:
        return f"{answer.status_code} no JSON"


SEEN = {
    "error_500": "500 requestId/responseText",
    "error_503": "503 requestId/responseText",
    "error_403": "403 requestId/responseText",
    "error_429": "429 after 7",
    "bad_gateway": "502 no JSON",
    "reset_before": "ReadError",
    "reset_after": "ReadError",
    "truncated": "RemoteProtocolError",
    "garbage": "200 no JSON",
}


async def test_each_fault_does_what_its_name_says_and_the_next_send_is_fine(open_site: OpenSite) -> None:
    site = open_site(retry_after=7)
    assert set(SEEN) == set(REQUEST_FAULTS)
    for name, expected in SEEN.items():
        before = await accepted(site)
        await site.pull("faults", coming=[name])
        assert (name, await what_happens(site)) == (name, expected)
        assert await accepted(site) - before == (name in ACCEPTED_ALL_THE_SAME), name
        assert await what_happens(site) == "200 requestId/errorText"


async def test_every_post_is_counted_whatever_was_answered(open_site: OpenSite) -> None:
    site = open_site()
    await site.pull("faults", coming=["error_500", "reset_after", "", "error_429"])
    for _ in range(5):
        await what_happens(site)
    sends = (await site.client.get("/_control/sends")).json()["sends"]
    assert [(one["posts"], one["accepted"]) for one in sends] == [(5, 3)] * 3


async def test_receipts_can_be_lost_doubled_and_reordered(open_site: OpenSite, bot: Any) -> None:
    site = open_site(reorder_delay=60.0)
    for rates, receipts in (({"receipt_lost": 1}, 0), ({"receipt_lost": 0, "receipt_doubled": 1}, 2)):
        bot.posts.clear()
        await site.pull("faults", rates=rates)
        await site.send()
        await site.pull("settle")
        assert len(bot.receipts) == receipts
    bot.posts.clear()
    await site.pull("faults", rates={"receipt_doubled": 0, "receipt_reordered": 1}, seed=1)
    first = (await site.send()).json()["requestId"]
    await site.pull("settle")
    await site.pull("faults", rates={"receipt_reordered": 0})
    second = (await site.send()).json()["requestId"]
    await site.pull("settle")
    await site.pull("advance", seconds=60)
    assert [receipt["requestId"] for receipt in bot.receipts] == [second, first]


async def test_an_early_receipt_arrives_before_the_answer(open_site: OpenSite, bot: Any) -> None:
    site = open_site(delivery_delay=3600.0, receipt_delay=3600.0)
    await site.pull("faults", rates={"receipt_early": 1})
    answer = await site.send()
    assert [receipt["requestId"] for receipt in bot.receipts] == [answer.json()["requestId"]]


async def test_latency_is_waited_before_the_answer(open_site: OpenSite) -> None:
    site = open_site()
    await site.pull("faults", latency=0.2)
    patience = httpx.Timeout(10, read=0.05)
    with pytest.raises(httpx.ReadTimeout):
        await site.client.get("/messaging/im/v1/outbound/requests/12-x/status", timeout=patience)


async def test_a_message_whose_client_gave_up_waiting_is_accepted(open_site: OpenSite) -> None:
    site = open_site(latency=0.3)
    with pytest.raises(httpx.ReadTimeout):
        await site.client.post(
            "/messaging/im/v1/outbound/requests",
            json={"from": "MyCompany", "to": "+491622943176", "message": "x"},
            timeout=httpx.Timeout(10, read=0.15),
        )
    await site.send()  # takes as long, and so is answered after the first one was taken
    assert await accepted(site) == 2


async def test_a_reset_in_process_is_what_a_client_would_see(open_client: Callable[..., httpx.AsyncClient]) -> None:
    client = open_client()
    await client.post("/_control/faults", json={"coming": ["reset_after"]})
    with pytest.raises(httpx.RequestError):
        await client.post(
            "/messaging/im/v1/outbound/requests", json={"from": "M", "to": "+491622943176", "message": "x"}
        )
    assert (await client.get("/_control/sends")).json()["total"] == 1


# One phone or all

OTHER = "+491700000000"


async def seen_by(site: Any, *numbers: str) -> list[int]:
    return [(await site.send(to=number)).status_code for number in numbers]


async def test_faults_can_be_aimed_at_one_phone_however_its_number_is_written(open_site: OpenSite) -> None:
    site = open_site()
    aimed = await site.pull("faults", number="00491622943176", rates={"error_500": 1})
    assert aimed == {"number": NUMBER, "rates": {"error_500": 1}, "coming": [], "latency": 0}
    assert await seen_by(site, NUMBER, "491622943176", OTHER) == [500, 500, 200]


async def test_a_fault_that_is_coming_waits_for_the_phone_that_it_is_meant_for(open_site: OpenSite) -> None:
    site = open_site()
    await site.pull("faults", coming=["error_429"])
    await site.pull("faults", number=NUMBER, coming=["error_500", "", "error_503"])
    assert await seen_by(site, OTHER, OTHER, NUMBER, NUMBER, NUMBER, NUMBER) == [429, 200, 500, 200, 503, 200]


async def test_one_phone_can_be_spared_what_strikes_all_until_all_are_set_again(open_site: OpenSite) -> None:
    site = open_site()
    await site.pull("faults", rates={"error_500": 1})
    await site.pull("faults", number=NUMBER, rates={"error_500": 0}, coming=["error_503"], latency=0.01)
    assert await seen_by(site, OTHER, NUMBER, NUMBER) == [500, 503, 200]
    faults = (await site.state())["faults"]
    assert faults["phones"] == {NUMBER: {"rates": {"error_500": 0}, "coming": [], "latency": 0.01}}
    await site.pull("faults", rates={"error_500": 1}, coming=[], latency=0)
    assert await seen_by(site, OTHER, NUMBER) == [500, 500]
    assert (await site.state())["faults"]["phones"] == {}


async def test_latency_can_be_aimed_at_one_phone_its_status_queries_included(open_site: OpenSite) -> None:
    site = open_site()
    request_id = (await site.send()).json()["requestId"]
    await site.pull("faults", number=NUMBER, latency=0.5)
    assert await seen_by(site, OTHER) == [200]
    site.client.timeout = httpx.Timeout(10, read=0.05)
    with pytest.raises(httpx.ReadTimeout):
        await site.send()
    with pytest.raises(httpx.ReadTimeout):
        await site.client.get(f"/messaging/im/v1/outbound/requests/{request_id}/status")


async def test_what_strikes_receipts_messages_and_queries_can_be_aimed_too(open_site: OpenSite, bot: Any) -> None:
    site = open_site(delivery_delay=3600.0)
    ids = [(await site.send(to=number)).json()["requestId"] for number in (NUMBER, OTHER)]
    rates = {"receipt_lost": 1, "inbound_doubled": 1, "status_500": 1}
    await site.pull("faults", number=NUMBER, rates=rates)
    for number in (NUMBER, OTHER):
        await site.pull("inbound", number=number, text="hi")
    await site.pull("advance", seconds=3600)
    assert [receipt["to"] for receipt in bot.receipts] == [OTHER]
    assert sorted(message["from"] for message in bot.messages) == [NUMBER, NUMBER, OTHER]
    asked = [await site.client.get(f"/messaging/im/v1/outbound/requests/{one}/status") for one in ids]
    assert [answer.status_code for answer in asked] == [500, 200]


@pytest.mark.parametrize("given", [{"seed": 1}, {"retryAfter": 1}])
async def test_what_all_phones_share_cannot_be_aimed(open_site: OpenSite, given: dict[str, int]) -> None:
    refused = await open_site().client.post("/_control/faults", json={"number": NUMBER, **given})
    assert (refused.status_code, refused.json()["error"]) == (400, "seed and retryAfter are for all phones: no number")


# What a seed repeats

RATES = {
    **dict.fromkeys(["error_500", "bad_gateway", "reset_after", "status_500"], 0.2),
    **dict.fromkeys(["receipt_lost", "receipt_doubled", "inbound_doubled", "sms_part_lost"], 0.4),
}


async def one_phones_day(site: Any, bot: Any, crowd: int) -> list[Any]:
    """Send to one phone, ask for it and write on it, while ``crowd`` others do; give what was seen of that one."""
    bot.posts.clear()
    seen: list[Any] = []
    for index in range(12):
        for other in range(crowd):
            await what_happens(site, to=f"+49170000{other:04}")
            await site.client.get("/messaging/im/v1/outbound/requests/12-x/status")
            await site.pull("inbound", number=f"+49170000{other:04}", text="hi")
        seen.append(await what_happens(site, message=f"{index} ".ljust(100, "x")))
        await site.pull("inbound", number=NUMBER, text=f"{index}")
        if crowd or index % 3:
            await site.pull("settle")
    await site.pull("settle")
    sends = (await site.client.get("/_control/sends", params={"to": NUMBER})).json()["sends"][-5:]
    queries = [f"/messaging/im/v1/outbound/requests/{send['requestId']}/status" for send in sends]
    seen += [(await site.client.get(query)).status_code for query in queries]
    receipts = [
        (one["sendParts"][0]["contentExcerpt"], [part["deliveryState"] for part in one["sendParts"]])
        for one in bot.receipts
        if one["to"] == NUMBER
    ]
    return [*seen, sorted(receipts), sorted(one["message"] for one in bot.messages if one["from"] == NUMBER)]


async def test_the_same_seed_and_sends_give_one_phone_the_same_faults_whatever_the_others_do(
    open_site: OpenSite, bot: Any
) -> None:
    days = []
    for crowd in (0, 3):
        site = open_site(seed=7, reachability="sms_only", receipt_retry=0.0)
        await site.pull("faults", rates=RATES)
        days.append(await one_phones_day(site, bot, crowd))
    assert days[0] == days[1]
    await site.pull("faults", seed=8)
    assert await one_phones_day(site, bot, 1) != days[0]
    await site.pull("faults", seed=7)
    assert await one_phones_day(site, bot, 2) == days[0]
    await site.pull("reset")
    await site.pull("phones", reachability="sms_only")
    await site.pull("faults", rates=RATES)
    assert await one_phones_day(site, bot, 0) == days[0]


def drawn(seed: int | None, number: str = NUMBER, kept_phones: int = 9) -> list[str]:
    faults = Faults(Options(seed=seed, kept_phones=kept_phones))
    faults.set(None, rates={"error_500": 0.3, "reset_after": 0.3})
    return [faults.of_send(number)[0] for _ in range(2000)]


def test_a_seed_makes_faults_repeatable_and_rates_hold() -> None:
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert drawn(1) != drawn(1, OTHER)
    assert drawn(None) != drawn(None)
    for name, share in (("error_500", 0.3), ("reset_after", 0.3), ("", 0.4)):
        assert drawn(3).count(name) / 2000 == pytest.approx(share, abs=0.05)


def test_no_fault_decides_whether_another_one_strikes() -> None:
    def strikes(**rates: float) -> list[bool]:
        faults = Faults(Options(seed=1))
        faults.set(None, rates={"receipt_lost": 0.5, **rates})
        struck = []
        for _ in range(100):
            _, nth = faults.of_send(NUMBER)
            faults.strikes("receipt_doubled", NUMBER, nth)
            struck.append(faults.strikes("receipt_lost", NUMBER, nth))
        return struck

    assert strikes() == strikes(receipt_doubled=0.5, error_500=0.5)
    assert 30 < sum(strikes()) < 70


def test_more_phones_than_are_kept_do_not_meet_the_same_faults_again_and_again() -> None:
    faults = Faults(Options(seed=1, kept_phones=2))
    faults.set(None, rates={"error_500": 0.5})
    seen = [[faults.of_send(f"+49170000000{phone}")[0] for phone in range(7)] for _ in range(200)]
    for of_one_phone in zip(*seen, strict=True):
        assert of_one_phone.count("error_500") / 200 == pytest.approx(0.5, abs=0.15)


def test_unknown_faults_and_rates_are_refused() -> None:
    with pytest.raises(ConfigError, match="receipt_lost"):
        check_rates({"meteor": 1})
    with pytest.raises(ConfigError, match="0 to 1"):
        check_rates({"error_500": 1.5})
    with pytest.raises(ConfigError, match="error_500"):
        check_coming(["receipt_lost"])
