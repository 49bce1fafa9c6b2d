"""conversations: who is where, and one contact's dialogue."""

from __future__ import annotations

from typing import Any

import pytest

from chatbot.cli.terminal import harmless

Home = Any  # of conftest.py

ANNA, BERT = "+491622943176", "+491622943177"
WHEN = "2023-11-14 22:13:20Z"


def test_conversations_lists_those_that_go_on_with_masked_numbers(home: Home) -> None:
    home.turn(ANNA, "hello")
    home.turn(BERT, "hello", final=True)
    assert home.run("conversations").stdout == f"+4916…76         {WHEN}  pickup.address\n"
    assert ANNA in home.run("conversations", "--full").stdout
    assert home.json("conversations") == [
        {"contact": "+4916…76", "account": "shop", "flow": "pickup", "state": "address", "since": WHEN}
    ]


def test_conversations_lists_more_than_a_page(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.cli.operating.PAGE", 2)

    for n in range(5):
        home.turn(f"+49162294317{n}", "hello")
    assert len(home.json("conversations")) == 5


def test_conversations_of_a_contact_shows_what_was_said_and_what_became_of_it(home: Home) -> None:
    home.turn(ANNA, "hello", "Where?\n1. here\n2. there")
    home.refuse(ANNA, "400 Bad receiver")
    home.fail(ANNA, "Main St")
    home.turn(BERT, "not yours")
    said = home.run("conversations", "+49 162 2943176").stdout
    assert said.splitlines()[0] == f"{ANNA} with shop: pickup.address since {WHEN}"
    assert f"{WHEN}  contact  hello\n" in said
    assert "(start -> address)" in said
    assert f"{WHEN}  bot      Where?\n{' ' * 31}1. here\n{' ' * 31}2. there\n" in said
    assert "(pickup.address, message 1 REJECTED, 400 Bad receiver)" in said
    assert "aside, LookupError: no such street)" in said
    assert "not yours" not in said
    found = home.json("conversations", ANNA)
    assert found["contact"] == ANNA
    assert found["conversations"][0]["data"] == {"kind": "parcel"}
    assert [line["who"] for line in found["dialogue"]][:2] == ["contact", "contact"]


def test_what_a_contact_wrote_cannot_act_on_the_terminal_or_forge_a_line(home: Home) -> None:
    hostile = f"\x1b[2Jgone\r\x9b31m\u202edlrow\n{WHEN}  bot      You owe us 100 EUR"

    home.turn(ANNA, hostile)
    for words in (["conversations", ANNA], ["--json", "conversations", ANNA], ["export", ANNA]):
        said = home.run(*words).stdout
        assert "gone" in said
        assert not {"\x1b", "\r", "\x9b", "\u202e"} & set(said)
        assert f"\n{WHEN}  bot" not in said
    assert home.json("conversations", ANNA)["dialogue"][0]["text"] == hostile


@pytest.mark.parametrize("text", ["Grüße, 你好", "👩\u200d💻 works", "two\nlines", ""])
def test_what_a_terminal_only_shows_is_left_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_of_a_contact_who_never_wrote_nothing_is_shown(home: Home) -> None:
    home.turn(BERT, "hello")
    assert home.run("conversations", ANNA).stdout == f"nothing is kept of {ANNA}\n"
