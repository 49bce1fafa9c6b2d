"""What every store promises to a contact who wants to know what is kept of them, or wants it gone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from chatbot.errors import Conflict
from chatbot.store import contacts, inbox, invocations, outbox, quarantine, receipts, timers, tombstones
from chatbot.store.protocol import (
    Claim,
    Conversation,
    NewEvent,
    NewInvocation,
    NewOutgoing,
    NewReceipt,
    NewTimer,
    Row,
    Store,
    TurnRecord,
    Tx,
)

ANNA, BERT = "+491622943176", "+491622943177"
NOW, DAY = 1_700_000_000.0, 86_400.0
TABLES = ("conversation", "event", "turn", "outbox", "receipt", "timer", "invocation", "quarantine")


def message(key: str, contact: str = ANNA, at: float = NOW, text: str = "") -> NewEvent:
    payload = json.dumps({"contact": contact, "text": text})
    return NewEvent(contact, "shop", "message", f"{key} of {contact}", payload, at)


def receipt(request_id: str, contact: str = ANNA, token: int | None = None, state: str = "DELIVERED") -> NewReceipt:
    body = json.dumps({"contact": contact})
    return NewReceipt(contact, request_id, f"{request_id} {state}", state, "VIBER", "", body, NOW, token)


def conversation(contact: str) -> Conversation:
    data = json.dumps({"address": f"where {contact} lives"})
    return Conversation(contact, "shop", "pickup", "address", data, "f1", visit=1, history=("kind",))


async def claimed(store: Store, contact: str = ANNA) -> Claim:
    claim = await store.write(inbox.claim, contact, NOW)
    assert claim is not None
    return claim


async def sent(store: Store, outbox_id: int, request_id: str, contact: str = ANNA) -> None:
    await store.write(outbox.claim, contact, NOW)
    await store.write(outbox.accepted, outbox_id, request_id, NOW)


async def live(store: Store, contact: str) -> list[int]:
    """Let ``contact`` leave something in every table; give the ids of two messages to them, one sent and one not."""
    await store.write(inbox.accept, message("first", contact, text=f"what {contact} wrote"))
    record = TurnRecord(
        await claimed(store, contact),
        NOW,
        conversation(contact),
        outgoing=[NewOutgoing(json.dumps({"text": f"Dear {contact}"}), "pickup", "address", 1)] * 2,
        timers=[NewTimer("timeout", 60.0, "pickup", "address", 1)],
        invocations=[NewInvocation("quote", json.dumps({"for": contact}), "pickup", "address", 1, 10.0, 2)],
        before="kind",
        after="address",
        log=json.dumps({"trail": [f"row of {contact}"]}),
    )
    first, second = await store.write(inbox.finish, record)
    # One receipt does not name the contact and comes before the answer, one names them.
    nameless = replace(receipt(f"request of {contact}", contact, state="BUFFERED"), contact="")
    await store.write(receipts.accept, nameless)
    await sent(store, first, f"request of {contact}", contact)
    await store.write(receipts.accept, receipt(f"request of {contact}", contact))
    await store.write(inbox.accept, message("second", contact))
    await store.write(quarantine.add, f'{{"from": "{contact}", "message": '.encode(), "not JSON", NOW)
    return [first, second]


async def rows(store: Store) -> dict[str, Sequence[Row]]:
    """Read every row of every table that speaks of contacts."""
    return {
        table: await store.read(lambda tx, table: tx.rows(f"SELECT * FROM {table}"), table)  # one of the names above
        for table in TABLES
    }


async def traces(store: Store, contact: str) -> set[str]:
    """Name the tables in which the contact's digits stand anywhere."""
    digits = contact.removeprefix("+")
    return {
        table
        for table, found in (await rows(store)).items()
        if any(digits in str(value) for row in found for value in dict(row).values())
    }


# Erase


