"""The files of a SQLite store: private to their owner, and held by one process."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from chatbot.errors import StoreError

_PRIVATE = 0o600


def hold(path: Path, *, drives: bool = True) -> int | None:
    """Make the database file ``path`` if there is none, and lock it for this process until `release`.

    Gives what `release` takes; None for somebody who does not drive it while another process does.
    Raises StoreError when the file cannot be made or another process holds it.
    """
    if not path.parent.is_dir():
        raise StoreError(f"cannot open {path}: the folder {path.parent} does not exist; create it first")
    try:
        lock = os.open(_beside(path, "-lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    except OSError as error:
        raise StoreError(f"cannot open {path}: {error.strerror} ({_beside(path, '-lock').name})") from error
    try:
        held = _lock(path, lock, drives)
        _make_private(path)
    except BaseException:
        os.close(lock)
        raise
    if not held:
        os.close(lock)
        return None
    return lock


def release(lock: int) -> None:
    """Let another process open the database. The lock file stays: removing it would let two processes in."""
    os.close(lock)


def remove(path: Path) -> None:
    """Delete the database file ``path``. Raises StoreError when another process holds it, or it cannot be deleted."""
    lock = hold(path)
    try:
        for file in (_beside(path, "-wal"), _beside(path, "-shm"), path):
            file.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot delete {path}: {error.strerror}") from error
    finally:
        if lock is not None:
            release(lock)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _lock(path: Path, lock: int, drives: bool) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        if not drives:
            return False
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
        who = f"process {holder}" if holder.isdecimal() else "another process"
        raise StoreError(
            f"{who} has {path} open, and SQLite serves one process: stop it first, or give this one a file of its own"
        ) from error
    except OSError as error:
        raise StoreError(f"cannot lock {path}: {error.strerror}; use a local disk") from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return True


def _make_private(path: Path) -> None:
    """Create ``path`` before SQLite does, with our mode; SQLite gives its -wal and -shm the same."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
        try:
            os.fchmod(file, _PRIVATE)
        finally:
            os.close(file)
        for left_by_a_crash in (_beside(path, "-wal"), _beside(path, "-shm")):
            if left_by_a_crash.exists():
                left_by_a_crash.chmod(_PRIVATE)
    except OSError as error:
        raise StoreError(f"cannot open {path}: {error.strerror}") from error
