"""The levers, and who may pull them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from chatbot.simulator import Options, create_app

OpenClient = Callable[..., httpx.AsyncClient]
OpenSite = Callable[..., Any]
NUMBER = "+491622943176"
SEND = "/messaging/im/v1/outbound/requests"
HELLO = {"from": "MyCompany", "to": NUMBER, "message": "Hello World!"}


async def test_one_phone_and_all_phones_can_be_made_unreachable(open_client: OpenClient) -> None:
    client = open_client()
    other = {**HELLO, "to": "+491700000000"}
    await client.post("/_control/phones", json={"number": NUMBER, "reachability": "sms_only"})
    for body in (HELLO, other):
        await client.post(SEND, json=body)
    await client.post("/_control/phones", json={"reachability": "unreachable"})
    for body in (HELLO, other, {**HELLO, "to": "+491700000001"}):
        await client.post(SEND, json=body)
    sends = (await client.get("/_control/sends")).json()["sends"]
    assert [(one["channel"], one["state"]) for one in sends] == [
        ("SMS", "DELIVERED"),
        ("VIBER", "DELIVERED"),
        *[("SMS", "UNDELIVERABLE")] * 3,
    ]


async def test_single_flags_change_what_was_set(open_client: OpenClient) -> None:
    client = open_client()
    await client.post("/_control/phones", json={"number": NUMBER, "reachability": "both"})
    answer = await client.post("/_control/phones", json={"number": NUMBER, "reachability": {"offline": True}})
    reach = answer.json()["reachability"]
    assert (reach["facebook"], reach["offline"]) == (True, True)


async def test_sends_can_be_listed_by_number_and_from_the_end(open_client: OpenClient) -> None:
    client = open_client()
    for text, to in (("1", NUMBER), ("2", "+491700000000"), ("3", NUMBER)):
        await client.post(SEND, json={**HELLO, "message": text, "to": to})

    async def listed(query: str) -> list[str]:
        sends = (await client.get(f"/_control/sends{query}")).json()["sends"]
        return [one["request"]["text"] for one in sends]

    assert await listed("") == ["1", "2", "3"]
    assert await listed("?to=%2B491622943176") == ["1", "3"]
    assert await listed("?to=491622943176&last=1") == ["3"]
    assert await listed("?last=0") == []


async def test_the_state_lists_everything_but_passwords(open_client: OpenClient) -> None:
    client = open_client()
    await client.post(SEND, json=HELLO)
    await client.post("/_control/faults", json={"rates": {"error_500": 0.5}, "coming": ["garbage"]})
    state = (await client.get("/_control/state")).json()
    assert state["faults"] == {"rates": {"error_500": 0.5}, "coming": ["garbage"], "phones": {}}
    assert state["phones"][0]["number"] == NUMBER
    assert state["sends"] == 1
    assert state["options"]["inbound_retry"] == 10.0
    assert "'password'" not in str(state["options"]["accounts"])


async def test_reset_forgets_everything(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    bot.answers = [503]
    await site.pull("faults", rates={"receipt_lost": 1}, latency=0.01)
    await site.send()
    await site.pull("inbound", number=NUMBER, text="hi")
    await site.pull("settle")
    await site.pull("reset")
    state = await site.state()
    assert (state["sends"], state["phones"], state["posted"], state["latency"]) == (0, [], [], 0.0)
    assert state["callbacks"]["waiting"] == 0
    assert state["faults"]["rates"] == {}
    await site.send()
    await site.pull("settle")
    assert len(bot.receipts) == 1


async def test_the_clock_can_be_moved(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    await site.pull("phones", reachability="offline")
    await site.send(ttl=3600)
    await site.pull("settle")
    before = (await site.state())["now"]
    moved = await site.pull("advance", seconds=3600)
    assert moved["settled"]
    assert moved["now"] >= before + 3600
    assert [receipt["overallState"] for receipt in bot.receipts] == ["BUFFERED", "EXPIRED"]


async def test_the_clock_can_be_moved_a_hundred_years_ahead_in_all_and_no_further(
    open_site: OpenSite, bot: Any
) -> None:
    site = open_site()
    century = 100 * 365.25 * 86_400
    await site.pull("advance", seconds=century)
    for seconds in (1, 1e308, 1e308):
        refused = await site.client.post("/_control/advance", json={"seconds": seconds})
        assert refused.status_code == 400
        assert "is 3155760000 s ahead" in refused.json()["error"]
    await site.send()
    assert await site.pull("settle") == {"settled": True}
    assert len(bot.receipts) == 1


async def test_reset_brings_the_clock_back(open_site: OpenSite, bot: Any) -> None:
    site = open_site(inbound_retry=3600.0)
    before = (await site.state())["now"]
    await site.pull("advance", seconds=86_400)
    await site.pull("reset")
    state = await site.state()
    assert state["ahead"] == 0
    assert before <= state["now"] < before + 3600
    await site.send()
    await site.pull("settle")
    assert len(bot.receipts) == 1


async def test_receipts_can_be_fired_by_hand(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    request_id = (await site.send()).json()["requestId"]
    await site.pull("settle")
    await site.pull("receipt", requestId=request_id, state="UNDELIVERABLE", errorCode="8")
    await site.pull("receipt", requestId="12-unknown", state="MOONED", to="00491700000000", url=f"{bot.url}/elsewhere")
    await site.pull("settle")
    assert [(one["requestId"], one["overallState"]) for one in bot.receipts] == [
        (request_id, "DELIVERED"),
        (request_id, "UNDELIVERABLE"),
        ("12-unknown", "MOONED"),
    ]
    assert bot.receipts[1]["sendParts"][0]["errorCode"] == "8"
    assert (bot.receipts[2]["to"], bot.receipts[2]["path"]) == ("+491700000000", "/callbacks/secret/elsewhere")
    status = await site.client.get(f"{SEND}/{request_id}/status")
    assert status.json()["overallState"] == "DELIVERED"


async def test_inbound_messages_can_be_fired_with_ids_of_choice(open_site: OpenSite, bot: Any) -> None:
    site = open_site()
    for _ in range(2):
        await site.pull("inbound", number=NUMBER, text="", requestId="12-same", replyTo="12-x", account="other")
    await site.pull("settle")
    assert [(one["requestId"], one["originalRequestId"], one["to"]) for one in bot.messages] == [
        ("12-same", "12-x", "other")
    ] * 2


@pytest.mark.parametrize(
    ("lever", "given", "says"),
    [
        ("phones", {"reachability": "telepathy"}, "sms_only"),
        ("phones", {"reachability": {"telepathy": True}}, "facebook"),
        ("phones", {"number": "nobody"}, "phone number"),
        ("faults", {"rates": {"meteor": 1}}, "receipt_lost"),
        ("faults", {"coming": ["meteor"]}, "error_500"),
        ("faults", {"latency": -1}, "latency"),
        ("faults", {"retryAfter": -1}, "retryAfter"),
        ("faults", {"coming": ["error_500", "meteor"], "rates": {"error_500": 1}}, "error_500"),
        ("urls", {"callbackUrl": "nope"}, "callbackUrl: 'nope' is no URL; write http://host or https://host"),
        ("urls", {"inboundUrl": "javascript:alert(1)"}, "inboundUrl: 'javascript:alert(1)' is no URL"),
        ("receipt", {"requestId": "12-x", "url": "nope"}, "url: 'nope' is no URL"),
        ("advance", {"seconds": -1}, "seconds"),
        (
            "advance",
            {"seconds": 1e308},
            "the clock can be moved 100 years ahead, and is 0 s ahead: seconds is 0 to 31557",
        ),
        ("settle", {"seconds": -1}, "seconds is 0 to 3600"),
        ("settle", {"seconds": 1e308}, "seconds is 0 to 3600"),
        ("advance", {"secs": 1}, "does not know secs"),
        ("inbound", {"text": "hi"}, "phone number"),
        ("reset", {"everything": True}, "does not know everything"),
    ],
)
async def test_a_wrong_pull_is_refused_with_what_to_do(
    open_client: OpenClient, lever: str, given: dict[str, Any], says: str
) -> None:
    answer = await open_client().post(f"/_control/{lever}", json=given)
    assert answer.status_code == 400
    assert says in answer.json()["error"]


@pytest.mark.parametrize("last", ["x", "-5", "1.5"])
async def test_a_wrong_count_of_sends_is_refused_with_what_to_write(open_client: OpenClient, last: str) -> None:
    answer = await open_client().get("/_control/sends", params={"last": last})
    assert (answer.status_code, answer.json()) == (400, {"error": f"last={last}: write how many, 0 or more"})


async def test_a_wrong_pull_changes_nothing(open_client: OpenClient) -> None:
    client = open_client()
    before = (await client.get("/_control/state")).json()
    for lever, given in (
        ("faults", {"rates": {"error_500": 1}, "coming": ["meteor"]}),
        ("faults", {"rates": {"error_500": 1}, "latency": 9999}),
        ("urls", {"callbackUrl": "http://127.0.0.1:9", "inboundUrl": "nope"}),
    ):
        assert (await client.post(f"/_control/{lever}", json=given)).status_code == 400
    assert (await client.get("/_control/state")).json() == before


async def test_an_empty_list_clears_the_faults_that_are_coming(open_client: OpenClient) -> None:
    client = open_client()
    await client.post("/_control/faults", json={"coming": ["error_500", "garbage"]})
    untouched = await client.post("/_control/faults", json={"rates": {}})
    assert untouched.json()["coming"] == ["error_500", "garbage"]
    cleared = await client.post("/_control/faults", json={"coming": []})
    assert cleared.json()["coming"] == []
    assert (await client.post(SEND, json=HELLO)).status_code == 200


@pytest.mark.parametrize("path", ["/_control/state", "/phone/", f"/phone/{NUMBER}", "/phone/pages/phone.js"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8080"}, 200),
        ({"host": "localhost"}, 200),
        ({"host": "[::1]:8080"}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": ""}, 403),
        ({"host": "[::1"}, 403),
        ({"host": "127.0.0.1", "origin": "http://evil.example"}, 403),
        ({"host": "127.0.0.1", "origin": "null"}, 403),
        ({"host": "127.0.0.1:80", "origin": "http://127.0.0.1:80"}, 200),
    ],
)
async def test_foreign_hosts_and_foreign_pages_are_kept_out(
    open_client: OpenClient, path: str, headers: dict[str, str], status: int
) -> None:
    assert (await open_client().get(path, headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("address", "loopback_only", "status"),
    [("192.0.2.7", True, 403), ("192.0.2.7", False, 200), ("::1", True, 200), ("127.0.0.9", True, 200)],
)
async def test_other_machines_are_kept_out_unless_the_option_says_so(
    address: str, loopback_only: bool, status: int
) -> None:
    transport = httpx.ASGITransport(create_app(Options(loopback_only=loopback_only)), client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        assert (await client.get("/_control/state")).status_code == status
        answer = await client.post(SEND, json=HELLO, auth=("username", "password"))
        assert answer.status_code == 200
