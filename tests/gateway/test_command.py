"""The simulator as its command starts it, used by clients that nobody here wrote: curl and requests."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests

from chatbot.flows.flow import Flow, NoData
from chatbot.flows.state import State

# What the fixtures of conftest.py give.
OpenSite = Callable[..., Any]
OpenBot = Callable[..., Awaitable[Any]]
Start = Callable[..., AbstractContextManager[Any]]

NUMBER = "+491622943176"
ID = "12-75cfafba-8799-4f2b-8505-ece6af6abf01"
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")

# The manual's examples, letter by letter; only the address is replaced.
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
STATUS = f"curl https://username:password@rest.tyntec.com/messaging/im/v1/outbound/requests/{ID}/status"
INBOUND = """
curl
-X POST
-H "Content-Type: application/json"
-d
'{
  "from":"+491622943176",
  "to":"customer_account",
  "message":"This is an example.",
  "sentDate":"1454066954667",
  "requestId":"12-75cfafba-8799-4f2b-8505-ece6af6abf01",
  "originalRequestId":"f595e75b-2808-4def-883c-82913b7f8365",
}'
https://rest.customer.com/inboundmessages/
"""
DOCUMENTED = """
{"deliveryChannel": {"channel": "IM", "ott": "Viber"}, "from": "MyCompany", "overallState": "DELIVERED",
 "requestId": "%s",
 "sendParts": [{"contentExcerpt": "%s", "currency": "EUR", "deliveryState": "DELIVERED",
                "deliveryStateDate": 1454066954667, "errorCode": "", "messagePartId": 1}],
 "size": 1, "to": "+491622943176", "userContext": null}
"""


@pytest.fixture(scope="module")
def simulator(start_simulator: Start) -> Iterator[Any]:
    with start_simulator("--option", "delivery_delay=0") as command:
        yield command


def curl(example: str, *, gateway: str = "", bot: str = "") -> tuple[int, str]:
    """Run an example of the manual at another address; give the status and the body."""
    here = example.replace("https://rest.customer.com/inboundmessages/", bot)
    here = here.replace("https://rest.tyntec.com", gateway)
    here = here.replace("@rest.tyntec.com", "@" + gateway.removeprefix("http://"))
    here = here.replace("https://username", "http://username")
    done = subprocess.run(
        [*shlex.split(here), "-sS", "--noproxy", "*", "-w", "\n%{http_code}"],
        capture_output=True,
        check=True,
        timeout=30,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


@needs_curl
@pytest.mark.parametrize(
    ("example", "text"),
    [(HELLO_WORLD, "Hello World!"), (BASIC_EXAMPLE, "This is an example.")],
    ids=["hello-world", "basic-example"],
)
def test_the_manuals_sends_are_answered_with_the_documented_body(simulator: Any, example: str, text: str) -> None:
    status, body = curl(example, gateway=simulator.url)
    assert status == 200
    assert re.fullmatch(r'\{"requestId":"12-[0-9a-f-]{36}","errorText":""\}', body)
    status, body = curl(STATUS.replace(ID, json.loads(body)["requestId"]), gateway=simulator.url)
    notification = json.loads(body)
    expected = json.loads(DOCUMENTED % (notification["requestId"], text))
    expected["sendParts"][0]["deliveryStateDate"] = notification["sendParts"][0]["deliveryStateDate"]
    assert (status, list(notification)) == (200, list(expected))
    assert notification == expected


@needs_curl
def test_the_manuals_query_of_an_id_that_was_never_given_is_404(simulator: Any) -> None:
    status, body = curl(STATUS, gateway=simulator.url)
    words = "The requested message notification cannot be retrieved."
    assert (status, json.loads(body)) == (404, {"requestId": ID, "responseText": words})


@needs_curl
def test_a_refusal_has_the_documented_body(simulator: Any) -> None:
    status, body = curl(BASIC_EXAMPLE.replace("This is an example.", ""), gateway=simulator.url)
    assert status == 400
    assert re.fullmatch(r'\{"requestId":"12-[0-9a-f-]{36}","responseText":"Message is empty\."\}', body)


@needs_curl
async def test_the_manuals_inbound_message_is_accepted_by_a_bot(open_site: OpenSite, open_bot: OpenBot) -> None:
    class Greeter(Flow[NoData]):
        hello = State("Hello", initial=True)

    site = open_site()
    bot = await open_bot(Greeter, site)
    assert await asyncio.to_thread(curl, INBOUND, bot=bot.callback_url) == (200, "")
    await bot.rest()
    assert [bubble["text"] for bubble in await site.phone()] == ["Hello"]


def test_requests_can_send_ask_and_pull_levers(simulator: Any) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.auth = ("username", "password")
        send = f"{simulator.url}/messaging/im/v1/outbound/requests"
        parameters = {"from": "MyCompany", "to": "+4917912345678", "message": "Grüße 🚚", "ttl": 60}
        accepted = session.post(send, json=parameters, timeout=20)
        assert (accepted.status_code, accepted.reason, accepted.json()["errorText"]) == (200, "OK", "")
        status = session.get(f"{send}/{accepted.json()['requestId']}/status", timeout=20)
        assert status.json()["overallState"] == "DELIVERED"
        assert session.post(send, data=parameters, timeout=20).status_code == 406
        assert session.post(send, json=parameters, auth=("username", "wrong"), timeout=20).status_code == 403
        listed = session.get(f"{simulator.url}/_control/sends?to=%2B4917912345678", timeout=20).json()["sends"]
        assert [one["request"]["text"] for one in listed] == ["Grüße 🚚"]
        description = session.get(f"{simulator.url}/openapi.yaml", timeout=20)
        assert description.text.startswith("openapi: 3.1.0\n")


def test_it_says_where_it_listens_and_ends_when_it_is_asked_to(start_simulator: Start) -> None:
    with start_simulator() as simulator:
        assert simulator.said == [
            f"gateway  {simulator.url}/messaging/im/v1",
            f"phone    {simulator.url}/phone/",
            f"levers   {simulator.url}/_control/state",
        ]
    assert simulator.process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["--option", "lattency=1"], 2, "did you mean latency?"),
        (["--option", "latency"], 2, "write NAME=VALUE"),
        (["--option", "latency=soon"], 2, "simulator option latency"),
        (["--host", "192.0.2.1"], 2, "cannot listen on 192.0.2.1"),
    ],
)
def test_what_is_wrong_with_its_options_is_said_with_status_2(arguments: list[str], status: int, says: str) -> None:
    command = [sys.executable, "-m", "chatbot", "simulator", "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_it_says_its_address_for_ipv6_too(start_simulator: Start) -> None:
    try:
        with start_simulator("--host", "::1") as simulator:
            assert re.fullmatch(r"http://\[::1\]:\d+", simulator.url)
    except RuntimeError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
