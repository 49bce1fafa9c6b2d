"""erase and export: nothing of a contact is left, or all of it is written; and what both say of the store."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import chatbot
from chatbot.store import contacts, outbox
from chatbot.store.protocol import Store

Home = Any  # of conftest.py

ROOT = Path(next(iter(chatbot.__path__))).parent
ANNA, BERT = "+491622943176", "+491622943177"


def test_erase_leaves_nothing_of_a_contact_and_says_what_it_removed(home: Home) -> None:
    home.turn(ANNA, "Rosenweg 7", "Where?", "There?")
    home.turn(BERT, "hello", "Where?")
    result = home.run("erase", "+49 (162) 2943176", "--yes")
    assert result.stdout == "removed 1 of conversation, 1 of event, 1 of turn, 2 of outbox of +4916…76\n"
    assert not home.holds(ANNA[1:])
    assert not home.holds("Rosenweg 7")
    assert len(home.do(lambda store: store.read(outbox.rows, BERT))) == 1
    assert home.run("erase", ANNA, "--yes").stdout == "removed nothing of +4916…76\n"
    assert home.json("erase", BERT, "--yes")["removed"]["outbox"] == 1


def test_erase_works_beside_a_server_that_runs(home: Home) -> None:
    async def erase_beside(store: Store) -> None:
        await home.turn_in(store, ANNA, "Rosenweg 7", "Where?")
        command = [sys.executable, "-m", "chatbot", "--config", str(home.config), "erase", ANNA, "--yes"]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
        assert await asyncio.wait_for(process.wait(), 60) == 0
        assert not home.holds("Rosenweg 7")
        assert await store.read(outbox.rows, ANNA) == []
        await home.turn_in(store, BERT, "hello", "Where?")

    home.do(erase_beside)
    assert not home.holds("Rosenweg 7")


def test_erase_asks_for_yes_where_there_is_no_terminal(home: Home) -> None:
    home.turn(ANNA, "hello")
    assert "say --yes" in home.run("erase", ANNA, status=2).stderr
    assert home.holds(ANNA)


@pytest.mark.parametrize(("answer", "status"), [(b"y\n", 0), (b"n\n", 1), (b"\n", 1)])
def test_erase_asks_on_a_terminal(home: Home, answer: bytes, status: int) -> None:
    home.turn(ANNA, "hello", "Where?")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "chatbot", "--config", str(home.config), "erase", ANNA]
    try:
        os.write(ours, answer)
        ended = subprocess.run(command, cwd=ROOT, stdin=theirs, capture_output=True, timeout=60, check=False)
    finally:
        os.close(ours)
        os.close(theirs)
    assert ended.returncode == status
    assert b"Remove 1 of conversation, 1 of event, 1 of turn, 1 of outbox of +491622943176 for good?" in ended.stderr
    assert home.holds(ANNA) is (status == 1)


def test_erase_says_when_the_bytes_are_still_there_and_does_the_rest_when_called_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatbot.store.sqlite.BUSY_TIMEOUT", 0.05)
    home.turn(ANNA, "Rosenweg 7")
    with closing(sqlite3.connect(home.file)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM event").fetchall()
        said = home.run("erase", ANNA, "--yes", status=3).stderr
    assert "can still be read" in said
    assert "erase again" in said
    assert home.run("erase", ANNA, "--yes").stdout == "removed nothing of +4916…76\n"
    assert not home.holds("Rosenweg 7")


def test_export_writes_everything_that_is_kept_of_a_contact_and_nothing_else(home: Home) -> None:
    home.turn(ANNA, "Rosenweg 7", "Where?")
    home.turn(BERT, "hello", "Where?")
    exported = json.loads(home.run("export", ANNA).stdout)
    assert exported.pop("contact") == ANNA
    assert exported == home.do(lambda store: store.read(contacts.export, ANNA))
    assert exported["event"][0]["payload"]["text"] == "Rosenweg 7"
    assert BERT not in json.dumps(exported)


@pytest.mark.parametrize("words", [["conversations"], ["retry"], ["erase", ANNA, "--yes"], ["export", ANNA]])
def test_where_there_is_no_store_none_is_made_and_the_status_is_3(home: Home, words: list[str]) -> None:
    assert "there is no store at sqlite:///chatbot.db" in home.run(*words, status=3).stderr
    assert [file.name for file in home.folder.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("command", ["conversations", "export", "erase"])
def test_a_number_that_is_none_is_refused_with_how_to_write_one(home: Home, command: str) -> None:
    home.turn(ANNA, "hello")
    words = [command, "call me", *(["--yes"] if command == "erase" else [])]
    assert "write it as +491622943176" in home.run(*words, status=2).stderr


@pytest.mark.parametrize("written", ["+9991234567", "009991234567", "9991234567"])
def test_a_number_that_no_region_has_can_be_erased_too(home: Home, written: str) -> None:
    home.turn("+9991234567", "hello")
    assert "1 of event" in home.run("erase", written, "--yes").stdout


@pytest.mark.parametrize("written", ["00491622943176", "491622943176", "0049 162 2943176"])
def test_the_gateways_ways_of_writing_a_number_mean_one_contact(home: Home, written: str) -> None:
    home.turn(ANNA, "hello")
    assert "hello" in home.run("conversations", written).stdout
    assert home.json("export", written)["contact"] == ANNA
