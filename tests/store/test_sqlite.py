"""What only the SQLite store promises: one private file, one process, one sync for many, and what a crash leaves."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import chatbot
from chatbot.errors import StoreError
from chatbot.store import inbox
from chatbot.store.protocol import NewEvent, Tx
from chatbot.store.sqlite import SqliteStore

ROOT = Path(next(iter(chatbot.__path__))).parent


def message(key: str, payload: str = "{}") -> NewEvent:
    return NewEvent("+491622943176", "shop", "message", key, payload, 100.0)


def keys(path: Path) -> list[str]:
    """Look into the file as a stranger does."""
    connection = sqlite3.connect(path)
    try:
        return [key for (key,) in connection.execute("SELECT key FROM event ORDER BY id")]
    finally:
        connection.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def child(path: Path, script: str) -> subprocess.Popen[str]:
    """Run ``script`` (the body of an async function that has ``store``) in another process on ``path``."""
    body = "\n".join("    " + line for line in script.strip().splitlines())
    program = f"""
import asyncio, json, os, resource, sys
from chatbot.errors import StoreError
from chatbot.store import inbox
from chatbot.store.protocol import NewEvent
from chatbot.store.sqlite import SqliteStore

def message(key, payload="{{}}"):
    return NewEvent("+491622943176", "shop", "message", key, payload, 100.0)

async def main():
    store = await SqliteStore.open(sys.argv[1])
{body}

