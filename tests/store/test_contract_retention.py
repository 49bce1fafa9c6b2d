"""What every store promises of the time after which things are deleted, and of what is never deleted."""

from __future__ import annotations

from collections import Counter

import pytest

from chatbot.store import inbox, invocations, outbox, quarantine, receipts, retention, timers, tombstones
from chatbot.store.protocol import (
    Claim,
    Conversation,
    NewEvent,
    NewInvocation,
    NewOutgoing,
    NewReceipt,
    NewTimer,
    Store,
    TurnRecord,
)
from chatbot.store.retention import Mark

ANNA, BERT = "+491622943176", "+491622943177"
DAY = 86_400.0
BEGIN = 1_700_000_000.0
KEEP = 10 * DAY
LATER = BEGIN + KEEP + 1
"""When what was over at the begin has been kept long enough."""
ASKED = NewOutgoing('{"text":"Parcel?"}', "pickup", "kind", 1)


def place(contact: str = ANNA, *, final: bool = True, visit: int = 1, suspended: str = "[]") -> Conversation:
    return Conversation(contact, "shop", "pickup", "kind", "{}", "f1", visit=visit, final=final, suspended=suspended)


async def claimed(store: Store, contact: str = ANNA, at: float = BEGIN, key: str = "M1") -> Claim:
    await store.write(inbox.accept, NewEvent(contact, "shop", "message", key, "{}", at))
    claim = await store.write(inbox.claim, contact, at)
    assert claim is not None
    return claim


async def turn(
    store: Store, here: Conversation | None, at: float = BEGIN, key: str = "M1", **more: object
) -> list[int]:
    """Handle one message; give the ids of what was said."""
    claim = await claimed(store, here.contact if here else ANNA, at, key)
    return await store.write(inbox.finish, TurnRecord(claim, at, here, **more))  # type: ignore[arg-type]


async def post(store: Store, outbox_id: int, at: float = BEGIN, contact: str = ANNA) -> None:
    await store.write(outbox.claim, contact, at)
    await store.write(outbox.accepted, outbox_id, f"R{outbox_id}", at)


async def receipt(store: Store, outbox_id: int, state: str = "DELIVERED", at: float = BEGIN) -> None:
    news = NewReceipt(ANNA, f"R{outbox_id}", f"{outbox_id}-{state}", state, "VIBER", "", "{}", at)
    await store.write(receipts.accept, news)
    while claim := await store.write(inbox.claim, ANNA, at):
        await store.write(inbox.finish, TurnRecord(claim, at))


async def purged(store: Store, now: float = LATER, keep: float = KEEP, limit: int = 100) -> dict[str, int]:
    """Make one pass; give how many rows of which table went."""
    deleted: Counter[str] = Counter()
    mark: Mark | None = Mark()
    while mark is not None:
        step = await store.write(retention.purge, mark, now, keep, limit)
        assert step.rows <= limit
        deleted[step.table] += step.rows
        mark = step.rest
    return +deleted


async def count(store: Store, table: str) -> int:
    return len(await store.read(lambda tx: tx.rows(f"SELECT 1 FROM {table}")))


async def test_a_conversation_that_is_over_goes_with_all_that_belongs_to_it(store: Store) -> None:
    (sent,) = await turn(store, place(), outgoing=[ASKED])
    await post(store, sent)
    await receipt(store, sent)
    assert await purged(store, BEGIN + KEEP) == {}
    assert await purged(store) == {"event": 2, "turn": 2, "outbox": 1, "receipt": 1, "conversation": 1}
    for table in ("event", "turn", "outbox", "receipt", "conversation"):
        assert await count(store, table) == 0


async def test_a_conversation_that_goes_on_stays_with_the_question_it_waits_at(store: Store) -> None:
    first, _ = await turn(store, place(final=False), outgoing=[ASKED] * 2)
    await post(store, first)
    await receipt(store, first)
    await store.write(outbox.claim, ANNA, BEGIN)
    await store.write(outbox.failed, first + 1, "400", BEGIN)
    await receipt(store, first)
    assert set(await purged(store)) == {"event", "turn"}
    assert [row.id for row in await store.read(outbox.rows, ANNA)] == [first, first + 1]
    assert await count(store, "receipt") == 1
    await turn(store, place(final=False, visit=2), at=LATER, key="M2")
    assert await purged(store, LATER + 1) == {"outbox": 2, "receipt": 1}, "it has asked something else since"
    assert await count(store, "conversation") == 1


