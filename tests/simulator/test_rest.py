"""The gateway's REST interface: every status of the manual's table, in the manual's words."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

import httpx
import pytest

from chatbot.simulator.options import Account
from chatbot.simulator.simulator import MovableClock

OpenClient = Callable[..., httpx.AsyncClient]
BASE = "/messaging/im/v1"
SEND = f"{BASE}/outbound/requests"
HELLO = {"from": "MyCompany", "to": "+491622943176", "message": "Hello World!"}
CONTENT_TYPE = 'The content-type is not supported. Allowed values are "application/json".'
MEDIA_TYPE = 'The media type is not supported. Allowed media-type is "application/json".'
CREDENTIALS = "Username/password wrong or missing."


def words(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"requestId", "responseText"}
    return answer.status_code, body["responseText"]


async def test_an_accepted_message_is_answered_with_its_request_id(open_client: OpenClient) -> None:
    answer = await open_client().post(SEND, json=HELLO)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert list(body) == ["requestId", "errorText"]
    assert body["requestId"].startswith("12-")
    assert body["errorText"] == ""


async def test_a_refused_message_is_answered_with_400_a_request_id_and_the_reasons(open_client: OpenClient) -> None:
    answer = await open_client().post(SEND, json={})
    assert words(answer) == (400, "Sender is missing. Receiver is missing. Message is empty.")
    assert answer.json()["requestId"].startswith("12-")
    other = await open_client(separator=" | ").post(SEND, json={})
    assert words(other) == (400, "Sender is missing. | Receiver is missing. | Message is empty.")


@pytest.mark.parametrize(
    ("authorization", "text"),
    [
        (None, CREDENTIALS),
        ("Basic " + b64encode(b"username:wrong").decode(), CREDENTIALS),
        ("Basic " + b64encode(b"nobody:password").decode(), CREDENTIALS),
        ("Basic " + b64encode("usern\u00e4me:password".encode("latin-1")).decode(), CREDENTIALS),
        ("Basic !!!", "Invalid authentication."),
        ("Basic " + b64encode(b"username").decode(), "Invalid authentication."),
        ("Bearer " + b64encode(b"username:password").decode(), "Invalid authentication."),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", SEND), ("GET", f"{SEND}/12-x/status"), ("POST", f"{BASE}/inbound/requests")],
)
async def test_wrong_or_missing_credentials_are_403(
    open_client: OpenClient, authorization: str | None, text: str, method: str, path: str
) -> None:
    client = open_client()
    client.auth = None  # type: ignore[assignment]
    headers = {} if authorization is None else {"authorization": authorization}
    assert words(await client.request(method, path, headers=headers)) == (403, text)


async def test_a_scheme_in_small_letters_is_good_too(open_client: OpenClient) -> None:
    client = open_client()
    client.auth = None  # type: ignore[assignment]
    token = b64encode(b"username:password").decode()
    assert (await client.post(SEND, json=HELLO, headers={"authorization": f"basic {token}"})).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('Application/JSON;charset="UTF-8"', 200),
        ("application/json; charset=latin-1", 406),
        ("application/x-www-form-urlencoded", 406),
        ("text/json", 406),
        ("", 406),
    ],
)
async def test_another_content_type_than_json_is_406(open_client: OpenClient, content_type: str, status: int) -> None:
    content = b'{"from":"MyCompany","to":"+491622943176","message":"Hello World!"}'
    answer = await open_client().post(SEND, content=content, headers={"content-type": content_type})
    assert answer.status_code == status
    if status == 406:
        assert words(answer) == (406, CONTENT_TYPE)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"message":"\\ud800"}', b"[" * 9999 + b"]" * 9999]
)
async def test_a_body_that_is_no_json_object_is_406_or_as_the_option_says(open_client: OpenClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    assert words(await open_client().post(SEND, content=body, headers=headers)) == (406, CONTENT_TYPE)
    client = open_client(not_json_status=415)
    assert words(await client.post(SEND, content=body, headers=headers)) == (415, MEDIA_TYPE)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("application/*", 200),
        ("text/html, application/json;q=0.1", 200),
        ("text/html", 415),
        ("application/json;q=0, */*", 415),
        ("application/xml, text/*;q=1", 415),
    ],
)
async def test_an_accept_header_without_json_is_415(open_client: OpenClient, accept: str, status: int) -> None:
    client = open_client()
    headers = {"accept": accept}
    answer = await client.post(SEND, json=HELLO, headers=headers)
    assert answer.status_code == status
    if status == 415:
        assert words(answer) == (415, MEDIA_TYPE)
        assert words(await client.get(f"{SEND}/12-x/status", headers=headers)) == (415, MEDIA_TYPE)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", SEND, {"POST"}),
        ("DELETE", SEND, {"POST"}),
        ("POST", f"{SEND}/12-x/status", {"GET"}),
        ("OPTIONS", f"{SEND}/12-x/status", {"GET"}),
        ("GET", f"{BASE}/inbound/requests", {"POST"}),
    ],
)
async def test_another_method_is_405(open_client: OpenClient, method: str, path: str, allowed: set[str]) -> None:
    answer = await open_client().request(method, path)
    assert words(answer) == (405, "Invalid request method.")
    assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", [f"{SEND}/12-x/status", f"{SEND}//status", f"{SEND}/status", SEND])
async def test_head_is_another_method_too(open_client: OpenClient, path: str) -> None:
    assert (await open_client().head(path)).status_code == 405


@pytest.mark.parametrize(
    "path", [BASE, f"{BASE}/", f"{SEND}/", f"{SEND}/12-x", f"{BASE}/outbound", f"{SEND}/a/b/status"]
)
async def test_an_unknown_path_is_404(open_client: OpenClient, path: str) -> None:
    assert words(await open_client().get(BASE + path)) == (404, "The requested URI was not found.")


async def test_an_unknown_or_foreign_request_id_is_404(open_client: OpenClient) -> None:
    client = open_client(accounts=(Account("username", "password"), Account("other", "secret", "other_account")))
    request_id = (await client.post(SEND, json=HELLO)).json()["requestId"]
    gone = "The requested message notification cannot be retrieved."
    assert words(await client.get(f"{SEND}/12-unknown/status")) == (404, gone)
    assert words(await client.get(f"{SEND}/{request_id}/status", auth=("other", "secret"))) == (404, gone)
    assert (await client.get(f"{SEND}/{request_id}/status")).status_code == 200


@pytest.mark.parametrize("path", [f"{SEND}//status", f"{SEND}/status", f"{SEND}/%20/status"])
async def test_a_query_without_a_request_id_is_refused(open_client: OpenClient, path: str) -> None:
    assert words(await open_client().get(path)) == (400, "RequestId is missing.")


async def test_nobody_is_to_post_inbound_messages(open_client: OpenClient) -> None:
    path = f"{BASE}/inbound/requests"
    assert words(await open_client().post(path, json=HELLO)) == (404, "The requested URI was not found.")
    assert (await open_client(inbound_path_status=405).post(path, json=HELLO)).status_code == 405


async def test_a_huge_body_is_refused(open_client: OpenClient) -> None:
    answer = await open_client(max_body=100).post(SEND, json={**HELLO, "message": "x" * 100})
    assert answer.status_code == 413


async def test_the_status_follows_the_delivery(open_client: OpenClient, clock: MovableClock) -> None:
    client = open_client(delivery_delay=5.0)
    request_id = (await client.post(SEND, json=HELLO)).json()["requestId"]
    path = f"{SEND}/{request_id}/status"
    assert (await client.get(path)).json()["overallState"] == "BUFFERED"
    clock.ahead += 5
    body = (await client.get(path)).json()
    assert body["overallState"] == "DELIVERED"
    assert body["sendParts"][0]["deliveryStateDate"] == 1_600_000_005_000


async def test_the_other_readings_of_success_and_failure_are_options(open_client: OpenClient) -> None:
    client = open_client(accepted_status=202, refusal_key="errorText", credentials_status=401)
    assert (await client.post(SEND, json=HELLO)).status_code == 202
    refused = (await client.post(SEND, json={**HELLO, "message": ""})).json()
    assert refused["errorText"] == "Message is empty."
    assert "responseText" not in refused
    assert (await client.post(SEND, json=HELLO, auth=("username", "wrong"))).status_code == 401
    assert (await client.delete(SEND)).json()["errorText"] == "Invalid request method."


@pytest.mark.parametrize("authorization", [None, "Basic " + b64encode(b"username:wrong").decode(), "Basic !!!"])
async def test_credentials_can_be_refused_by_the_validation_in_its_words(
    open_client: OpenClient, authorization: str | None
) -> None:
    client = open_client(credentials_status=400)
    client.auth = None  # type: ignore[assignment]
    headers = {} if authorization is None else {"authorization": authorization}
    for method, path in (("POST", SEND), ("GET", f"{SEND}/12-x/status")):
        assert words(await client.request(method, path, headers=headers)) == (400, "Invalid authentication.")


async def test_two_equal_posts_are_two_messages(open_client: OpenClient) -> None:
    client = open_client()
    ids = {(await client.post(SEND, json=HELLO)).json()["requestId"] for _ in range(2)}
    assert len(ids) == 2
    sends = (await client.get("/_control/sends")).json()["sends"]
    assert [(one["posts"], one["accepted"]) for one in sends] == [(2, 2), (2, 2)]


async def test_an_unexpected_error_is_500_in_the_manuals_words(
    open_client: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_given: object) -> None:
        raise RuntimeError("bug")

    client = open_client()
    monkeypatch.setattr("chatbot.simulator.validation.read", burst)
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    transport.raise_app_exceptions = False
    text = "Unexpected error, please retry. If error persists, please contact customer support."
    assert words(await client.post(SEND, json=HELLO)) == (500, text)