asyncio.run(main())
"""
    return subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


async def hold(store: SqliteStore) -> tuple[threading.Event, asyncio.Task[None]]:
    """Keep the writer busy, so that what is asked for next waits together, until the event is set."""
    under_way, go_on = threading.Event(), threading.Event()

    def wait(tx: Tx) -> None:
        under_way.set()
        go_on.wait(30)

    held = asyncio.create_task(store.write(wait))
    await asyncio.to_thread(under_way.wait, 30)
    return go_on, held


DIARY = "Dear diary, " * 1000


def write_diary(path: Path) -> None:
    path.write_text(DIARY)


def read_diary(path: Path) -> str:
    return path.read_text()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chatbot.db"


# The file


async def test_what_a_write_has_reported_is_seen_by_a_stranger(path: Path) -> None:
    store = await SqliteStore.open(path)
    for n in range(3):
        await store.write(inbox.accept, message(str(n)))
        assert keys(path) == [str(m) for m in range(n + 1)]
    await store.close()


async def test_every_commit_is_synced_to_a_write_ahead_log(path: Path) -> None:
    store = await SqliteStore.open(path)
    synchronous = await store.write(lambda tx: tx.rows("PRAGMA synchronous")[0]["synchronous"])
    journal = await store.write(lambda tx: tx.rows("PRAGMA journal_mode")[0]["journal_mode"])
    await store.close()
    assert (synchronous, journal) == (2, "wal")


@pytest.mark.parametrize("umask", [0o000, 0o077])
async def test_only_the_owner_can_read_the_files(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = await SqliteStore.open(path)
    finally:
        os.umask(before)
    await store.write(inbox.accept, message("1"))
    modes = [mode(beside(path, ending)) for ending in ("", "-wal", "-shm", "-lock")]
    await store.close()
    assert modes == [0o600] * 4


async def test_a_file_that_others_could_read_is_made_private(path: Path) -> None:
    await (await SqliteStore.open(path)).close()
    await asyncio.to_thread(path.chmod, 0o644)
    store = await SqliteStore.open(path)
    await store.write(inbox.accept, message("1"))
    modes = [mode(path), mode(beside(path, "-wal"))]
    await store.close()
    assert modes == [0o600, 0o600]


async def test_after_closing_the_one_file_holds_everything(path: Path, tmp_path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.write(inbox.accept, message("1"))
    await store.close()
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    assert keys(copy) == ["1"]


async def test_a_second_open_migrates_nothing_and_finds_everything(path: Path) -> None:
    def schema() -> tuple[object, ...]:
        connection = sqlite3.connect(path)
        try:
            applied = connection.execute("SELECT name, applied_at FROM _sqlite_migrations").fetchall()
            return (connection.execute("PRAGMA schema_version").fetchone(), *applied)
        finally:
            connection.close()

    store = await SqliteStore.open(path)
    await store.write(inbox.accept, message("1"))
    await store.close()
    before = schema()
    store = await SqliteStore.open(path)
    assert await store.read(inbox.waiting, 100.0, 10) == ["+491622943176"]
    await store.close()
    assert schema() == before
    assert len(before) > 1


async def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    await (await SqliteStore.open(path)).close()
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('chatbot', 'from_the_future', '')"
    )
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match=r"newer version.*from_the_future.*upgrade"):
        await SqliteStore.open(path)


# What cannot be opened


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere does not exist; create it"):
        await SqliteStore.open(tmp_path / "nowhere" / "chatbot.db")


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "chatbot.db").mkdir()
    with pytest.raises(StoreError, match=r"cannot open .*chatbot.db.*directory"):
        await SqliteStore.open(tmp_path / "chatbot.db")


async def test_a_file_that_is_no_database_is_left_alone(path: Path) -> None:
    write_diary(path)
    with pytest.raises(StoreError, match="not a SQLite database"):
        await SqliteStore.open(path)
    assert read_diary(path) == DIARY


# One process


async def test_a_second_process_is_told_who_has_the_file(path: Path) -> None:
    with child(path, "print('open', flush=True); sys.stdin.readline()") as other:
        assert other.stdout is not None
        assert await asyncio.to_thread(other.stdout.readline) == "open\n"
        with pytest.raises(
            StoreError,
            match=rf"process {other.pid} has .*chatbot.db open.*stop it first, or give this one a file of its own",
        ):
            await SqliteStore.open(path)
        await asyncio.to_thread(other.communicate, "\n")
    store = await SqliteStore.open(path)
    await store.close()


async def test_one_process_cannot_open_a_file_twice_by_whatever_name(path: Path, tmp_path: Path) -> None:
    alias = tmp_path / "alias.db"
    alias.symlink_to(path)
    store = await SqliteStore.open(path)
    for name in (path, alias):
        with pytest.raises(StoreError, match="one process"):
            await SqliteStore.open(name)
    await store.close()
    await (await SqliteStore.open(alias)).close()


@pytest.mark.parametrize(
    ("spoil", "mend"), [(write_diary, Path.unlink), (Path.mkdir, Path.rmdir)], ids=["a diary", "a folder"]
)
async def test_an_opening_that_failed_leaves_the_file_unlocked(
    path: Path, spoil: Callable[[Path], None], mend: Callable[[Path], None]
) -> None:
    spoil(path)
    with pytest.raises(StoreError):
        await SqliteStore.open(path)
    mend(path)
    await (await SqliteStore.open(path)).close()


# Group commit


async def test_whatever_waits_shares_one_commit_and_a_failing_piece_fails_alone(path: Path) -> None:
    store = await SqliteStore.open(path)

    def fail(tx: Tx, key: str) -> None:
        inbox.accept(tx, message(key))
        raise LookupError(key)

    def look(tx: Tx) -> tuple[list[str], int]:
        return keys(path), len(tx.rows("SELECT key FROM event"))

    go_on, held = await hold(store)
    work = [asyncio.create_task(store.write(inbox.accept, message(str(n)))) for n in range(5)]
    failing = asyncio.create_task(store.write(fail, "lost"))
    last = asyncio.create_task(store.write(look))
    await asyncio.sleep(0)
    go_on.set()
    assert await last == ([], 5), "the last piece sees the five of its group, and nobody else does yet"
    assert keys(path) == ["0", "1", "2", "3", "4"]
    assert all(task.done() for task in (held, *work, failing)), "one call wakes all callers of a group"
    assert isinstance(failing.exception(), LookupError)
    await store.close()


async def test_nobody_is_told_of_success_when_sqlite_rolls_the_whole_group_back(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.write(inbox.accept, message("before"))

    def provoke(tx: Tx) -> None:
        tx.run("INSERT OR ROLLBACK INTO event SELECT * FROM event")

    go_on, held = await hold(store)
    work = [store.write(inbox.accept, message("1")), store.write(provoke), store.write(inbox.accept, message("2"))]
    tasks = [asyncio.create_task(piece) for piece in work]
    await asyncio.sleep(0)
    go_on.set()
    await held
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, StoreError) and "UNIQUE" in str(outcome) for outcome in outcomes)
    assert keys(path) == ["before"]
    assert await store.write(inbox.accept, message("after")) is not None
    await store.close()


async def test_a_full_disk_fails_what_was_not_written_and_the_rest_goes_on(path: Path) -> None:
    store = await SqliteStore.open(path)
    pages = await store.write(lambda tx: tx.rows("PRAGMA page_count")[0]["page_count"])
    await store.write(lambda tx: tx.rows(f"PRAGMA max_page_count = {pages + 20}"))
    sizes = [100 if n % 2 else 200_000 for n in range(12)]
    outcomes = await asyncio.gather(
        *(store.write(inbox.accept, message(str(n), "x" * size)) for n, size in enumerate(sizes)),
        return_exceptions=True,
    )
    failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert failed
    assert all(isinstance(error, StoreError) and "disk is full" in str(error) for error in failed)
    assert keys(path) == [str(n) for n, outcome in enumerate(outcomes) if isinstance(outcome, int)]
    assert await store.write(inbox.accept, message("small")) is not None
    await store.close()


async def test_the_log_is_brought_into_the_file_again_and_again(path: Path) -> None:
    store = await SqliteStore.open(path)
    sizes = []
    for n in range(18):
        await asyncio.gather(*(store.write(inbox.accept, message(f"{n}-{m}", "x" * 1000)) for m in range(500)))
        sizes.append(beside(path, "-wal").stat().st_size)
    assert max(sizes) < beside(path, "").stat().st_size
    await store.close()


def test_after_an_input_output_error_the_store_takes_no_more_work(path: Path) -> None:
    # A limit on file sizes makes the operating system refuse the write to the log: a real I/O error.
    script = """