@pytest.mark.parametrize("suspended", ["[]", '[{"flow":"pickup"}]'])
async def test_a_conversation_that_another_one_interrupts_is_not_over(store: Store, suspended: str) -> None:
    await turn(store, place(suspended=suspended))
    await purged(store)
    assert await count(store, "conversation") == (1 if suspended != "[]" else 0)


async def test_a_conversation_that_goes_on_stays_when_nothing_else_is_left_of_it(store: Store) -> None:
    await turn(store, place(final=False))
    await purged(store)
    assert (await count(store, "event"), await count(store, "conversation")) == (0, 1)


async def test_a_conversation_stays_as_long_as_one_of_its_timers_runs(store: Store) -> None:
    await turn(store, place(), timers=[NewTimer("timeout", 99 * DAY, "pickup", "kind", 1)])
    assert "conversation" not in await purged(store)
    await store.write(timers.drop, ANNA, "shop", 1)
    assert await purged(store) == {"conversation": 1}


async def test_a_conversation_stays_as_long_as_one_of_its_slow_calls_waits(store: Store) -> None:
    await turn(store, place(), invocations=[NewInvocation("quote", "{}", "pickup", "kind", 1, 10.0, 0)])
    assert "conversation" not in await purged(store)
    await store.write(invocations.drop, ANNA, "shop", 1)
    assert await purged(store) == {"conversation": 1}


async def test_an_event_that_waits_stays_however_old_it_is(store: Store) -> None:
    await turn(store, place())
    waiting = await claimed(store, key="M2")
    assert await purged(store, BEGIN + 1000 * DAY) == {"event": 1, "turn": 1}
    assert await store.write(inbox.finish, TurnRecord(waiting, LATER)) == []


async def test_an_event_counts_from_its_end(store: Store) -> None:
    claim = await claimed(store)
    await store.write(inbox.finish, TurnRecord(claim, BEGIN + DAY, place()))
    assert await purged(store) == {}
    assert await purged(store, LATER + DAY) == {"event": 1, "turn": 1, "conversation": 1}


async def test_an_event_that_was_set_aside_goes_too(store: Store) -> None:
    claim = await claimed(store)
    await store.write(inbox.set_aside, claim.event, "Traceback", BEGIN)
    assert await purged(store) == {"event": 1}


async def test_whatever_the_gateway_may_still_repeat_is_known(store: Store) -> None:
    await turn(store, place())
    assert await purged(store, BEGIN + 3 * DAY, keep=0.0) == {}
    again = NewEvent(ANNA, "shop", "message", "M1", "{}", BEGIN + 2 * DAY)
    assert await store.write(inbox.accept, again) is None
    assert "event" in await purged(store, BEGIN + 3 * DAY + 1, keep=0.0)


@pytest.mark.parametrize("status", ["waiting", "sending", "ambiguous"])
async def test_a_message_that_is_not_dealt_with_stays_however_old_it_is(store: Store, status: str) -> None:
    (out,) = await turn(store, place(), outgoing=[ASKED])
    if status != "waiting":
        await store.write(outbox.claim, ANNA, BEGIN)
    if status == "ambiguous":
        await store.write(outbox.ambiguous, out, BEGIN, "no answer")
    await purged(store, BEGIN + 1000 * DAY)
    assert [row.status for row in await store.read(outbox.rows, ANNA)] == [status]
    assert await count(store, "conversation") == 1


@pytest.mark.parametrize("status", ["unknown", "failed"])
async def test_a_message_that_was_given_up_goes(store: Store, status: str) -> None:
    (out,) = await turn(store, place(), outgoing=[ASKED])
    await store.write(outbox.claim, ANNA, BEGIN)
    if status == "unknown":
        await store.write(outbox.ambiguous, out, BEGIN, "no answer")
        await store.write(outbox.settle, BEGIN, False)
    else:
        await store.write(outbox.failed, out, "400", BEGIN)
    assert (await purged(store))["outbox"] == 1