async def test_erasing_a_contact_leaves_nothing_of_them_in_any_table(store: Store) -> None:
    await live(store, ANNA)
    assert await traces(store, ANNA) == set(TABLES), "or this test shows nothing"
    await store.write(contacts.erase, ANNA, NOW)
    assert await traces(store, ANNA) == set()
    assert {table: len(found) for table, found in (await rows(store)).items()} == dict.fromkeys(TABLES, 0)


async def test_erasing_tells_how_many_rows_of_each_table_are_gone(store: Store) -> None:
    await live(store, ANNA)
    kept = {table: len(found) for table, found in (await rows(store)).items()}
    assert await store.write(contacts.erase, ANNA, NOW) == kept
    assert await store.write(contacts.erase, ANNA, NOW) == dict.fromkeys(TABLES, 0)


async def test_erasing_one_contact_touches_no_other(store: Store) -> None:
    await live(store, BERT)
    before = await rows(store)
    await live(store, ANNA)
    await store.write(contacts.erase, ANNA, NOW)
    assert await rows(store) == before


async def test_a_message_that_is_repeated_after_it_was_erased_has_no_effect(store: Store) -> None:
    await live(store, ANNA)
    await store.write(contacts.erase, ANNA, NOW)
    for key in ("first", "second"):
        assert await store.write(inbox.accept, message(key, at=NOW + 2 * DAY)) is None
    assert await traces(store, ANNA) == set()


async def test_a_start_that_is_repeated_after_it_was_erased_has_no_effect(store: Store) -> None:
    start = NewEvent(ANNA, "shop", "start", "campaign", "{}", NOW)
    await store.write(inbox.accept, start)
    await store.write(contacts.erase, ANNA, NOW)
    assert await store.write(inbox.accept, start) is None
    assert await store.write(inbox.accept, replace(start, contact=BERT)) is not None


async def test_a_contact_who_writes_anew_after_they_were_erased_begins_anew(store: Store) -> None:
    await live(store, ANNA)
    await store.write(contacts.erase, ANNA, NOW)
    assert await store.write(inbox.accept, message("third")) is not None
    claim = await claimed(store)
    assert (claim.event.key, claim.conversation) == (f"third of {ANNA}", None)


@pytest.mark.parametrize(("age", "known"), [(3 * DAY - 1, True), (3 * DAY, False)])
async def test_a_message_is_remembered_for_three_days(store: Store, age: float, known: bool) -> None:
    await store.write(inbox.accept, message("first", at=NOW - age))
    await store.write(contacts.erase, ANNA, NOW)
    assert (await store.write(inbox.accept, message("first")) is None) is known


@pytest.mark.parametrize("by", ["request id", "token", "both"])
async def test_a_late_receipt_of_an_erased_message_is_not_stored(store: Store, by: str) -> None:
    first, second = await live(store, ANNA)
    await store.write(contacts.erase, ANNA, NOW)
    late = {
        "request id": receipt(f"request of {ANNA}", state="SEEN"),
        "token": receipt("never heard of", token=second),
        "both": receipt(f"request of {ANNA}", token=first, state="SEEN"),
    }[by]
    assert await store.write(receipts.accept, late) is None
    assert await traces(store, ANNA) == set()


async def test_receipts_of_others_are_stored_all_the_same(store: Store) -> None:
    await live(store, ANNA)
    _, theirs = await live(store, BERT)
    await store.write(contacts.erase, ANNA, NOW)
    await store.write(outbox.claim, BERT, NOW)
    assert await store.write(receipts.accept, receipt("R2", BERT, token=theirs)) == BERT


async def test_a_turn_under_way_ends_without_effect(store: Store) -> None:
    await store.write(inbox.accept, message("first"))
    record = TurnRecord(
        await claimed(store), NOW, conversation(ANNA), outgoing=[NewOutgoing("{}", "pickup", "address", 1)]
    )
    await store.write(contacts.erase, ANNA, NOW)
    with pytest.raises(Conflict):
        await store.write(inbox.finish, record)
    await store.write(inbox.postpone, record.claim.event, NOW, "boom")
    await store.write(inbox.postpone, record.claim.event, NOW, "boom", counted=False)
    with pytest.raises(Conflict):
        await store.write(inbox.set_aside, record.claim.event, "boom", NOW, record.outgoing)
    assert await traces(store, ANNA) == set()


