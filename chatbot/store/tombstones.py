"""What stays of an erased contact: keyed hashes of ids, so that what comes late has no effect.

A name is hashed with HMAC-SHA-256 under a random key that each store makes for itself. Whoever has the file and already
knows an id can find out whether it was erased; nobody can read one from it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from typing import TypeAlias

from chatbot.store.protocol import Tx

Name: TypeAlias = tuple[str, ...]


def of_event(contact: str, account: str, kind: str, key: str) -> Name:
    """Name an event as its unique key does."""
    return ("event", contact, account, kind, key)


def of_message(outbox_id: int) -> Name:
    """Name a message of the outbox by its id, which a callback token carries."""
    return ("message", str(outbox_id))


def of_request(request_id: str) -> Name:
    """Name a message as the gateway does."""
    return ("request", request_id)


def bury(tx: Tx, names: Iterable[Name], at: float) -> int:
    """Keep a tombstone of each of ``names``; give how many are new."""
    key = _key(tx)
    return sum(
        tx.run(
            "INSERT INTO tombstone (mac, at) VALUES (:mac, :at) ON CONFLICT (mac) DO NOTHING",
            mac=_mac(key, name),
            at=at,
        )
        for name in names
    )


def buried(tx: Tx, *names: Name) -> bool:
    """Tell whether one of ``names`` was buried. Where nobody was ever erased it is one look at an empty table."""
    row = tx.row("SELECT key FROM tombstone_key WHERE EXISTS (SELECT 1 FROM tombstone)")
    if row is None:
        return False
    macs = [_mac(bytes(row["key"]), name) for name in names]
    return any(tx.row("SELECT 1 FROM tombstone WHERE mac = :mac", mac=mac) is not None for mac in macs)


def _key(tx: Tx) -> bytes:
    tx.run(
        "INSERT INTO tombstone_key (id, key) VALUES (1, :key) ON CONFLICT (id) DO NOTHING", key=secrets.token_bytes(32)
    )
    return bytes(tx.rows("SELECT key FROM tombstone_key")[0]["key"])


def _mac(key: bytes, name: Name) -> bytes:
    return hmac.digest(key, json.dumps(name).encode(), hashlib.sha256)