async def test_a_message_without_a_last_word_stays_until_none_can_come(store: Store) -> None:
    (out,) = await turn(store, place(), outgoing=[ASKED])
    await post(store, out)
    await receipt(store, out, "BUFFERED")
    await purged(store, LATER + 14 * DAY - 1)
    assert (await count(store, "outbox"), await count(store, "receipt")) == (1, 1)
    assert await purged(store, LATER + 14 * DAY) == {"outbox": 1, "receipt": 1, "conversation": 1}


async def test_a_message_counts_from_its_sending(store: Store) -> None:
    (out,) = await turn(store, place(), outgoing=[ASKED])
    await post(store, out, BEGIN + DAY)
    await receipt(store, out, at=BEGIN + DAY)
    await purged(store)
    assert await count(store, "outbox") == 1
    assert (await purged(store, LATER + DAY))["outbox"] == 1


async def test_a_receipt_stays_with_its_message(store: Store) -> None:
    (out,) = await turn(store, place(), outgoing=[ASKED])
    await post(store, out, BEGIN + DAY)
    await receipt(store, out, at=BEGIN)
    await purged(store)
    assert await count(store, "receipt") == 1


async def test_receipts_without_a_message_and_the_quarantine_go_by_their_age(store: Store) -> None:
    for n, at in enumerate((BEGIN, BEGIN + 1)):
        orphan = NewReceipt(ANNA, f"R{n}", f"{n}", "DELIVERED", "VIBER", "", "{}", at)
        await store.write(receipts.accept, orphan)
        await store.write(quarantine.add, b"{", "not JSON", at)
    assert await purged(store) == {"receipt": 1, "quarantine": 1}


@pytest.mark.parametrize("keep", [0.0, 3 * DAY, 14 * DAY, 90 * DAY])
async def test_a_tombstone_stays_until_no_news_of_its_message_can_come_however_short_the_rest_is_kept(
    store: Store, keep: float
) -> None:
    for n, at in enumerate((BEGIN, BEGIN + 1)):
        await store.write(tombstones.bury, [tombstones.of_message(n)], at)
    stays = max(keep, 14 * DAY)
    assert await purged(store, now=BEGIN + stays - 1, keep=keep) == {}
    assert await purged(store, now=BEGIN + stays + 0.5, keep=keep) == {"tombstone": 1}
    assert await store.read(tombstones.buried, tombstones.of_message(1)) is True


async def test_a_step_looks_at_no_more_than_it_was_told_to(store: Store) -> None:
    for n in range(10):
        await turn(store, place(f"+49162294317{n}"), key=f"M{n}")
    mark: Mark | None = Mark()
    deleted = []
    while mark is not None:
        step = await store.write(retention.purge, mark, LATER, KEEP, 4)
        deleted.append((step.table, step.rows))
        mark = step.rest
    assert [rows for table, rows in deleted if table == "event"] == [4, 4, 2, 0]
    assert [rows for table, rows in deleted if table == "conversation"] == [4, 4, 2, 0]


async def test_a_pass_ends_where_the_rows_become_young(store: Store) -> None:
    await turn(store, place())
    for n in range(10):
        await turn(store, place(BERT), at=LATER, key=f"young {n}")
    looked = Counter[str]()
    mark: Mark | None = Mark()
    while mark is not None:
        step = await store.write(retention.purge, mark, LATER, KEEP, 2)
        looked[step.table] += 1
        mark = step.rest
    assert looked["event"] == looked["turn"] == 2


async def test_rows_that_a_wrong_clock_has_dated_into_the_future_hold_up_nothing(store: Store) -> None:
    for n in range(4):
        await turn(store, place(BERT), at=LATER + 1000 * DAY, key=f"future {n}")
    await turn(store, place())
    assert await purged(store, limit=2) == {"event": 1, "turn": 1, "conversation": 1}
    assert await count(store, "event") == 4


async def test_a_conversation_whose_next_event_waits_stays(store: Store) -> None:
    await turn(store, place())
    waiting = await claimed(store, at=LATER, key="M2")
    await purged(store)
    assert await count(store, "conversation") == 1
    await store.write(inbox.finish, TurnRecord(waiting, LATER, place(visit=2)))
