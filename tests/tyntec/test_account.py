"""The client as the configuration makes it: every address is called as it is written, or refused by its key."""

from __future__ import annotations

import base64
from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import config
from chatbot.config import GatewayConfig
from chatbot.errors import ConfigError
from chatbot.messages import Message
from chatbot.secret import Keyring
from chatbot.tyntec.account import open_gateway

TO = "+491622943176"


def settings(url: str = "https://rest.tyntec.com/messaging/im/v1", password: str = "p4ss") -> GatewayConfig:
    return GatewayConfig(url=url, username="me", sender="Me", keyring=Keyring({"TYNTEC_PASSWORD": password}))


async def asked(made: GatewayConfig) -> httpx.Request:
    """Send once, and give the request."""
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"requestId": "1"})

    gateway = open_gateway(made, httpx.MockTransport(respond))
    await gateway.send(Message("Hi"), TO, None)
    return seen[0]


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("https://rest.tyntec.com/messaging/im/v1", "https://rest.tyntec.com/messaging/im/v1/outbound/requests"),
        ("https://rest.tyntec.com/messaging/im/v1//", "https://rest.tyntec.com/messaging/im/v1/outbound/requests"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/outbound/requests"),
        ("http://[::1]:8000/a/b/", "http://[::1]:8000/a/b/outbound/requests"),
        (
            "https://gateway.example.org/tenant one".replace(" ", "%20"),
            "https://gateway.example.org/tenant%20one/outbound/requests",
        ),
        ("https://bücher.example/v1", "https://xn--bcher-kva.example/v1/outbound/requests"),
    ],
)
async def test_the_path_of_a_send_follows_that_of_the_configuration(url: str, called: str) -> None:
    assert str((await asked(settings(url))).url) == called


async def test_credentials_are_in_the_header_whatever_they_hold_and_in_no_url() -> None:
    request = await asked(settings(password="p4ss: wörd 🔑"))
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode() == "me:p4ss: wörd 🔑"
    assert "p4ss" not in str(request.url)
    assert request.url.userinfo == b""


@pytest.mark.parametrize("url", ["http://xn--/", "http://[::1%eth0]/", "http://[v1.x]/", "https://a\u00adb.example./"])
def test_an_address_that_cannot_be_called_is_refused_by_its_key(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^gateway\.url: "):
        open_gateway(settings(url), httpx.MockTransport(lambda _: httpx.Response(200)))


@given(host=st.text(max_size=12), path=st.text(max_size=12))
def test_any_url_can_be_called_or_is_an_error_of_the_configuration(
    tmp_path_factory: pytest.TempPathFactory, host: str, path: str
) -> None:
    empty = tmp_path_factory.getbasetemp() / config.FILE_NAME
    empty.touch()
    with suppress(ConfigError):
        made = config.load(empty, {"CHATBOT_GATEWAY__URL": f"http://{host}/{path}"}).gateway
        open_gateway(settings(made.url), httpx.MockTransport(lambda _: httpx.Response(200)))