async def test_a_slow_call_under_way_ends_without_effect(store: Store) -> None:
    await live(store, ANNA)
    (call,) = await store.write(invocations.claim, NOW, 10)
    await store.write(contacts.erase, ANNA, NOW)
    assert await store.write(invocations.finish, call, "{}", NOW) is False
    await store.write(invocations.postpone, call, NOW, "boom")
    assert await traces(store, ANNA) == set()


async def test_a_post_under_way_ends_without_effect_and_so_does_its_receipt(store: Store) -> None:
    _, second = await live(store, ANNA)
    await store.write(outbox.claim, ANNA, NOW)
    await store.write(contacts.erase, ANNA, NOW)
    assert await store.write(outbox.accepted, second, "R2", NOW) is False
    await store.write(outbox.ambiguous, second, NOW, "no answer")
    await store.write(outbox.postpone, second, NOW, "busy")
    await store.write(outbox.failed, second, "400", NOW)
    assert await store.write(receipts.accept, receipt("R2")) is None
    assert await store.write(timers.fire, NOW + DAY, 10) == []
    assert await traces(store, ANNA) == set()


@pytest.mark.parametrize("named", [ANNA, ""], ids=["named", "nameless"])
async def test_a_receipt_that_overtakes_the_answer_to_a_post_under_way_goes_with_the_answer(
    store: Store, named: str
) -> None:
    _, second = await live(store, ANNA)
    await store.write(outbox.claim, ANNA, NOW)
    await store.write(contacts.erase, ANNA, NOW)
    await store.write(receipts.accept, replace(receipt("late", ANNA), contact=named))
    await store.write(receipts.accept, receipt("of another", BERT))
    assert await store.write(outbox.accepted, second, "late", NOW) is False
    assert await traces(store, ANNA) == set()
    assert [row["contact"] for row in (await rows(store))["receipt"]] == [BERT]


@pytest.mark.parametrize(
    "written",
    [
        b'{"from": "+491622943176"',
        b'{"from": "00491622943176"',
        b'{"from": 491622943176',
        b"from=+49 (162) 294-31.76",
        '{"from": "+491622943176"'.encode("utf-16-le"),
        '{"from": "00491622943176"'.encode("utf-16-be"),
        b"\xff\xfe +491622943176",
    ],
)
async def test_a_body_that_nobody_could_read_goes_when_it_holds_the_number(store: Store, written: bytes) -> None:
    for n in range(50):  # more than are looked at in one go
        await store.write(quarantine.add, f"broken {n}".encode(), "not JSON", NOW)
    await store.write(quarantine.add, written, "not JSON", NOW)
    assert len((await store.read(contacts.export, ANNA))["quarantine"]) == 1
    assert (await store.write(contacts.erase, ANNA, NOW))["quarantine"] == 1
    assert len((await rows(store))["quarantine"]) == 50


@pytest.mark.parametrize(
    "written",
    [b"+4916229431760", b"+1491622943176", b"+49162294317", b"4916229431, 76", "1491622943176".encode("utf-16")],
)
async def test_a_body_that_nobody_could_read_stays_when_the_number_is_another(store: Store, written: bytes) -> None:
    await store.write(quarantine.add, written, "not JSON", NOW)
    assert (await store.read(contacts.export, ANNA))["quarantine"] == []
    assert (await store.write(contacts.erase, ANNA, NOW))["quarantine"] == 0


async def test_a_tombstone_tells_nobody_whose_it_is(store: Store) -> None:
    await live(store, ANNA)
    await store.write(contacts.erase, ANNA, NOW)
    found = await store.read(lambda tx: tx.rows("SELECT mac FROM tombstone"))
    assert [len(bytes(row["mac"])) for row in found] == [32] * 5, "two messages in, two out, and one request id"
    # The same names under another key are other tombstones.
    await store.write(lambda tx: tx.run("UPDATE tombstone_key SET key = :key", key=b"another"))
    assert await store.write(inbox.accept, message("first")) is not None


