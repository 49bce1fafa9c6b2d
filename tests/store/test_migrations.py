"""A file that an older version wrote becomes one of today's, with everything in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from chatbot.store import invocations
from chatbot.store.protocol import NewInvocation
from chatbot.store.sqlite import SqliteStore

ANNA = "+491622943176"


async def test_a_slow_call_that_waits_in_an_older_file_is_of_a_flow_that_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "chatbot.db"
    store = await SqliteStore.open(path)
    call = NewInvocation("quote", '{"n":1}', "pickup", "pricing", 3, 10.0, 2, "a fingerprint")
    await store.write(invocations.add, ANNA, "shop", [call], 100.0)
    await store.close()
    with closing(sqlite3.connect(path)) as older, older:
        older.execute("ALTER TABLE invocation DROP COLUMN fingerprint")
        older.execute("DELETE FROM _sqlite_migrations WHERE name = 'invocation_fingerprint'")

    store = await SqliteStore.open(path)
    (found,) = await store.write(invocations.claim, 100.0, 1)
    await store.close()
    assert (found.function, found.data, found.fingerprint) == ("quote", '{"n":1}', "")
