"""--dev: the same commands for the conversations of `chatbot dev`."""

from __future__ import annotations

from typing import Any

import pytest

Home = Any  # of conftest.py

ANNA = "+491622943176"


@pytest.fixture
def developed(home: Home) -> Home:
    """A folder in which only `chatbot dev` was ever run."""
    home.file = home.folder / "chatbot-dev.db"
    home.turn(ANNA, "hello", "Where?")
    home.fail(ANNA, "Main St")
    return home


def test_dev_opens_the_store_of_chatbot_dev(developed: Home) -> None:
    assert developed.json("conversations", "--dev")[0]["state"] == "address"
    assert developed.json("conversations", ANNA, "--dev")["dialogue"]
    assert developed.run("retry", "--dev").stderr == "to handle an event again: chatbot retry --dev ID, or --all\n"
    assert developed.run("retry", "2", "--dev").stdout == "will be handled again: event 2\n"
    assert developed.json("export", ANNA, "--dev")["event"]
    assert developed.run("erase", ANNA, "--dev", "--yes").stdout.startswith("removed 1 of conversation")
    assert developed.run("conversations", "--dev").stdout == "no conversation goes on\n"


def test_without_dev_the_way_to_it_is_told_where_there_is_such_a_store(developed: Home) -> None:
    said = developed.run("retry", status=3).stderr
    assert "`chatbot run` makes one; that of `chatbot dev` is read with --dev" in said


def test_where_dev_was_never_run_that_is_told(home: Home) -> None:
    said = home.run("retry", "--dev", status=3).stderr
    assert said == "chatbot: there is no store at sqlite:///chatbot-dev.db: `chatbot dev` makes one\n"


@pytest.mark.parametrize("words", [["retry"], ["conversations"], ["conversations", ANNA]])
def test_where_nothing_is_found_the_store_of_dev_is_pointed_to(developed: Home, words: list[str]) -> None:
    developed.file = developed.folder / "chatbot.db"
    developed.turn("+491622943177", "hello", final=True)
    assert developed.run(*words).stderr == "to look into the store of `chatbot dev`: --dev\n"
    assert developed.run(*words, "--dev").stderr.count("to look into") == 0
