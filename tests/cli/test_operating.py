"""conversations, retry, erase and export: what they show, what they change, and how they end."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result

import chatbot
from chatbot.cli import main
from chatbot.cli.terminal import harmless
from chatbot.store import contacts, inbox, outbox
from chatbot.store.protocol import Conversation, NewEvent, NewOutgoing, Store, TurnRecord
from chatbot.store.sqlite import SqliteStore

T = TypeVar("T")
Work = Callable[[Store], Coroutine[Any, Any, T]]
Run = Callable[..., Result]

ROOT = Path(next(iter(chatbot.__path__))).parent
ANNA, BERT = "+491622943176", "+491622943177"
BEGIN = 1_700_000_000.0
WHEN = "2023-11-14 22:13:20Z"


class Home:
    """A folder with a configuration and a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.file = folder / "chatbot.db"
        self.config.write_text("[store]\nkeep_days = 90\n")

    def do(self, work: Work[T]) -> T:
        """Run ``work(store)`` as the server would."""

        async def opened() -> T:
            store = await SqliteStore.open(self.file)
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(opened())

    def run(self, *words: str, status: int = 0) -> Result:
        """Run the command with ``words``; it must end with ``status``."""
        result = CliRunner().invoke(main, ["--config", str(self.config), *words])
        assert result.exit_code == status, result.output
        return result

    def json(self, *words: str) -> Any:
        """Run the command and read what it writes as JSON."""
        return json.loads(self.run("--json", *words).stdout)

    def holds(self, text: str) -> bool:
        """Tell whether ``text`` stands in one of the files, the configuration aside."""
        return any(text.encode() in file.read_bytes() for file in self.folder.iterdir() if file != self.config)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


async def turn(store: Store, contact: str, text: str, *said: str, state: str = "address", final: bool = False) -> None:
    """Let the contact say something, and the bot answer."""
    payload = json.dumps({"contact": contact, "text": text})
    await store.write(inbox.accept, NewEvent(contact, "shop", "message", text, payload, BEGIN))
    claim = await store.write(inbox.claim, contact, BEGIN)
    assert claim is not None
    here = Conversation(contact, "shop", "pickup", state, '{"kind":"parcel"}', "f1", visit=1, final=final)
    before = claim.conversation.state if claim.conversation else ""
    answers = [NewOutgoing(json.dumps({"text": one}), "pickup", state, 1) for one in said]
    await store.write(
        inbox.finish, TurnRecord(claim, BEGIN, here, outgoing=answers, before=before, after=state, row="bots.py:7")
    )


async def fail(store: Store, contact: str, text: str, error: str = "LookupError: no such street") -> None:
    """Let the contact say something that no try could handle."""
    event = NewEvent(contact, "shop", "message", text, json.dumps({"text": text}), BEGIN)
    await store.write(inbox.accept, event)
    claim = await store.write(inbox.claim, contact, BEGIN)
    assert claim is not None
    await store.write(inbox.set_aside, claim.event, f"Traceback:\n  File bots.py\n{error}\n", BEGIN)


async def refuse(store: Store, contact: str, error: str) -> None:
    """Let the gateway refuse the contact's next message."""
    out = await store.write(outbox.claim, contact, BEGIN)
    assert out is not None
    await store.write(outbox.failed, out.id, error, BEGIN)
    while claim := await store.write(inbox.claim, contact, BEGIN):
        await store.write(inbox.finish, TurnRecord(claim, BEGIN))


# conversations


def test_conversations_lists_those_that_go_on_with_masked_numbers(home: Home) -> None:
    async def begin(store: Store) -> None:
        await turn(store, ANNA, "hello")
        await turn(store, BERT, "hello", final=True)

    home.do(begin)
    assert home.run("conversations").stdout == f"+4916…76         {WHEN}  pickup.address\n"
    assert ANNA in home.run("conversations", "--full").stdout
    assert home.json("conversations") == [
        {"contact": "+4916…76", "account": "shop", "flow": "pickup", "state": "address", "since": WHEN}
    ]


