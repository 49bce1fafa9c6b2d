"""What only the SQLite store promises of erased contacts: no byte of them stands in any of its files."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import chatbot
from chatbot.errors import StoreError
from chatbot.store import contacts, inbox, outbox, sqlite
from chatbot.store.protocol import NewEvent, NewOutgoing, Store, TurnRecord, Tx
from chatbot.store.sqlite import SqliteStore

ROOT = Path(next(iter(chatbot.__path__))).parent
NOW = 1_700_000_000.0
ANNA = "+491622943176"
SAID, HEARD = "Rosenweg 7 in Potsdam", "collect the parcel at Rosenweg 7"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chatbot.db"


def found(path: Path, *wanted: str) -> list[str]:
    """Give what of ``wanted`` stands in which file: the database and all that lies beside it."""
    files = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    return [f"{one} in {name}" for one in wanted for name, held in files.items() if one.encode() in held]


async def talk(store: Store, contact: str, key: str, said: str = SAID, heard: str = HEARD) -> None:
    """Let the contact say something and be answered."""
    await store.write(inbox.accept, NewEvent(contact, "shop", "message", key, f'"{said}"', NOW))
    claim = await store.write(inbox.claim, contact, NOW)
    assert claim is not None
    answer = NewOutgoing(f'"{heard}"', "pickup", "address", 1)
    await store.write(inbox.finish, TurnRecord(claim, NOW, outgoing=[answer], log=f'"{said}"'))


async def erase(path: Path, contact: str) -> None:
    """Erase as a command does: beside whoever drives the store."""
    store = await SqliteStore.open(path, drives=False)
    await store.write(contacts.erase, contact, NOW)
    await store.scrub()
    await store.close()


async def test_no_byte_of_an_erased_contact_is_left_in_any_file(path: Path) -> None:
    store = await SqliteStore.open(path)
    await talk(store, ANNA, "M1")
    for one in (ANNA[1:], SAID, HEARD):
        assert await asyncio.to_thread(found, path, one) != [], "or this test shows nothing"
    await store.write(contacts.erase, ANNA, NOW)
    await store.scrub()
    assert await asyncio.to_thread(found, path, ANNA[1:], SAID, HEARD) == []
    await store.close()
    assert await asyncio.to_thread(found, path, ANNA[1:], SAID, HEARD) == []


async def test_no_copy_is_left_where_sqlite_once_moved_rows(path: Path) -> None:
    # Pages that are split leave copies of rows in their slack, which deleting the rows does not reach.
    chance = random.Random(7)
    numbers = [f"+49162{chance.randrange(10**7):07}" for _ in range(30)]
    store = await SqliteStore.open(path)
    for _ in range(180):
        contact = chance.choice(numbers)
        await talk(
            store, contact, str(chance.randrange(10**12)), "t" * chance.randrange(200), "x" * chance.randrange(300)
        )
    for contact in numbers[:20]:
        await store.write(contacts.erase, contact, NOW)
    await store.scrub()
    assert await asyncio.to_thread(found, path, *(contact[1:] for contact in numbers[:20])) == []
    await store.close()


SERVER = """
import asyncio, sys
from chatbot.store import inbox
from chatbot.store.protocol import NewEvent, TurnRecord
from chatbot.store.sqlite import SqliteStore

ANNA, BERT, NOW = "+491622943176", "+491622943177", 1_700_000_000.0

async def main():
    store = await SqliteStore.open(sys.argv[1])
    await store.write(inbox.accept, NewEvent(ANNA, "shop", "message", "M1", '"Rosenweg 7 in Potsdam"', NOW))
    claim = await store.write(inbox.claim, ANNA, NOW)
    print("claimed", flush=True)
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
    kept = 0
    while not ended.done():
        await store.write(inbox.accept, NewEvent(BERT, "shop", "message", str(kept), '"hello"', NOW))
        await store.read(inbox.waiting, NOW, 10)
        kept += 1
    try:
        await store.write(inbox.finish, TurnRecord(claim, NOW, log='"Rosenweg 7 in Potsdam"'))
    except Exception as error:
        print(type(error).__name__, kept, flush=True)
    sys.stdin.readline()
    await store.close()