class Recording:
    """A transaction that keeps the statements it was given."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.statements: list[str] = []

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        self.statements.append(sql)
        return self.tx.rows(sql, **values)

    def row(self, sql: str, /, **values: object) -> Row | None:
        self.statements.append(sql)
        return self.tx.row(sql, **values)

    def run(self, sql: str, /, **values: object) -> int:
        self.statements.append(sql)
        return self.tx.run(sql, **values)


@pytest.mark.parametrize("once", [False, True], ids=["nobody was ever erased", "no tombstone is left"])
async def test_where_there_is_no_tombstone_a_message_costs_one_look_more(store: Store, once: bool) -> None:
    def accept(tx: Tx) -> list[str]:
        recording = Recording(tx)
        inbox.accept(recording, message("first"))
        return recording.statements

    if once:
        await store.write(tombstones.bury, [tombstones.of_message(1)], NOW)
        await store.write(lambda tx: tx.run("DELETE FROM tombstone"))
    assert len([sql for sql in await store.write(accept) if "tombstone" in sql]) == 1


async def test_a_name_is_buried_once(store: Store) -> None:
    names = [tombstones.of_message(1), tombstones.of_message(2)]
    assert await store.write(tombstones.bury, names, NOW) == 2
    assert await store.write(tombstones.bury, names, NOW) == 0
    assert await store.read(tombstones.buried, tombstones.of_message(3), tombstones.of_message(2)) is True
    assert await store.read(tombstones.buried, tombstones.of_message(3)) is False


# Export


async def test_an_export_holds_every_row_of_the_contact_and_none_of_others(store: Store) -> None:
    await live(store, ANNA)
    everything = await rows(store)
    await live(store, BERT)
    kept = await store.read(contacts.export, ANNA)
    assert {table: len(found) for table, found in kept.items()} == {
        table: len(found) for table, found in everything.items()
    }
    assert BERT.removeprefix("+") not in json.dumps(kept)


async def test_an_export_is_plain_json_with_what_was_stored_as_json_in_it(store: Store) -> None:
    await live(store, ANNA)
    kept: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(await store.read(contacts.export, ANNA)))
    assert kept["event"][0]["payload"] == {"contact": ANNA, "text": f"what {ANNA} wrote"}
    assert kept["conversation"][0]["data"] == {"address": f"where {ANNA} lives"}
    assert kept["conversation"][0]["history"] == ["kind"]
    assert kept["outbox"][0]["body"] == {"text": f"Dear {ANNA}"}
    assert kept["outbox"][0]["receipt"] == "DELIVERED"
    assert kept["turn"][0]["log"] == {"trail": [f"row of {ANNA}"]}
    assert kept["quarantine"][0]["body"] == f'{{"from": "{ANNA}", "message": '


async def test_an_export_gives_bytes_that_are_no_text_escaped(store: Store) -> None:
    await store.write(quarantine.add, b"\xff\xfe +491622943176 \xc3\xa4", "not JSON", NOW)
    (body,) = (await store.read(contacts.export, ANNA))["quarantine"]
    assert body["body"] == "\\xff\\xfe +491622943176 ä"


async def test_the_contacts_with_the_latest_events_are_given_first(store: Store) -> None:
    for key, contact in (("1", ANNA), ("2", BERT), ("3", ANNA)):
        await store.write(inbox.accept, message(key, contact))
    assert await store.read(contacts.latest, 10) == [ANNA, BERT]
    assert await store.read(contacts.latest, 1) == [ANNA]


async def test_of_a_contact_who_never_wrote_nothing_is_kept(store: Store) -> None:
    await live(store, BERT)
    assert await store.read(contacts.export, ANNA) == {table: [] for table in TABLES}
