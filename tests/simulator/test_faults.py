"""Faults on a real socket: what the client sees, and whether the message was accepted all the same."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest

from chatbot.errors import ConfigError
from chatbot.simulator.faults import REQUEST_FAULTS, Faults

OpenSite = Callable[..., Any]
ACCEPTED_ALL_THE_SAME = {"bad_gateway", "reset_after", "truncated", "garbage"}


async def accepted(site: Any) -> int:
    return int((await site.client.get("/_control/sends")).json()["total"])


async def what_happens(site: Any) -> str:
    try:
        answer = await site.send()
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


def drawn(seed: int) -> list[str]:
    faults = Faults(Random(seed))
    faults.set_rates({"error_500": 0.3, "reset_after": 0.3})
    return [faults.of_request() for _ in range(2000)]


def test_a_seed_makes_faults_repeatable_and_rates_hold() -> None:
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    for name, share in (("error_500", 0.3), ("reset_after", 0.3), ("", 0.4)):
        assert drawn(3).count(name) / 2000 == pytest.approx(share, abs=0.05)


def test_unknown_faults_and_rates_are_refused() -> None:
    faults = Faults(Random(1))
    with pytest.raises(ConfigError, match="receipt_lost"):
        faults.set_rates({"meteor": 1})
    with pytest.raises(ConfigError, match="0 to 1"):
        faults.set_rates({"error_500": 1.5})
    with pytest.raises(ConfigError, match="error_500"):
        faults.set_coming(["receipt_lost"])
