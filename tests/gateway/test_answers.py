"""Every answer of the gateway (manual, Step 2): what the simulator says and what the client makes of it, by real HTTP.

A test spoils the client's request on its way, so that both sides are seen at once.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from chatbot.errors import Ambiguous, Busy, Refused, Rejected, SendError
from chatbot.messages import Message
from chatbot.simulator import answers, validation
from chatbot.simulator.options import Account
from chatbot.tyntec import wire
from chatbot.tyntec.client import Gateway

# What the fixtures of conftest.py give.
Site = Any
OpenSite = Callable[..., Site]
Connect = Callable[..., Gateway]
Spoil = Callable[[httpx.Request], httpx.Request]

NUMBER = "+491622943176"
CALLBACK = "https://bot.example.org/callbacks/secret/token"
INVALID = "The parameter {} is invalid."
UNEXPECTED = "Unexpected error, please retry. If error persists, please contact customer support."


def without(name: str) -> Spoil:
    return parameters(**{name: None})


def parameters(**changes: Any) -> Spoil:
    """Change parameters of the request; None takes one away."""

    def spoil(request: httpx.Request) -> httpx.Request:
        body = {**json.loads(request.content), **changes}
        return rewritten(request, content=json.dumps({name: one for name, one in body.items() if one is not None}))

    return spoil


def head(method: str = "", path: str = "", content: str | None = None, **headers: str | None) -> Spoil:
    """Change method, path, body or headers of the request; None takes a header away."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: rewritten(request, method=method, path=path, content=content, headers=changed)


def rewritten(
    request: httpx.Request,
    *,
    method: str = "",
    path: str = "",
    content: str | None = None,
    headers: dict[str, str | None] | None = None,
) -> httpx.Request:
    kept = {name: value for name, value in request.headers.items() if name not in ("content-length", *(headers or {}))}
    return httpx.Request(
        method or request.method,
        request.url.copy_with(path=path) if path else request.url,
        headers=kept | {name: value for name, value in (headers or {}).items() if value is not None},
        content=request.content if content is None else content.encode(),
    )


def basic(credentials: str) -> str:
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


async def failure(client: Gateway, text: str = "Hi", request_id: str = "") -> SendError:
    """Send once, or ask for the status of ``request_id``, and give the error."""
    with pytest.raises(SendError) as caught:
        await (client.status(request_id) if request_id else client.send(Message(text), NUMBER, CALLBACK))
    return caught.value


# HTTP codes


async def test_200_carries_the_request_id_and_an_empty_error_text(open_site: OpenSite, connect: Connect) -> None:
    site = open_site()
    answer = await site.send()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"requestId": answer.json()["requestId"], "errorText": ""}
    assert await connect(site).send(Message("Hi"), NUMBER, None) in {sent["requestId"] for sent in await site.sends()}


async def test_400_carries_a_request_id_that_names_no_message_and_the_reasons(
    open_site: OpenSite, connect: Connect
) -> None:
    site = open_site()
    answer = await site.send(message=None)
    assert (answer.status_code, set(answer.json())) == (400, {"requestId", "responseText"})
    assert type(await failure(connect(site), request_id=answer.json()["requestId"])) is Rejected


CODES: list[tuple[int, Spoil, str, type[SendError]]] = [
    (400, without("message"), "Message is empty.", Rejected),
    (403, head(authorization=None), answers.CREDENTIALS, Refused),
    (403, head(authorization=basic("username:wrong")), answers.CREDENTIALS, Refused),
    (403, head(authorization="Bearer token"), wire.INVALID_AUTHENTICATION, Refused),
    (404, head(path="/messaging/im/v1/outbound/request"), validation.URI_NOT_FOUND, Refused),
    (405, head("GET"), answers.METHOD, Refused),
    (405, head("PUT"), answers.METHOD, Refused),
    (406, head(content_type="text/plain"), answers.CONTENT_TYPE, Refused),
    (406, head(content_type=None), answers.CONTENT_TYPE, Refused),
    (406, head(content="message=Hi"), answers.CONTENT_TYPE, Refused),
    (415, head(accept="text/html"), answers.MEDIA_TYPE, Refused),
]


