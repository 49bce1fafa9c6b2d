"""Where each account's receipts and inbound messages go: the manual's global URL is an account's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from chatbot.errors import ConfigError
from chatbot.simulator.addresses import Urls
from chatbot.simulator.options import Account, Options

OpenClient = Callable[..., httpx.AsyncClient]
OpenSite = Callable[..., Any]
NUMBER = "+491622943176"
SEND = "/messaging/im/v1/outbound/requests"
TWO = (Account("username", "password", "first"), Account("other", "secret", "second"))


@pytest.mark.parametrize(
    ("written", "first", "second"),
    [
        ("", "", ""),
        ("http://a", "http://a", "http://a"),
        ("second=http://b", "", "http://b"),
        ("http://a, second=http://b/x?y=z", "http://a", "http://b/x?y=z"),
        ("first=http://a,second=http://b", "http://a", "http://b"),
        ("http://a?account=1", "http://a?account=1", "http://a?account=1"),
        ("http://a,second=", "http://a", ""),
    ],
)
def test_an_option_names_one_url_for_all_accounts_or_one_each(written: str, first: str, second: str) -> None:
    urls = Urls.read("callback_url", written, ["first", "second"])
    assert (urls.of("first"), urls.of("second")) == (first, second)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("nope", "callback_url: 'nope' is no URL"),
        ("second=nope", "callback_url: 'nope' is no URL"),
        ("third=http://c", "callback_url: there is no account 'third', but first, second"),
        ("http://a,http://b", "callback_url: two URLs for all accounts"),
        ("first=http://a,first=http://b", "callback_url: two URLs for first"),
    ],
)
def test_an_option_that_is_wrong_says_what_to_write(written: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Options(accounts=TWO, callback_url=written)


async def test_receipts_and_messages_go_to_the_urls_of_their_account(open_site: OpenSite, bot: Any) -> None:
    site = open_site(
        accounts=TWO,
        callback_url=f"{bot.url}/all,second={bot.url}/second",
        inbound_url=f"second={bot.url}/in",
    )
    body = {"from": "MyCompany", "to": NUMBER, "message": "Hello World!"}
    for auth in (("username", "password"), ("other", "secret")):
        assert (await site.client.post(SEND, json=body, auth=auth)).status_code == 200
        await site.pull("settle")
    for account in ("first", "second"):
        await site.pull("inbound", number=NUMBER, text="hi", account=account)
        await site.pull("settle")
    paths = [[post["path"].rpartition("/")[2] for post in posts] for posts in (bot.receipts, bot.messages)]
    assert paths == [["all", "second"], ["all", "in"]]


async def test_a_lever_sets_the_urls_of_one_account_or_of_all(open_client: OpenClient) -> None:
    client = open_client(accounts=TWO, callback_url="http://a")

    async def urls(**given: str) -> dict[str, tuple[str, str]]:
        answer = await client.post("/_control/urls", json=given)
        assert answer.status_code == 200, answer.text
        assert (await client.get("/_control/state")).json()["accounts"] == answer.json()["accounts"]
        return {one["name"]: (one["callbackUrl"], one["inboundUrl"]) for one in answer.json()["accounts"]}

    assert await urls() == {"first": ("http://a", ""), "second": ("http://a", "")}
    assert await urls(account="second", callbackUrl="http://b") == {
        "first": ("http://a", ""),
        "second": ("http://b", ""),
    }
    assert await urls(inboundUrl="http://c") == {"first": ("http://a", "http://c"), "second": ("http://b", "http://c")}
    assert await urls(callbackUrl="") == {"first": ("", "http://c"), "second": ("", "http://c")}


async def test_the_urls_of_an_account_that_does_not_exist_are_refused(open_client: OpenClient) -> None:
    answer = await open_client(accounts=TWO).post(
        "/_control/urls", json={"account": "third", "callbackUrl": "http://c"}
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "there is no account 'third', but first, second")


async def test_two_users_of_one_account_share_its_urls(open_client: OpenClient) -> None:
    client = open_client(accounts=(Account("a", "1", "one"), Account("b", "2", "one")), callback_url="one=http://a")
    accounts = (await client.get("/_control/state")).json()["accounts"]
    assert accounts == [{"name": "one", "callbackUrl": "http://a", "inboundUrl": ""}]