asyncio.run(main())
"""


@contextmanager
def server(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run another process that drives the store, writes without a pause, and has a turn of Anna's under way."""
    command = [sys.executable, "-c", SERVER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def test_erasing_beside_a_busy_server_leaves_no_byte_and_no_turn_under_way_brings_one_back(path: Path) -> None:
    with server(path) as busy:
        assert busy.stdin is not None
        assert busy.stdout is not None
        assert busy.stdout.readline() == "claimed\n"
        assert found(path, ANNA[1:], SAID) != []
        asyncio.run(erase(path, ANNA))
        assert found(path, ANNA[1:], SAID) == []
        busy.stdin.write("\n")
        busy.stdin.flush()
        said, kept = busy.stdout.readline().split()
        assert said == "Conflict"
        assert found(path, ANNA[1:], SAID) == []
        busy.stdin.write("\n")
        busy.stdin.flush()
        assert busy.wait(30) == 0, "the server has lost nothing and closes as ever"
    with closing(sqlite3.connect(path)) as stranger:
        assert stranger.execute("SELECT count(*) FROM event").fetchone() == (int(kept),)
    assert found(path, ANNA[1:], SAID) == []


async def test_a_scrub_waits_for_the_transaction_under_way(path: Path) -> None:
    store = await SqliteStore.open(path)
    under_way, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        under_way.set()
        go_on.wait(30)

    writing = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(under_way.wait, 30)
    scrubbing = asyncio.create_task(store.scrub())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(scrubbing), 0.2)
    go_on.set()
    await asyncio.gather(writing, scrubbing)
    await store.close()


async def test_who_writes_meanwhile_waits_and_loses_nothing(path: Path) -> None:
    store = await SqliteStore.open(path)
    events = [NewEvent(ANNA, "shop", "message", str(n), "{}", NOW) for n in range(50)]
    outcomes = await asyncio.gather(
        *(store.write(inbox.accept, event) for event in events), store.scrub(), store.scrub()
    )
    assert all(isinstance(event_id, int) for event_id in outcomes[:50])
    assert len(await store.read(lambda tx: tx.rows("SELECT * FROM event"))) == 50
    await store.close()


async def test_a_scrub_that_a_reader_is_in_the_way_of_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.05)
    store = await SqliteStore.open(path)
    await talk(store, ANNA, "M1")
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM event").fetchall()
        with pytest.raises(StoreError, match=r"another program reads .* try again"):
            await store.scrub()
    await store.scrub()
    await store.close()


async def test_a_scrub_that_a_writer_is_in_the_way_of_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.05)
    store = await SqliteStore.open(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program keeps a lock"):
            await store.scrub()
    await store.scrub()
    await store.close()


async def test_a_store_that_is_closed_is_not_scrubbed(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.close()
    with pytest.raises(StoreError, match=r"chatbot.db is closed"):
        await store.scrub()


async def test_ids_go_on_after_a_scrub_so_that_no_token_names_another_message(path: Path) -> None:
    store = await SqliteStore.open(path)
    await talk(store, ANNA, "M1")
    (before,) = await store.read(outbox.rows, ANNA)
    await store.write(contacts.erase, ANNA, NOW)
    await store.scrub()
    await talk(store, ANNA, "M2")
    (after,) = await store.read(outbox.rows, ANNA)
    await store.close()
    assert after.id > before.id


async def test_what_is_deleted_in_the_course_of_time_is_overwritten(path: Path) -> None:
    store = await SqliteStore.open(path)
    assert await store.write(lambda tx: tx.rows("PRAGMA secure_delete")[0]["secure_delete"]) == 1
    await store.close()