@pytest.mark.parametrize(
    ("status", "spoil", "words", "kind"),
    CODES,
    ids=[
        *("400", "403-missing", "403-password", "403-scheme", "404", "405-GET", "405-PUT"),
        *("406-type", "406-no-type", "406-no-JSON", "415"),
    ],
)
async def test_each_refusal_of_a_send_has_the_manuals_code_and_words_and_is_not_retried(
    status: int, spoil: Spoil, words: str, kind: type[SendError], open_site: OpenSite, connect: Connect
) -> None:
    site = open_site()
    error = await failure(connect(site, spoil))
    assert (type(error), error.retryable, error.loggable) == (kind, False, True)
    assert str(error).startswith(f"{status}: {words}")
    assert await site.sends() == []


@pytest.mark.parametrize(
    ("spoil", "status", "words", "kind"),
    [
        (head(), 404, answers.NO_NOTIFICATION, Rejected),
        (head(authorization=None), 403, answers.CREDENTIALS, Refused),
        (head("DELETE"), 405, answers.METHOD, Refused),
        (head(accept="text/html"), 415, answers.MEDIA_TYPE, Refused),
    ],
    ids=["404", "403", "405", "415"],
)
async def test_each_refusal_of_a_query_has_the_manuals_code_and_words(
    spoil: Spoil, status: int, words: str, kind: type[SendError], open_site: OpenSite, connect: Connect
) -> None:
    error = await failure(connect(open_site(), spoil), request_id="12-unknown")
    assert type(error) is kind
    assert words in str(error)
    assert str(status) in str(error)


async def test_a_query_of_an_unknown_or_foreign_id_is_404_in_the_manuals_words(open_site: OpenSite) -> None:
    site = open_site(accounts=(Account("username", "password"), Account("other", "secret", "other_account")))
    request_id = (await site.send()).json()["requestId"]
    for asked, auth in ((request_id, ("other", "secret")), ("12-unknown", ("username", "password"))):
        answer = await site.http.get(f"/messaging/im/v1/outbound/requests/{asked}/status", auth=auth)
        assert (answer.status_code, answer.json()["responseText"]) == (404, answers.NO_NOTIFICATION)


async def test_500_asks_for_a_retry_which_is_accepted(open_site: OpenSite, connect: Connect) -> None:
    site = open_site()
    client = connect(site)
    await site.pull("faults", coming=["error_500"])
    error = await failure(client)
    assert (type(error), error.retryable, str(error)) == (Busy, True, f"500: {UNEXPECTED}")
    assert await site.sends() == []
    assert await client.send(Message("Hi"), NUMBER, None)
    await site.pull("faults", rates={"status_500": 1})
    assert type(await failure(client, request_id="12-any")) is Busy


@pytest.mark.parametrize(
    ("fault", "kind", "accepted"),
    [
        ("error_503", Busy, 0),
        ("error_429", Busy, 0),
        ("error_403", Refused, 0),
        ("bad_gateway", Ambiguous, 1),
        ("reset_before", Ambiguous, 0),
        ("reset_after", Ambiguous, 1),
        ("truncated", Ambiguous, 1),
        ("garbage", Ambiguous, 1),
    ],
)
async def test_what_the_manual_is_silent_about_never_doubles_a_message(
    fault: str, kind: type[SendError], accepted: int, open_site: OpenSite, connect: Connect
) -> None:
    site = open_site(retry_after=7)
    await site.pull("faults", coming=[fault])
    error = await failure(connect(site))
    assert type(error) is kind
    assert not (error.retryable and accepted)
    assert getattr(error, "retry_after", None) == (7.0 if fault == "error_429" else None)
    assert [sent["posts"] for sent in await site.sends()] == [1] * accepted


# The validation messages

BUTTON = {"buttonCaption": "Track", "buttonActionUrl": "https://example.org/t"}
MESSAGES: dict[str, tuple[Spoil, dict[str, Any]]] = {
    "Invalid authentication.": (head(authorization="Basic !!!"), {}),
    "Sender is missing.": (without("from"), {}),
    "Receiver is missing.": (without("to"), {}),
    "Receiver number is not numeric.": (parameters(to="+49abc"), {}),
    "Message is empty.": (parameters(message=" "), {}),
    "Message exceeds maximum character length of 1000.": (parameters(message="x" * 1001), {}),
    "The respond-back URL is invalid.": (parameters(callbackUrl="bot.example.org"), {}),
    "One or more mandatory parameters are missing.": (without("messagePurpose"), {"strict_purpose": True}),
    "Your message is rejected because it has over-length.": (parameters(message="x" * 71), {"long_sms": False}),
    "The requested URI was not found.": (head(path="/messaging/im/v1/outbound"), {}),
    **{
        INVALID.format(name): (parameters(**(BUTTON if name in BUTTON else {}) | {name: value}), {})
        for name, value in {
            "from": "My Company",
            "to": 491622943176,
            "message": ["Hi"],
            "imageUrl": "no URL",
            "buttonActionUrl": "https://example.org/" + "x" * 43,
            "buttonCaption": "c" * 31,
            "imChannels": "WHATSAPP",
            "deliverOnlyViaIM": "perhaps",
            "deliverOnlyVialM": 1,
            "ttl": 29,
            "ttlExpiryText": 7,
            "messagePurpose": "fun",
            "wrong": "parameter",
            "Ttl": 60,  # "case sensitivity"
        }.items()
    },
}


