"""retry: what went wrong, and doing it again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chatbot.store import inbox, outbox

Home = Any  # of conftest.py

ANNA, BERT = "+491622943176", "+491622943177"
BEGIN = 1_700_000_000.0


def test_retry_alone_lists_what_was_set_aside_and_what_was_not_delivered(home: Home) -> None:
    home.turn(BERT, "hello", "Where?")
    home.refuse(BERT, "400 Bad\nreceiver")
    home.fail(ANNA, "Main St")
    found = home.json("retry")
    (event,), (message,) = found["events"], found["messages"]
    assert (event["contact"], event["kind"], event["error"]) == ("+4916…76", "message", "LookupError: no such street")
    assert (message["contact"], message["status"], message["from"]) == ("+4916…77", "failed", "pickup.address")
    result = home.run("retry")
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["event", str(event["id"])],
        ["message", str(message["id"])],
    ]
    assert "400 Bad receiver" in result.stdout
    assert "Traceback" not in result.stdout
    assert "chatbot retry ID" in result.stderr


def test_retry_says_so_when_nothing_went_wrong(home: Home) -> None:
    home.turn(ANNA, "hello", "Where?")
    assert home.run("retry").stdout == "nothing was set aside, no message failed, nothing is in quarantine\n"
    assert home.run("retry", "--all").stdout == "nothing was set aside, and nothing in quarantine can be read\n"


def test_an_event_that_was_set_aside_is_handled_again(home: Home) -> None:
    home.fail(ANNA, "one")
    home.fail(ANNA, "two")
    later, earlier = (event["id"] for event in home.json("retry")["events"])
    assert home.json("retry", str(earlier)) == {"events": [earlier]}
    assert [event["id"] for event in home.json("retry")["events"]] == [later]
    claim = home.do(lambda store: store.write(inbox.claim, ANNA, BEGIN * 2))
    assert claim is not None
    assert (claim.event.id, claim.event.attempts) == (earlier, 1)


def test_all_events_that_were_set_aside_are_handled_again(home: Home) -> None:
    for text in ("one", "two", "three"):
        home.fail(ANNA, text)
    assert home.json("retry", "--all") == {"events": [3, 2, 1], "quarantine": []}
    assert home.json("retry")["events"] == []


def test_numbers_in_what_went_wrong_are_masked(home: Home) -> None:
    home.turn(BERT, "hello", "Where?")
    home.refuse(BERT, f"400 {BERT} is not reachable")
    home.fail(ANNA, "Main St", f"KeyError: '{ANNA}'")
    home.receive(f'{{"from": "{ANNA}", "message": '.encode(), f"{ANNA} is odd")
    for words in (["retry"], ["--json", "retry"]):
        said = home.run(*words).output
        assert ANNA[1:] not in said
        assert BERT[1:] not in said
        assert "400 +4916…77 is not reachable" in said
        assert "KeyError: '+4916…76'" in said
        assert "+4916…76 is odd" in said


def test_what_could_not_be_read_is_listed_with_its_reason_and_how_it_begins(home: Home) -> None:
    kept = home.receive(b'{"message":\n  \x1b[2J"' + b"x" * 300)
    result = home.run("retry")
    assert result.stdout.splitlines() == [
        f"quarantine {kept}    2023-11-14 22:13:20Z  319 bytes: not JSON",
        '                {"message": \\u001b[2J"' + "x" * 183 + "…",
    ]
    assert result.stderr == "to read a body again: --quarantine ID\n"
    (listed,) = home.json("retry")["quarantine"]
    assert (listed["id"], listed["bytes"], listed["reason"]) == (kept, 319, "not JSON")
    assert listed["body"].endswith("x" * 300)


READABLE = json.dumps({"from": ANNA, "to": "shop", "message": "hello", "requestId": "1"}).encode()


def test_a_body_that_can_be_read_now_is_handled_like_any_other(home: Home) -> None:
    kept = home.receive(READABLE)
    assert home.json("retry", "--quarantine", str(kept)) == {"quarantine": [kept]}
    assert home.json("retry")["quarantine"] == []
    claim = home.do(lambda store: store.write(inbox.claim, ANNA, BEGIN * 2))
    assert claim is not None
    assert (claim.event.kind, claim.event.key) == ("message", "1")


def test_a_body_that_still_cannot_be_read_stays_and_the_reason_is_told(home: Home) -> None:
    kept = home.receive(b"{")
    said = home.run("retry", "--quarantine", str(kept), status=2).stderr
    assert said.startswith(f"chatbot: quarantine {kept} can still not be read: not JSON: ")
    assert [one["id"] for one in home.json("retry")["quarantine"]] == [kept]


def test_all_takes_from_the_quarantine_what_can_be_read(home: Home) -> None:
    home.fail(ANNA, "one")
    ids = [home.receive(body) for body in (b"{", READABLE)]
    assert home.run("retry", "--all").stdout == f"will be handled again: event 1, quarantine {ids[1]}\n"
    assert [one["id"] for one in home.json("retry")["quarantine"]] == [ids[0]]


@pytest.mark.parametrize("status", ["failed", "unknown"])
def test_a_message_that_was_given_up_is_sent_again_when_a_person_says_so(home: Home, status: str) -> None:
    home.turn(ANNA, "hello", "Where?")
    if status == "failed":
        home.refuse(ANNA, "400")
    else:
        home.lose(ANNA)
    (message,) = home.json("retry")["messages"]
    assert message["status"] == status
    assert home.json("retry", "--message", str(message["id"])) == {"messages": [message["id"]]}
    assert home.json("retry")["messages"] == []
    out = home.do(lambda store: store.write(outbox.claim, ANNA, BEGIN * 2))
    assert out is not None
    assert out.id == message["id"]
    assert "neither unknown nor failed" in home.run("retry", "--message", str(message["id"]), status=2).stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["17"], "event 17 was not set aside; chatbot retry lists"),
        (["--message", "17"], "message 17 is neither unknown nor failed"),
        (["--quarantine", "17"], "17 is not in quarantine; chatbot retry lists what is"),
        (["17", "--all"], "say one of"),
        (["17", "--message", "3"], "say one of"),
        (["abc"], "not a valid integer"),
    ],
)
def test_what_cannot_be_tried_again_is_said(home: Home, words: list[str], says: str) -> None:
    home.turn(ANNA, "hello", "Where?")
    assert says in home.run("retry", *words, status=2).stderr