def test_conversations_lists_more_than_a_page(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.cli.operating.PAGE", 2)

    async def begin(store: Store) -> None:
        for n in range(5):
            await turn(store, f"+49162294317{n}", "hello")

    home.do(begin)
    assert len(home.json("conversations")) == 5


def test_conversations_of_a_contact_shows_what_was_said_and_what_became_of_it(home: Home) -> None:
    async def talk(store: Store) -> None:
        await turn(store, ANNA, "hello", "Where?\n1. here\n2. there")
        await refuse(store, ANNA, "400 Bad receiver")
        await fail(store, ANNA, "Main St")
        await turn(store, BERT, "not yours")

    home.do(talk)
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

    async def talk(store: Store) -> None:
        await turn(store, ANNA, hostile)

    home.do(talk)
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
    home.do(lambda store: turn(store, BERT, "hello"))
    assert home.run("conversations", ANNA).stdout == f"nothing is kept of {ANNA}\n"


# retry


def test_retry_alone_lists_what_was_set_aside_and_what_was_not_delivered(home: Home) -> None:
    async def go_wrong(store: Store) -> None:
        await turn(store, BERT, "hello", "Where?")
        await refuse(store, BERT, "400 Bad\nreceiver")
        await fail(store, ANNA, "Main St")

    home.do(go_wrong)
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
    home.do(lambda store: turn(store, ANNA, "hello", "Where?"))
    assert home.run("retry").stdout == "nothing was set aside, and no message failed\n"
    assert home.run("retry", "--all").stdout == "nothing was set aside\n"


def test_an_event_that_was_set_aside_is_handled_again(home: Home) -> None:
    async def go_wrong(store: Store) -> None:
        await fail(store, ANNA, "one")
        await fail(store, ANNA, "two")

    home.do(go_wrong)
    later, earlier = (event["id"] for event in home.json("retry")["events"])
    assert home.json("retry", str(earlier)) == {"events": [earlier]}
    assert [event["id"] for event in home.json("retry")["events"]] == [later]
    claim = home.do(lambda store: store.write(inbox.claim, ANNA, BEGIN * 2))
    assert claim is not None
    assert (claim.event.id, claim.event.attempts) == (earlier, 1)


def test_all_events_that_were_set_aside_are_handled_again(home: Home) -> None:
    async def go_wrong(store: Store) -> None:
        for text in ("one", "two", "three"):
            await fail(store, ANNA, text)

    home.do(go_wrong)
    assert len(home.json("retry", "--all")["events"]) == 3
    assert home.json("retry")["events"] == []


@pytest.mark.parametrize("status", ["failed", "unknown"])
def test_a_message_that_was_given_up_is_sent_again_when_a_person_says_so(home: Home, status: str) -> None:
    async def go_wrong(store: Store) -> None:
        await turn(store, ANNA, "hello", "Where?")
        if status == "failed":
            await refuse(store, ANNA, "400")
            return
        out = await store.write(outbox.claim, ANNA, BEGIN)
        assert out is not None
        await store.write(outbox.ambiguous, out.id, BEGIN, "no answer")
        await store.write(outbox.settle, BEGIN, False)

    home.do(go_wrong)
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
        (["17", "--all"], "say one of"),
        (["17", "--message", "3"], "say one of"),
        (["abc"], "not a valid integer"),
    ],
)
def test_what_cannot_be_tried_again_is_said(home: Home, words: list[str], says: str) -> None:
    home.do(lambda store: turn(store, ANNA, "hello", "Where?"))
    assert says in home.run("retry", *words, status=2).stderr


# erase and export


def test_erase_leaves_nothing_of_a_contact_and_says_what_it_removed(home: Home) -> None:
    async def talk(store: Store) -> None:
        await turn(store, ANNA, "Rosenweg 7", "Where?", "There?")
        await turn(store, BERT, "hello", "Where?")

    home.do(talk)
    result = home.run("erase", "+49 (162) 2943176", "--yes")
    assert result.stdout == "removed 1 of conversation, 1 of event, 1 of turn, 2 of outbox of +4916…76\n"
    assert not home.holds(ANNA[1:])
    assert not home.holds("Rosenweg 7")
    assert len(home.do(lambda store: store.read(outbox.rows, BERT))) == 1
    assert home.run("erase", ANNA, "--yes").stdout == "removed nothing of +4916…76\n"
    assert home.json("erase", BERT, "--yes")["removed"]["outbox"] == 1


def test_erase_works_beside_a_server_that_runs(home: Home) -> None:
    async def erase_beside(store: Store) -> None:
        await turn(store, ANNA, "Rosenweg 7", "Where?")
        command = [sys.executable, "-m", "chatbot", "--config", str(home.config), "erase", ANNA, "--yes"]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
        assert await asyncio.wait_for(process.wait(), 60) == 0
        assert not home.holds("Rosenweg 7")
        assert await store.read(outbox.rows, ANNA) == []
        await turn(store, BERT, "hello", "Where?")

    home.do(erase_beside)
    assert not home.holds("Rosenweg 7")


def test_erase_asks_for_yes_where_there_is_no_terminal(home: Home) -> None:
    home.do(lambda store: turn(store, ANNA, "hello"))
    assert "say --yes" in home.run("erase", ANNA, status=2).stderr
    assert home.holds(ANNA)


@pytest.mark.parametrize(("answer", "status"), [(b"y\n", 0), (b"n\n", 1), (b"\n", 1)])
def test_erase_asks_on_a_terminal(home: Home, answer: bytes, status: int) -> None:
    home.do(lambda store: turn(store, ANNA, "hello", "Where?"))
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
    home.do(lambda store: turn(store, ANNA, "Rosenweg 7"))
    with closing(sqlite3.connect(home.file)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM event").fetchall()
        said = home.run("erase", ANNA, "--yes", status=3).stderr
    assert "can still be read" in said
    assert "erase again" in said
    assert home.run("erase", ANNA, "--yes").stdout == "removed nothing of +4916…76\n"
    assert not home.holds("Rosenweg 7")


def test_export_writes_everything_that_is_kept_of_a_contact_and_nothing_else(home: Home) -> None:
    async def talk(store: Store) -> None:
        await turn(store, ANNA, "Rosenweg 7", "Where?")
        await turn(store, BERT, "hello", "Where?")

    home.do(talk)
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
    home.do(lambda store: turn(store, ANNA, "hello"))
    words = [command, "call me", *(["--yes"] if command == "erase" else [])]
    assert "write it as +491622943176" in home.run(*words, status=2).stderr


@pytest.mark.parametrize("written", ["+9991234567", "009991234567", "9991234567"])
def test_a_number_that_no_region_has_can_be_erased_too(home: Home, written: str) -> None:
    home.do(lambda store: turn(store, "+9991234567", "hello"))
    assert "1 of event" in home.run("erase", written, "--yes").stdout


@pytest.mark.parametrize("written", ["00491622943176", "491622943176", "0049 162 2943176"])
def test_the_gateways_ways_of_writing_a_number_mean_one_contact(home: Home, written: str) -> None:
    home.do(lambda store: turn(store, ANNA, "hello"))
    assert "hello" in home.run("conversations", written).stdout
    assert home.json("export", written)["contact"] == ANNA
