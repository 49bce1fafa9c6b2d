"""Which store a URL means."""

from __future__ import annotations

from pathlib import Path

from chatbot.errors import ConfigError
from chatbot.store import sqlite_file
from chatbot.store.protocol import Store
from chatbot.store.sqlite import SqliteStore


async def open_store(url: str, folder: Path, *, drives: bool = True) -> Store:
    """Open the store at ``url``: ``sqlite:///chatbot.db`` lies in ``folder``, ``sqlite:////var/lib/chatbot.db`` does
    not.

    ``drives`` is for the one process that drives the conversations; others may write beside it without.
    Raises ConfigError for a URL of no known kind, StoreError when the store cannot be opened.
    """
    kind, found, rest = url.partition("://")
    if kind == "sqlite" and found and rest.startswith("/") and len(rest) > 1:
        return await SqliteStore.open(folder / rest[1:], drives=drives)
    raise ConfigError(f"[store] url: {url!r} is no store that can be opened; write sqlite:///chatbot.db")


def is_there(url: str, folder: Path) -> bool:
    """Tell whether the store at ``url`` was ever made, without making it."""
    kind, _, rest = url.partition("://")
    return kind == "sqlite" and (folder / rest[1:]).is_file()


def remove(url: str, folder: Path) -> None:
    """Delete the store at ``url``, if there is one. Raises StoreError when somebody drives it."""
    if is_there(url, folder):
        sqlite_file.remove(folder / url.partition("://")[2][1:])
