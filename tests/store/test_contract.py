"""What every store promises of transactions, and of the inbox."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from chatbot.errors import Conflict, StoreError, Unstorable
from chatbot.store import conversations, inbox, invocations, outbox, timers
from chatbot.store.protocol import (
    Claim,
    Conversation,
    NewEvent,
    NewInvocation,
    NewOutgoing,
    NewTimer,
    Store,
    TurnRecord,
    Tx,
)

ANNA, BERT = "+491622943176", "+491622943177"
HERE = Conversation(ANNA, "shop", "pickup", "kind", '{"n":1}', "f1", visit=1, history=("idle", "kind"))


def message(key: str, contact: str = ANNA, at: float = 100.0, reply_to: str | None = None) -> NewEvent:
    return NewEvent(contact, "shop", "message", key, f'"{key}"', at, reply_to)


async def claimed(store: Store, contact: str = ANNA, now: float = 100.0) -> Claim:
    claim = await store.write(inbox.claim, contact, now)
    assert claim is not None
    return claim


async def keys_in_order(store: Store, contact: str, now: float) -> list[str]:
    """Handle all that is due, and say in which order it was."""
    keys = []
    while claim := await store.write(inbox.claim, contact, now):
        await store.write(inbox.finish, TurnRecord(claim, now))
        keys.append(claim.event.key)
    return keys


def insert_then_raise(tx: Tx, key: str) -> None:
    inbox.accept(tx, message(key))
    raise LookupError(key)


# Transactions


async def test_what_a_write_gives_is_given_to_its_caller(store: Store) -> None:
    first, second = [await store.write(inbox.accept, message(key)) for key in "ab"]
    assert first is not None
    assert second is not None
    assert first < second


async def test_work_that_raises_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(LookupError, match="lost"):
        await store.write(insert_then_raise, "lost")
    assert await store.read(inbox.waiting, 100.0, 10) == []


async def test_work_that_raises_takes_nobody_else_with_it(store: Store) -> None:
    work = [
        store.write(insert_then_raise, f"lost {n}") if n % 3 == 0 else store.write(inbox.accept, message(f"kept {n}"))
        for n in range(60)
    ]
    outcomes = await asyncio.gather(*work, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError if n % 3 == 0 else int for n in range(60)]
    assert await keys_in_order(store, ANNA, 100.0) == [f"kept {n}" for n in range(60) if n % 3]


async def test_work_that_raises_stop_iteration_is_answered_too(store: Store) -> None:
    def exhausted(tx: Tx) -> None:
        raise StopIteration

    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(store.write(exhausted), 10)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(store.read(exhausted), 10)


async def test_a_caller_that_is_cancelled_harms_nobody_else(store: Store) -> None:
    tasks = [asyncio.create_task(store.write(inbox.accept, message(f"{n:02}"))) for n in range(40)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, int) for outcome in outcomes[1::2])
    kept = await keys_in_order(store, ANNA, 100.0)
    assert {f"{n:02}" for n in range(1, 40, 2)} <= set(kept)


async def test_a_refusal_of_the_database_is_a_store_error(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.write(lambda tx: tx.run("INSERT INTO nowhere (contact) VALUES (:contact)", contact=ANNA))
    with pytest.raises(StoreError):
        await store.read(lambda tx: tx.rows("SELECT * FROM nowhere"))
    assert await store.write(inbox.accept, message("fine")) is not None


@pytest.mark.parametrize(
    "event",
    [message("half a surrogate pair: \ud800"), replace(message("no time"), at=float("nan"))],
    ids=["no text", "a constraint"],
)
async def test_what_the_database_would_refuse_each_time_is_told_apart(store: Store, event: NewEvent) -> None:
    with pytest.raises(Unstorable):
        await store.write(inbox.accept, event)
    assert await store.write(inbox.accept, message("fine")) is not None


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.read(inbox.accept, message("sneaked in"))
    assert await store.read(inbox.waiting, 100.0, 10) == []


async def test_closing_finishes_what_was_asked_for_and_refuses_more(store: Store) -> None:
    asked = [asyncio.create_task(store.write(inbox.accept, message(str(n)))) for n in range(20)]
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    assert all(isinstance(task.result(), int) for task in asked)
    with pytest.raises(StoreError, match="closed"):
        await store.write(inbox.accept, message("late"))
    with pytest.raises(StoreError, match="closed"):
        await store.read(inbox.waiting, 100.0, 10)


# Events


async def test_an_event_is_stored_once_however_often_it_comes(store: Store) -> None:
    assert await store.write(inbox.accept, message("a")) is not None
    assert await store.write(inbox.accept, message("a", at=200.0)) is None
    assert await keys_in_order(store, ANNA, 300.0) == ["a"]
    assert await store.write(inbox.accept, message("a", at=400.0)) is None


async def test_contact_account_and_kind_tell_events_of_one_key_apart(store: Store) -> None:
    same = message("a")
    others = [replace(same, contact=BERT), replace(same, account="bank"), replace(same, kind="start")]
    assert None not in [await store.write(inbox.accept, event) for event in [same, *others]]


async def test_contacts_wait_in_the_order_of_their_oldest_event(store: Store) -> None:
    for event in (message("1", BERT), message("2", ANNA), message("3", BERT)):
        await store.write(inbox.accept, event)
    assert await store.read(inbox.waiting, 100.0, 10) == [BERT, ANNA]
    assert await store.read(inbox.waiting, 100.0, 1) == [BERT]


async def test_an_event_that_waits_for_its_next_try_holds_back_those_behind_it(store: Store) -> None:
    for event in (message("1"), message("2"), message("3", BERT)):
        await store.write(inbox.accept, event)
    claim = await claimed(store)
    await store.write(inbox.postpone, claim.event, 160.0, "a traceback")
    assert await store.write(inbox.claim, ANNA, 159.0) is None
    assert await store.read(inbox.waiting, 159.0, 10) == [BERT]
    assert await store.read(inbox.next_due) == 100.0
    assert await keys_in_order(store, BERT, 159.0) == ["3"]
    assert await store.read(inbox.next_due) == 160.0
    assert await keys_in_order(store, ANNA, 160.0) == ["1", "2"]
    assert await store.read(inbox.next_due) is None


async def test_each_claim_counts_an_attempt(store: Store) -> None:
    await store.write(inbox.accept, message("1"))
    assert [(await claimed(store)).event.attempts for _ in range(3)] == [1, 2, 3]


async def test_an_event_set_aside_keeps_its_traceback_and_lets_later_ones_go_on(store: Store) -> None:
    await store.write(inbox.accept, message("poison"))
    await store.write(inbox.accept, message("fine"))
    event = (await claimed(store)).event
    apology = NewOutgoing('{"text":"sorry"}', "pickup", "kind", 1)
    (sorry,) = await store.write(inbox.set_aside, event, "Traceback: boom", 120.0, [apology])
    row = await store.read(outbox.row, sorry)
    assert row is not None
    assert (row.contact, row.account, row.body, row.event_id) == (ANNA, "shop", '{"text":"sorry"}', event.id)
    assert await store.read(inbox.aside, 10) == [inbox.SetAside(event, "Traceback: boom", 120.0)]
    assert await keys_in_order(store, ANNA, 120.0) == ["fine"]


async def test_an_event_is_set_aside_only_by_who_holds_its_latest_attempt(store: Store) -> None:
    await store.write(inbox.accept, message("1"))
    stale = (await claimed(store)).event
    await claimed(store)
    with pytest.raises(Conflict):
        await store.write(inbox.set_aside, stale, "boom", 120.0, [NewOutgoing("{}", "", "", 0)])
    assert await store.read(outbox.rows, ANNA) == []


async def test_an_event_that_was_set_aside_can_be_tried_anew_once(store: Store) -> None:
    event_id = await store.write(inbox.accept, message("poison"))
    assert event_id is not None
    assert await store.write(inbox.retry, event_id, 110.0) is False
    await store.write(inbox.set_aside, (await claimed(store)).event, "boom", 120.0, [])
    assert await store.write(inbox.retry, event_id, 130.0) is True
    assert await store.write(inbox.retry, event_id, 130.0) is False
    assert await store.read(inbox.aside, 10) == []
    assert (await claimed(store, now=130.0)).event.attempts == 1


# Turns


async def test_a_claim_brings_the_conversation_and_the_message_it_replies_to(store: Store) -> None:
    await store.write(inbox.accept, message("1"))
    asked = NewOutgoing('{"text":"Parcel or letter?"}', "pickup", "kind", 1)
    first = await claimed(store)
    assert (first.conversation, first.replied_to) == (None, None)
    (sent,) = await store.write(inbox.finish, TurnRecord(first, 101.0, HERE, outgoing=[asked]))
    await store.write(outbox.claim, ANNA, 101.0)
    await store.write(outbox.accepted, sent, "R1", 102.0)
    await store.write(inbox.accept, message("2", reply_to="R1"))
    await store.write(inbox.accept, message("3", BERT, reply_to="R1"))
    second = await claimed(store)
    assert second.conversation == replace(HERE, version=1, updated_at=101.0)
    assert second.replied_to is not None
    assert (second.replied_to.outbox_id, second.replied_to.body) == (sent, asked.body)
    assert (await claimed(store, BERT)).replied_to is None


async def test_a_turn_keeps_all_it_did_in_one_piece(store: Store) -> None:
    await store.write(inbox.accept, message("1"))
    out = [NewOutgoing(f'"{n}"', "pickup", "kind", 1) for n in range(3)]
    quote = NewInvocation("quote", "{}", "pickup", "kind", 1, 10.0, 2)
    record = TurnRecord(
        await claimed(store), 101.0, HERE, None, out, (), [quote], "idle", "kind", "bots.py:7", '{"a":1}'
    )
    ids = await store.write(inbox.finish, record)
    assert ids == sorted(ids)
    assert [(row.id, row.body) for row in await store.read(outbox.rows, ANNA)] == [
        (row_id, message.body) for row_id, message in zip(ids, out, strict=True)
    ]
    assert [call.function for call in await store.write(invocations.claim, 101.0, 10)] == ["quote"]
    (turn,) = await store.read(inbox.turns, ANNA, 10)
    assert (turn["before"], turn["after"], turn["row"], turn["log"]) == ("idle", "kind", "bots.py:7", '{"a":1}')
    assert (turn["event_id"], turn["at"], turn["account"]) == (record.claim.event.id, 101.0, "shop")


async def test_each_turn_raises_the_version_by_one(store: Store) -> None:
    for n in range(1, 4):
        await store.write(inbox.accept, message(str(n)))
        await store.write(inbox.finish, TurnRecord(await claimed(store), 100.0 + n, replace(HERE, final=n == 3)))
        now = await store.read(conversations.one, ANNA, "shop")
        assert now == replace(HERE, final=n == 3, version=n, updated_at=100.0 + n)


@pytest.mark.parametrize("seen", [None, replace(HERE, version=7)], ids=["saw none", "saw another version"])
@pytest.mark.parametrize("touches", [True, False], ids=["writes the conversation", "only says something"])
async def test_a_turn_on_a_conversation_that_was_changed_meanwhile_is_a_conflict(
    store: Store, touches: bool, seen: Conversation | None
) -> None:
    await store.write(inbox.accept, message("1"))
    claim = await claimed(store)
    await store.write(inbox.finish, TurnRecord(claim, 101.0, HERE))
    await store.write(inbox.accept, message("2"))
    stale = replace(await claimed(store), conversation=seen)
    said = [NewOutgoing("{}", "pickup", "kind", 1)]
    with pytest.raises(Conflict):
        await store.write(inbox.finish, TurnRecord(stale, 102.0, HERE if touches else None, outgoing=said))
    assert await store.read(outbox.rows, ANNA) == []
    assert await keys_in_order(store, ANNA, 103.0) == ["2"]


async def test_a_conversation_that_was_erased_meanwhile_is_not_written_anew(store: Store) -> None:
    await store.write(inbox.accept, message("1"))
    claim = replace(await claimed(store), conversation=replace(HERE, version=4))
    with pytest.raises(Conflict):
        await store.write(inbox.finish, TurnRecord(claim, 101.0, HERE))
    assert await store.read(conversations.one, ANNA, "shop") is None


async def test_an_event_is_finished_once_and_only_by_its_latest_attempt(store: Store) -> None:
    await store.write(inbox.accept, message("1"))
    stale, latest = await claimed(store), await claimed(store)
    with pytest.raises(Conflict):
        await store.write(inbox.finish, TurnRecord(stale, 101.0, HERE))
    await store.write(inbox.finish, TurnRecord(latest, 101.0, HERE))
    with pytest.raises(Conflict):
        await store.write(inbox.finish, TurnRecord(latest, 101.0, HERE))
    assert len(await store.read(inbox.turns, ANNA, 10)) == 1


async def test_leaving_a_visit_drops_its_timers_and_calls_and_no_others(store: Store) -> None:
    def waits(visit: int) -> tuple[list[NewTimer], list[NewInvocation]]:
        timer = NewTimer(f"t{visit}", 10.0, "pickup", "kind", visit)
        return [timer], [NewInvocation(f"f{visit}", "{}", "pickup", "kind", visit, 10.0, 0)]

    for visit, left in ((1, None), (2, None), (3, 1)):
        await store.write(inbox.accept, message(str(visit)))
        starts, calls = waits(visit)
        record = TurnRecord(
            await claimed(store), 101.0, replace(HERE, visit=visit), left, timers=starts, invocations=calls
        )
        await store.write(inbox.finish, record)
    assert [call.function for call in await store.write(invocations.claim, 200.0, 10)] == ["f2", "f3"]
    await store.write(timers.fire, 200.0, 10)
    assert await keys_in_order(store, ANNA, 200.0) == ["timer-2", "timer-3"]


async def test_the_latest_turns_come_first(store: Store) -> None:
    for n in range(4):
        await store.write(inbox.accept, message(str(n)))
        await store.write(inbox.finish, TurnRecord(await claimed(store), 100.0 + n, after=f"s{n}"))
    assert [turn["after"] for turn in await store.read(inbox.turns, ANNA, 2)] == ["s3", "s2"]