await store.write(inbox.accept, message("before"))
limit = os.stat(sys.argv[1] + "-wal").st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
during = [store.write(inbox.accept, message(f"during {n}", "x" * 100_000)) for n in range(3)]
said = await asyncio.gather(*during, return_exceptions=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
after = [store.write(inbox.accept, message("after")), store.read(inbox.waiting, 100.0, 10)]
said += await asyncio.gather(*after, return_exceptions=True)
await store.close()
print(json.dumps([repr(outcome) for outcome in said]))
"""
    with child(path, script) as it:
        output, _ = it.communicate(timeout=60)
    said = json.loads(output)
    assert [outcome.partition("(")[0] for outcome in said] == ["StoreError"] * 3 + ["Broken"] * 2
    assert all("I/O" in outcome for outcome in said)
    assert all("broken" in outcome for outcome in said[3:])
    assert keys(path) == ["before"]


# Crash


def test_what_was_reported_before_a_kill_is_there_after_it(path: Path) -> None:
    script = """
async def say(n):
    await store.write(inbox.accept, message(str(n)))
    print(n, flush=True)
for n in range(0, 1_000_000, 8):
    await asyncio.gather(*(say(m) for m in range(n, n + 8)))
"""
    with child(path, script) as it:
        assert it.stdout is not None
        reported = [it.stdout.readline().strip() for _ in range(200)]
        it.kill()
        reported += [line.strip() for line in it.stdout.read().splitlines(keepends=True) if line.endswith("\n")]

    async def look() -> list[str]:
        store = await SqliteStore.open(path)
        found = await store.read(lambda tx: [row["key"] for row in tx.rows("SELECT key FROM event ORDER BY id")])
        await store.close()
        return found

    found = asyncio.run(look())
    assert len(reported) >= 200
    assert set(reported) <= set(found)
