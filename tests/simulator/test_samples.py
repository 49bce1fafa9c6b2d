"""The manual's own samples, verbatim: its curl commands, and the keys of its notifications and inbound messages."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from chatbot.simulator import Options, create_app
from chatbot.simulator.inbound import InboundMessage, body

OpenClient = Callable[..., httpx.AsyncClient]
MANUALS_URL = "https://rest.tyntec.com"
ID = "12-75cfafba-8799-4f2b-8505-ece6af6abf01"

HELLO_WORLD = """
curl -u username:password -X POST -H "Content-Type: application/json" -d '{"from":"MyCompany",
"to":"+491622943176", "message":"Hello World!"}' https://rest.tyntec.com/messaging/im/v1/outbound/requests
"""
BASIC_EXAMPLE = """
curl
-u username:password
-X POST
-H "Content-Type: application/json"
-d '{
  "from": "MyCompany",
  "to": "+491622943176",
  "message": "This is an example."
}'
https://rest.tyntec.com/messaging/im/v1/outbound/requests
"""
STATUS = "curl https://username:password@rest.tyntec.com/messaging/im/v1/outbound/requests/%s/status"

IM = """
{"deliveryChannel": {"channel": "IM", "ott": "Viber"}, "from": "MyCompany", "overallState": "DELIVERED",
 "requestId": "12-75cfafba-8799-4f2b-8505-ece6af6abf01",
 "sendParts": [{"contentExcerpt": "http://www.example.c", "currency": "EUR", "deliveryState": "DELIVERED",
                "deliveryStateDate": 1454066954667, "errorCode": "", "messagePartId": 1}],
 "size": 1, "to": "+4917912345678", "userContext": null}
"""
SMS = """
{"deliveryChannel": {"channel": "SMS", "mccmnc": null, "ttid": "16"}, "from": "MyCompany", "overallState": "DELIVERED",
 "requestId": "12-75cfafba-8799-4f2b-8505-ece6af6abf01",
 "sendParts": [
   {"contentExcerpt": "http://www.example.c", "currency": "EUR", "deliveryState": "DELIVERED",
    "deliveryStateDate": 1454066954667, "errorCode": "", "messagePartId": 1, "price": 0.5,
    "priceEffective": 1454067015769, "sentDate": 1454066949962},
   {"contentExcerpt": "This is a test.", "currency": "EUR", "deliveryState": "DELIVERED",
    "deliveryStateDate": 1454066954631, "errorCode": "", "messagePartId": 2, "price": 0.5,
    "priceEffective": 1454067015769, "sentDate": 1454066949994}],
 "size": 2, "to": "+4917912345678", "userContext": null}
"""
INBOUND = """{
  "from":"+491622943176",
  "to":"customer_account",
  "message":"This is an example.",
  "sentDate":"1454066954667",
  "requestId":"12-75cfafba-8799-4f2b-8505-ece6af6abf01",
  "originalRequestId":"f595e75b-2808-4def-883c-82913b7f8365",
}"""


def without_values(value: Any) -> Any:
    """Replace values that differ from run to run (ids and dates) by their type."""
    if isinstance(value, dict):
        return {key: without_values(one) for key, one in value.items()}
    if isinstance(value, list):
        return [without_values(one) for one in value]
    return "an id" if isinstance(value, str) and value.startswith("12-") else "a date" if _is_date(value) else value


def _is_date(value: Any) -> bool:
    return isinstance(value, int) and value > 1_000_000_000_000


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_manuals_curl_commands_work_word_for_word(serve_app: Callable[..., str]) -> None:
    url = serve_app(create_app(Options(delivery_delay=0.0)))

    def run(command: str) -> dict[str, Any]:
        here = command.replace(MANUALS_URL, url).replace(
            "https://username:password@rest.tyntec.com", url.replace("http://", "http://username:password@")
        )
        done = subprocess.run(
            [*shlex.split(here), "-sS", "--noproxy", "*"], capture_output=True, check=True, timeout=20
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    for sample in (HELLO_WORLD, BASIC_EXAMPLE):
        accepted = run(sample)
        assert list(accepted) == ["requestId", "errorText"]
        assert accepted["errorText"] == ""
        status = run(STATUS % accepted["requestId"])
        assert status["requestId"] == accepted["requestId"]
        assert status["overallState"] == "DELIVERED"
    assert run(STATUS % ID)["requestId"] == ID


@pytest.mark.parametrize(
    ("sample", "reachability", "asked"),
    [
        (
            IM,
            "viber",
            {"buttonCaption": "See", "buttonActionUrl": "http://www.example.com/", "message": "This is a test."},
        ),
        (SMS, "sms_only", {"imChannels": "FACEBOOK", "message": "This is a test."}),
    ],
)
async def test_a_notification_is_the_manuals_but_for_ids_and_dates(
    open_client: OpenClient, sample: str, reachability: str, asked: dict[str, Any]
) -> None:
    client = open_client(reachability=reachability)
    parameters = {"from": "MyCompany", "to": "+4917912345678", "message": "This is a test.", **asked}
    parameters["imageUrl"] = "http://www.example.com/image.png"
    accepted = await client.post("/messaging/im/v1/outbound/requests", json=parameters)
    request_id = accepted.json()["requestId"]
    answer = await client.get(f"/messaging/im/v1/outbound/requests/{request_id}/status")
    assert without_values(answer.json()) == without_values(json.loads(sample))
    assert list(answer.json()) == list(json.loads(sample))


def test_an_inbound_message_is_the_manuals_with_and_without_its_trailing_comma() -> None:
    message = InboundMessage(
        "customer_account",
        "+491622943176",
        "This is an example.",
        ID,
        1454066954.667,
        "f595e75b-2808-4def-883c-82913b7f8365",
        "Viber",
    )
    compact = INBOUND.replace("\n", "").replace("  ", "")
    assert body(message, Options(inbound_comma=True)).decode() == compact
    assert body(message, Options()).decode() == compact.replace(",}", "}")


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [
        ({"inbound_date": "number"}, "sentDate", 1454066954667),
        ({"inbound_date": "iso"}, "sentDate", "2016-01-29T11:29:14.667+00:00"),
        ({"inbound_number": "00"}, "from", "00491622943176"),
        ({"inbound_number": ""}, "from", "491622943176"),
        ({"inbound_ott": True}, "ott", "Viber"),
        ({"empty_original": True}, "originalRequestId", ""),
    ],
)
def test_the_readings_that_gateway_md_leaves_open_are_options(options: dict[str, Any], key: str, value: object) -> None:
    message = InboundMessage("customer_account", "+491622943176", "hi", ID, 1454066954.667, "", "Viber")
    assert json.loads(body(message, Options(**options)))[key] == value
    assert set(json.loads(body(message, Options()))) == {"from", "to", "message", "sentDate", "requestId"}


async def test_receipts_can_have_the_tables_names_and_numbers_as_strings(open_client: OpenClient) -> None:
    client = open_client(receipt_names="table", receipt_strings=True, reachability="sms_only")
    parameters = {"from": "MyCompany", "to": "+4917912345678", "message": "hi"}
    request_id = (await client.post("/messaging/im/v1/outbound/requests", json=parameters)).json()["requestId"]
    answer = (await client.get(f"/messaging/im/v1/outbound/requests/{request_id}/status")).json()
    (part,) = answer["sendParts"]
    assert (part["deliveryStatus"], part["doneDate"], part["price"]) == ("DELIVERED", "1600000000000", "0.5")
    assert "deliveryState" not in part
    assert (answer["size"], answer["overallPrice"]) == ("1", "0.5")
