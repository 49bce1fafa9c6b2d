"""What every store promises of bodies that nobody could read."""

from __future__ import annotations

from chatbot.store import quarantine
from chatbot.store.protocol import Store
from chatbot.store.quarantine import Unreadable

BODY = b"\x00\xff{not json"


async def test_an_unreadable_body_is_kept_as_it_came(store: Store) -> None:
    kept = await store.write(quarantine.add, BODY, "not JSON", 100.0)
    assert await store.read(quarantine.one, kept) == Unreadable(kept, 100.0, "not JSON", BODY)
    assert await store.read(lambda tx: tx.rows("SELECT contact FROM quarantine")[0]["contact"]) == ""


async def test_the_latest_are_given_first_and_no_more_than_asked_for(store: Store) -> None:
    ids = [await store.write(quarantine.add, BODY, "not JSON", float(number)) for number in range(3)]
    assert [one.id for one in await store.read(quarantine.latest, 2)] == [ids[2], ids[1]]


async def test_a_body_that_was_removed_is_gone_and_the_others_are_there(store: Store) -> None:
    ids = [await store.write(quarantine.add, BODY, "not JSON", 100.0) for _ in range(2)]
    await store.write(quarantine.remove, ids[0])
    assert await store.read(quarantine.one, ids[0]) is None
    assert [one.id for one in await store.read(quarantine.latest, 10)] == [ids[1]]
