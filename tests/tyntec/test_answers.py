"""What each answer of the gateway means, in words that say what it is and what to do."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.errors import Ambiguous, Busy, Refused, Rejected, SendError
from chatbot.http import Headers
from chatbot.tyntec import answers, wire
from chatbot.tyntec.answers import RETRY_AFTER_LIMIT, Answer

ID = "12-75cfafba-8799-4f2b-8505-ece6af6abf01"
NOW = 1_454_066_954.0


def failure(status: int, text: str = "", **headers: str) -> SendError:
    return answers.failure(answer(status, text, **headers), NOW, "it is no JSON")


def answer(status: int, text: str = "", **headers: str) -> Answer:
    body = json.dumps({"requestId": ID, "responseText": text}).encode() if text else b""
    return Answer(status, Headers({name.replace("_", "-"): value for name, value in headers.items()}), body)


MEANING: dict[int, tuple[type[SendError], str]] = {
    200: (Ambiguous, "it is no JSON"),
    300: (Refused, "a redirect to ?, which is not followed: check gateway.url"),
    301: (Refused, "a redirect to ?, which is not followed: check gateway.url"),
    307: (Refused, "a redirect to ?, which is not followed: check gateway.url"),
    400: (Rejected, "Bad Request, and no reason is given"),
    401: (Refused, "user name or password is wrong: check gateway.username and gateway.password_env"),
    402: (Refused, "the account must be paid for: talk to tyntec"),
    403: (Refused, "user name or password is wrong: check gateway.username and gateway.password_env"),
    404: (Refused, "there is no such path: check gateway.url"),
    405: (Refused, "the method is not allowed: check gateway.url"),
    406: (Refused, "the content type is not supported: check gateway.url"),
    407: (Refused, "a proxy asks for a password: check the way to gateway.url"),
    408: (Busy, "the request did not arrive whole: try again"),
    409: (Rejected, "Conflict, and no reason is given"),
    410: (Refused, "the path is gone: check gateway.url"),
    415: (Refused, "the media type is not supported: check gateway.url"),
    421: (Refused, "another host answers: check gateway.url"),
    426: (Refused, "another protocol is asked for: check gateway.url"),
    429: (Busy, "too many requests: wait, then try again"),
    451: (Rejected, "Unavailable For Legal Reasons, and no reason is given"),
    499: (Rejected, "unknown status, and no reason is given"),
    500: (Busy, "the gateway has failed: try again, and ask tyntec if it goes on"),
    501: (Ambiguous, "who answers there does not know how to do this: check gateway.url"),
    502: (Ambiguous, "a server in between had no sound answer from the gateway"),
    503: (Busy, "the gateway is overloaded or closed for a while: try again later"),
    504: (Ambiguous, "a server in between had no answer from the gateway in time"),
    507: (Ambiguous, "Insufficient Storage, here or in between"),
    520: (Ambiguous, "unknown status, here or in between"),
    599: (Ambiguous, "unknown status, here or in between"),
}


@pytest.mark.parametrize("status", MEANING)
def test_each_status_is_said_in_words_with_what_to_do(status: int) -> None:
    kind, advice = MEANING[status]
    error = failure(status)
    assert type(error) is kind
    assert str(error) == f"{status}: {advice}"


@pytest.mark.parametrize("status", MEANING)
def test_the_gateways_own_words_win_and_ours_follow_where_a_person_must_act_or_nobody_can_know(status: int) -> None:
    kind, advice = MEANING[status]
    error = failure(status, "Sorry.")
    assert type(error) is kind
    assert str(error) == (f"{status}: Sorry. ({advice})" if kind in (Refused, Ambiguous) else f"{status}: Sorry.")


@pytest.mark.parametrize("status", [400, *range(402, 430), 431, 451, 499])
def test_no_4xx_but_408_and_429_leads_to_another_try(status: int) -> None:
    error = failure(status)
    assert error.retryable == (status in (408, 429))
    assert not isinstance(error, Ambiguous)


def test_a_rejection_names_the_manuals_reasons() -> None:
    text = "Sender is missing. The parameter ttl is invalid."
    error = failure(400, text)
    assert isinstance(error, Rejected)
    assert error.reasons == ("Sender is missing.", "The parameter ttl is invalid.")
    assert str(error) == f"400: {text}"


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        ([wire.INVALID_AUTHENTICATION], Refused),
        ([wire.INVALID_AUTHENTICATION, "Sender is missing."], Rejected),
        ([wire.UNEXPECTED_ERROR], Busy),
        ([wire.UNEXPECTED_ERROR, "Sender is missing."], Rejected),
    ],
)
def test_a_400_whose_only_reason_is_not_the_messages_fault_is_no_rejection(reasons: list[str], kind: type) -> None:
    assert type(failure(400, " ".join(reasons))) is kind


# Retry-After


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("0000000000000007", 7.0),
        ("99999999999999999999", RETRY_AFTER_LIMIT),
        ("9" * 60_000, RETRY_AFTER_LIMIT),
        ("Fri, 29 Jan 2016 11:30:14 GMT", 60.0),
        ("Fri, 29 Jan 2016 11:00:00 GMT", 0.0),
        ("Fri, 29 Jan 2100 11:00:00 GMT", RETRY_AFTER_LIMIT),
        ("Fri, 29 Jan 2016 11:30:14 -0000", 60.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("1e9", None),
        ("7, 9", None),
        ("Fri, 99 Jan 2016 11:30:14 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
        ("", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_seconds_or_a_date_within_bounds(status: int, value: str, seconds: float | None) -> None:
    error = failure(status, retry_after=value)
    assert isinstance(error, Busy)
    assert error.retry_after == seconds
    assert ("it asks for" in str(error)) == bool(seconds)


@given(st.text() | st.from_regex(r"\A[A-Za-z]{0,3},? ?[0-9 :+-]{0,40}(GMT|[A-Z]{0,3})?\Z"))
def test_any_retry_after_is_seconds_within_bounds_or_nothing(value: str) -> None:
    seconds = answers.retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= RETRY_AFTER_LIMIT


# Redirects


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://elsewhere.example.org/", "https://elsewhere.example.org/"),
        ("https://elsewhere.example.org", "https://elsewhere.example.org"),
        ("https://elsewhere.example.org/callbacks/secret", "https://elsewhere.example.org/…"),
        ("https://elsewhere.example.org/login?token=secret", "https://elsewhere.example.org/…"),
        ("https://elsewhere.example.org?token=secret", "https://elsewhere.example.org"),
        ("https://elsewhere.example.org#secret", "https://elsewhere.example.org"),
        ("https://me:secret@elsewhere.example.org:8443/", "https://elsewhere.example.org:8443/"),
        ("https://me:secret@elsewhere.example.org", "https://elsewhere.example.org"),
        ("/login?token=secret", "/login"),
        ("/login/+491622943176", "/login/+4916…76"),
        ("/" + "x" * 1000, "/" + "x" * 299),
    ],
)
def test_a_redirect_is_not_followed_and_says_where_it_led_but_shows_no_secret(location: str, shown: str) -> None:
    error = failure(308, location=location)
    assert str(error) == f"308: a redirect to {shown}, which is not followed: check gateway.url"


# A status query


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "The requested message notification cannot be retrieved.",
            "404: The requested message notification cannot be retrieved. (this account has no message of this id)",
        ),
        (
            "The requested URI was not found.",
            "404: The requested URI was not found. (this account has no message of this id, or gateway.url is wrong)",
        ),
        ("", "404: this account has no message of this id, or gateway.url is wrong"),
    ],
)
def test_a_404_to_a_query_is_about_the_id_unless_the_gateway_leaves_open_that_it_is_the_url(
    text: str, said: str
) -> None:
    error = answers.unknown_id(answer(404, text))
    assert str(error) == said
    assert error.reasons == wire.reasons(text)


# What is never shown


def test_the_gateways_words_are_made_fit_for_a_log() -> None:
    text = str(failure(400, "Bad receiver +491622943176\n\x1b[2J" + "x" * 1000))
    assert "+4916…76" in text
    assert "2943176" not in text
    assert text.isprintable()
    assert len(text) < 400


@pytest.mark.parametrize(
    "url",
    [
        "https://bot.example.org/callbacks/secret/token",
        "https://bot.example.org?secret",
        "https://secret@bot.example.org/x",
        "HTTPS://bot.example.org:8443/secret",
        "http://[::1]:8000/secret",
    ],
)
def test_of_a_url_in_the_gateways_words_only_the_host_is_shown(url: str) -> None:
    text = str(failure(400, f"The respond-back URL {url} is bad."))
    assert "secret" not in text
    assert re.search(r"https?://(bot\.example\.org|\[::1\])", text, re.IGNORECASE)
