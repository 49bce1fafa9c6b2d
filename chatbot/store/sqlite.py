"""The store in one SQLite file, for one process.

One thread writes. It takes whatever waits, runs each piece behind a savepoint of its own and commits once, so that many
callers share the cost of one sync to disk. One more thread reads, against what is committed.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from chatbot.errors import Broken, StoreError, Unstorable
from chatbot.store import migrations, sqlite_file
from chatbot.store.protocol import Row, Tx

P = ParamSpec("P")
T = TypeVar("T")

GROUP = 256
"""How many pieces share one commit at most."""

BUSY_TIMEOUT = 5.0
"""How long, in seconds, a lock of somebody else (a shell, a backup) is waited for."""

GROWN = 1000
"""About how many pages (4 KB) the write-ahead log takes before it is brought into the file."""

_OLDEST = (3, 37, 0)  # the first with STRICT tables
_FAULTS = (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError)
# After these nobody knows what is on disk, and a retry may seem to work and lose rows: only a new start may go on.
_FATAL = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# What is wrong with the values themselves; also whatever fails before SQLite sees them: lone surrogates, huge numbers.
_UNSTORABLE = (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH)
_ADVICE = {
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_BUSY: "another program keeps a lock on the database: let it end",
    sqlite3.SQLITE_READONLY: "the database is open for reading only: write it with Store.write, and look at its mode",
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database: move it away",
}


class SqliteStore:
    """A `chatbot.store.protocol.Store` in a file. Make it with `open`."""

    def __init__(self, path: Path, lock: int | None, writing: sqlite3.Connection, reading: sqlite3.Connection) -> None:
        self._path = path
        self._lock = lock
        self._writing = _Connection(writing)
        self._reading = _Connection(reading)
        self._loop = asyncio.get_running_loop()
        self._pieces: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(1, "store-reader")
        self._writer = threading.Thread(target=self._write_groups, name="store-writer", daemon=True)
        self._closing: asyncio.Future[None] | None = None
        self._alone = threading.Lock()  # of who uses the writing connection
        self._brought_in, self._due = 0, GROWN // 5  # in changed rows, which can be counted
        self._writer.start()

    @classmethod
    async def open(cls, path: str | Path, *, drives: bool = True) -> SqliteStore:
        """Open the store in the file ``path``, made if there is none, for the running event loop.

        ``drives`` claims the file for the one process that drives its conversations; without, somebody writes beside
        it. Raises StoreError, saying what to do, when the file cannot be used or another process drives it.
        """
        return cls(*await asyncio.to_thread(_open, path, drives))

    async def write(self, work: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(tx, ...)`` in a transaction; when this returns, its effects are on disk. See `Store.write`."""
        self._refuse_if_unusable()
        piece = _Piece(work, args, kwargs, self._loop.create_future())
        self._pieces.put(piece)
        result: T = await piece.future
        return result

    async def read(self, work: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(tx, ...)``, which must not write, against what is committed. See `Store.read`."""
        self._refuse_if_unusable()
        piece = _Piece(work, args, kwargs, self._loop.create_future())
        await self._loop.run_in_executor(self._readers, self._read, piece)
        _deliver([piece])
        result: T = await piece.future
        return result

    async def scrub(self) -> None:
        """Rewrite the file without what was deleted, and empty the write-ahead log. See `Store.scrub`.

        Zeroing deleted rows is not enough: SQLite leaves copies in the slack of pages whose rows it once moved.
        """
        self._refuse_if_unusable()
        await self._loop.run_in_executor(None, self._scrub)

    async def close(self) -> None:
        """Finish what was asked for, bring the write-ahead log into the file and unlock it. May be called twice."""
        if self._closing is None:
            self._closing = self._loop.run_in_executor(None, self._close)
        await asyncio.shield(self._closing)

    def _refuse_if_unusable(self) -> None:
        if self._closing is not None:
            raise StoreError(f"the store {self._path} is closed")
        if error := self._writing.broken_by or self._reading.broken_by:
            raise Broken(f"the store {self._path} is broken and takes no more work ({error}): check disk, restart")

    def _read(self, piece: _Piece) -> None:
        execute = self._reading.execute
        try:
            execute("BEGIN")
            try:
                piece.run(self._reading)
            finally:
                execute("ROLLBACK")
        except StoreError as error:
            piece.error = error

    def _write_groups(self) -> None:
        while group := self._next_group():
            with self._alone:
                self._commit(group)
            with contextlib.suppress(RuntimeError):  # the event loop is gone, and with it whoever asked
                self._loop.call_soon_threadsafe(_deliver, group)
            with self._alone:
                self._bring_in_the_log()

    def _next_group(self) -> list[_Piece]:
        """Wait for work and take what is there, at most GROUP; empty when the store closes and all is done."""
        piece = self._pieces.get()
        group: list[_Piece] = []
        while piece is not None:
            group.append(piece)
            if len(group) == GROUP or self._pieces.empty():
                return group
            piece = self._pieces.get()
        if group:
            self._pieces.put(None)  # for the next call: the store closes after this group
        return group

    def _commit(self, group: Sequence[_Piece]) -> None:
        execute = self._writing.execute
        try:
            if self._writing.broken_by:
                raise StoreError(f"the store broke before: {self._writing.broken_by}")
            execute("BEGIN IMMEDIATE")
            for piece in group:
                if not piece.future.cancelled():
                    self._run_behind_savepoint(piece)
            execute("COMMIT")
        except Exception as error:  # whatever it is, nobody may be told that his piece is on disk
            self._roll_back()
            for piece in group:
                piece.error = StoreError(f"nothing was written: {error}")
                piece.error.__cause__ = error

    def _run_behind_savepoint(self, piece: _Piece) -> None:
        execute = self._writing.execute
        execute("SAVEPOINT piece")
        piece.run(self._writing)
        if piece.error is not None:
            if not self._writing.connection.in_transaction:
                raise piece.error  # SQLite has rolled back the whole group, as it may when the disk is full
            execute("ROLLBACK TO piece")
        execute("RELEASE piece")

    def _roll_back(self) -> None:
        try:
            if self._writing.connection.in_transaction:
                self._writing.execute("ROLLBACK")
        except StoreError as error:
            self._writing.broken_by = error

    def _bring_in_the_log(self) -> None:
        """Bring the log into the file when it has grown: SQLite would do so unasked, and pass over a sync that fails.

        The log starts over when all of it is in the file, unless somebody still reads from it.
        """
        changes = self._writing.connection.total_changes
        if self._writing.broken_by or changes < self._due:
            return
        pages = 0
        with contextlib.suppress(StoreError):  # the next call finds it broken, or has better luck
            _, pages, _ = self._writing.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        # Rows that share a commit share pages, so how many rows make a page is learned each time.
        rows = (changes - self._brought_in) * GROWN // (pages if pages > 0 else GROWN)
        self._brought_in, self._due = changes, changes + rows

    def _scrub(self) -> None:
        with self._alone:
            self._writing.execute("VACUUM")
            busy, *_ = self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError("another program reads the database, so its log still holds what was deleted: try again")

    def _close(self) -> None:
        self._pieces.put(None)
        self._writer.join()
        self._readers.shutdown()
        self._reading.connection.close()
        try:
            with self._alone:
                if not self._writing.broken_by:
                    with contextlib.suppress(StoreError):  # what stays in the log is read at the next start
                        self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                self._writing.connection.close()
        finally:
            if self._lock is not None:
                sqlite_file.release(self._lock)


class _Piece:
    """One piece of work, who waits for it, and what came of it."""

    __slots__ = ("args", "error", "future", "kwargs", "result", "work")

    def __init__(
        self, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], future: asyncio.Future[Any]
    ) -> None:
        self.work = work
        self.args = args
        self.kwargs = kwargs
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, tx: Tx) -> None:
        try:
            self.result = self.work(tx, *self.args, **self.kwargs)
        except StopIteration as error:  # a future cannot carry this one
            self.error = RuntimeError("the work raised StopIteration")
            self.error.__cause__ = error
        except BaseException as error:
            self.error = error


def _deliver(pieces: Sequence[_Piece]) -> None:
    for piece in pieces:
        if piece.future.done():  # its caller was cancelled
            continue
        if piece.error is None:
            piece.future.set_result(piece.result)
        else:
            piece.future.set_exception(piece.error)


class _Connection:
    """A connection as a `Tx`. ``broken_by`` is the error after which it must not be used, or None."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.broken_by: BaseException | None = None
        self._execute = connection.execute

    def execute(self, sql: str, values: dict[str, object] | tuple[()] = ()) -> sqlite3.Cursor:
        try:
            return self._execute(sql, values)
        except _FAULTS as error:
            raise self._store_error(error) from error

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        try:
            found: list[Row] = self._execute(sql, values).fetchall()
        except _FAULTS as error:
            raise self._store_error(error) from error
        return found

    def row(self, sql: str, /, **values: object) -> Row | None:
        found = self.rows(sql, **values)
        return found[0] if found else None

    def run(self, sql: str, /, **values: object) -> int:
        return self.execute(sql, values).rowcount

    def _store_error(self, error: BaseException) -> StoreError:
        if _code(error) in _FATAL:
            self.broken_by = error
        return _store_error(error)


def _code(error: BaseException) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _store_error(error: BaseException) -> StoreError:
    refused = isinstance(error, UnicodeError | OverflowError) or _code(error) in _UNSTORABLE
    kind = Unstorable if refused else StoreError
    return kind(_ADVICE.get(_code(error)) or f"the database refused: {error}")


def _open(given: str | Path, drives: bool) -> tuple[Path, int | None, sqlite3.Connection, sqlite3.Connection]:
    path = Path(given).resolve()  # two names of one file are one file
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old: this Python needs one built with 3.37 or later")
    with contextlib.ExitStack() as undo:
        lock = sqlite_file.hold(path, drives=drives)
        if lock is not None:
            undo.callback(sqlite_file.release, lock)
        try:
            writing = _connect(path)
            undo.callback(writing.close)
            if writing.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
                raise StoreError(f"{path} cannot have a write-ahead log there: use a local disk")
            writing.execute("PRAGMA synchronous = FULL")
            writing.execute("PRAGMA secure_delete = ON")
            writing.execute("PRAGMA wal_autocheckpoint = 0")
            if lock is not None:  # else whoever drives it has done so
                migrations.apply(Database(writing, recursive_triggers=False, execute_plugins=False))
            reading = _connect(path)
            undo.callback(reading.close)
            reading.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise StoreError(f"cannot open {path}: {_store_error(error)}") from error
        undo.pop_all()
        if lock is not None and not drives:
            sqlite_file.release(lock)
            lock = None
        return path, lock, writing, reading


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.row_factory = sqlite3.Row
    return connection
