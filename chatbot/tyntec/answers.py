"""What an answer means that is no success: which error it is, and in words what it is and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from chatbot import http, phone
from chatbot.errors import Ambiguous, Busy, Refused, Rejected, SendError
from chatbot.tyntec import wire

RETRY_AFTER_LIMIT = 3600.0
"""How many seconds of patience the gateway can ask for."""

# Where the manual is silent (its table has 400, 403, 404, 405, 406, 415 and 500), the question is whether the message
# can have been accepted: only a clear no may lead to another try.
_REFUSED = {
    401: "user name or password is wrong: check gateway.username and gateway.password_env",
    402: "the account must be paid for: talk to tyntec",
    403: "user name or password is wrong: check gateway.username and gateway.password_env",
    404: "there is no such path: check gateway.url",
    405: "the method is not allowed: check gateway.url",
    406: "the content type is not supported: check gateway.url",
    407: "a proxy asks for a password: check the way to gateway.url",
    410: "the path is gone: check gateway.url",
    415: "the media type is not supported: check gateway.url",
    421: "another host answers: check gateway.url",
    426: "another protocol is asked for: check gateway.url",
}
_BUSY = {
    408: "the request did not arrive whole: try again",  # RFC 9110, 15.5.9
    429: "too many requests: wait, then try again",
    500: "the gateway has failed: try again, and ask tyntec if it goes on",  # manual, "Step 2"
    503: "the gateway is overloaded or closed for a while: try again later",
}
# Every other 4xx is about this message. Every other 5xx comes from someone in between: perhaps it was accepted.
_BETWEEN = {
    501: "who answers there does not know how to do this: check gateway.url",
    502: "a server in between had no sound answer from the gateway",
    504: "a server in between had no answer from the gateway in time",
}

_URL = re.compile(r"(https?://)(?:[^\s/?#@]*@)?([^\s/?#@]+)([/?#]\S+)?", re.IGNORECASE)
_DIGITS = re.compile(r"\+?[0-9]{7,}")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as far as it was read; ``body`` is empty when it broke off or was too long."""

    status: int
    headers: http.Headers
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300


def failure(answer: Answer, now: float, unreadable: str = "") -> SendError:
    """Make the error of an answer without a ``requestId``.

    ``now`` is seconds since 1970, to read dates in ``Retry-After``; ``unreadable`` is what was wrong with a success.
    """
    status = answer.status
    complaint = wire.read_complaint(answer.body)
    reasons, said = wire.reasons(complaint), _loggable(complaint)
    if status == 400 and set(reasons) == {wire.INVALID_AUTHENTICATION}:
        return Refused(_words(status, said, _REFUSED[401]))
    # The manual's own text asks for a retry, and what failed the validation was not accepted.
    if status in _BUSY or (status == 400 and set(reasons) == {wire.UNEXPECTED_ERROR}):
        patience = retry_after(answer.headers.get("Retry-After", ""), now)
        wish = f"; it asks for {patience:.0f} s" if patience else ""
        return Busy(_words(status, said, "" if said else _BUSY[status] + wish), patience)
    if 300 <= status < 400:
        place = _loggable(re.split("[?#]", answer.headers.get("Location", ""))[0])
        return Refused(_words(status, said, f"a redirect to {place or '?'}, which is not followed: check gateway.url"))
    if status in _REFUSED:
        return Refused(_words(status, said, _REFUSED[status]))
    if 400 <= status < 500:
        return Rejected(_words(status, said, "" if said else f"{_phrase(status)}, and no reason is given"), reasons)
    advice = unreadable if answer.is_success else _BETWEEN.get(status, f"{_phrase(status)}, here or in between")
    return Ambiguous(_words(status, said, advice))


def unknown_id(answer: Answer) -> Rejected:
    """Make the error of a 404 to a status query: the id or, if the gateway's own words leave that open, the URL."""
    complaint = wire.read_complaint(answer.body)
    reasons, said = wire.reasons(complaint), _loggable(complaint)
    is_theirs = said and wire.URI_NOT_FOUND not in reasons
    meaning = "this account has no message of this id" + ("" if is_theirs else ", or gateway.url is wrong")
    return Rejected(_words(answer.status, said, meaning), reasons)


def _words(status: int, said: str, advice: str) -> str:
    return f"{status}: {said} ({advice})" if said and advice else f"{status}: {said or advice}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"


def retry_after(value: str, now: float) -> float | None:
    """Read seconds or an HTTP date (RFC 9110, 10.2.3); None for anything else."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), RETRY_AFTER_LIMIT)
    try:
        moment = parsedate_to_datetime(value)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_LIMIT)


def _host(url: re.Match[str]) -> str:
    return f"{url[1]}{url[2]}/…" if url[3] else url[1] + url[2]


def _loggable(words: str) -> str:
    """Make the gateway's words fit for a log: short, printable, no whole number, and of a URL no more than its host.

    Our callback URL holds a secret, and a gateway may repeat it.
    """
    printable = _URL.sub(_host, "".join(filter(str.isprintable, words)))[:300]
    return _DIGITS.sub(lambda match: phone.mask(match[0]), printable)