@pytest.mark.parametrize("words", MESSAGES)
async def test_each_validation_message_is_said_alone_and_recognised(
    words: str, open_site: OpenSite, connect: Connect
) -> None:
    spoil, options = MESSAGES[words]
    site = open_site(**options)
    error = await failure(connect(site, spoil))
    assert str(error).partition(": ")[2].startswith(words)
    assert isinstance(error, Refused | Rejected)
    if isinstance(error, Rejected):
        assert (error.reasons, str(error)) == ((words,), f"400: {words}")
    assert await site.sends() == []


async def test_a_query_without_an_id_and_one_of_an_unknown_path_are_said_in_the_manuals_words(
    open_site: OpenSite, connect: Connect
) -> None:
    site = open_site()
    missing = await failure(connect(site), request_id=" ")
    assert (type(missing), missing.args) == (Rejected, ("400: RequestId is missing.",))
    unknown = await failure(connect(site, head(path="/messaging/im/v1/outbound/12-x")), request_id="12-x")
    assert isinstance(unknown, Rejected)
    assert unknown.reasons == ("The requested URI was not found.",)


async def test_an_unexpected_error_is_said_in_the_manuals_words_to_send_and_query(
    open_site: OpenSite, connect: Connect
) -> None:
    site = open_site()
    await site.pull("faults", coming=["error_500"], rates={"status_500": 1})
    for request_id in ("", "12-any"):
        assert str(await failure(connect(site), request_id=request_id)) == f"500: {UNEXPECTED}"


@pytest.mark.parametrize("separator", [" ", "; ", "\n", ""])
async def test_messages_are_combined_and_taken_apart(separator: str, open_site: OpenSite, connect: Connect) -> None:
    site = open_site(separator=separator, strict_purpose=True)
    wrong = {"to": "abc", "from": None, "message": None, "messagePurpose": None, "callbackUrl": "x"}
    error = await failure(connect(site, parameters(**wrong, ttl=1, imChannels="VIBER;")))
    assert isinstance(error, Rejected)
    assert error.reasons[:4] == (
        "Sender is missing.",
        "Receiver number is not numeric.",
        "Message is empty.",
        "The respond-back URL is invalid.",
    )
    assert error.reasons[4:] == (INVALID.format("imChannels"), INVALID.format("ttl"))


# What is never shown


async def test_no_log_and_no_error_holds_credentials_a_number_or_the_secret_of_the_callback_url(
    open_site: OpenSite, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site = open_site(accounts=(Account("username", "p4ssword"),))
    texts = []
    for spoil in (without("message"), head(authorization=basic("username:wrong")), head("PUT"), head()):
        await site.pull("faults", coming=["garbage"])
        texts.append(str(await failure(connect(site, spoil, password="p4ssword"))))
    said = "\n".join([*texts, *(record.getMessage() for record in caplog.records if record.name.startswith("chatbot"))])
    for secret in ("p4ssword", basic("username:p4ssword").split()[1], NUMBER, "callbacks/secret"):
        assert secret not in said


async def test_a_gateway_that_repeats_our_callback_url_tells_no_log_its_secret(serve: Any, connect: Connect) -> None:
    async def play(server: Any, reader: Any, writer: Any) -> None:
        exchange = await server.request(reader, writer)
        repeated = json.loads(exchange.body)["callbackUrl"]
        await exchange.answer(400, json.dumps({"responseText": f"The respond-back URL {repeated} is bad."}).encode())

    async with serve(play) as server:
        error = await failure(connect(server))
    assert str(error) == "400: The respond-back URL https://bot.example.org/… is bad."
