"""What every store promises of timers and of slow calls."""

from __future__ import annotations

from dataclasses import replace

from chatbot import codec
from chatbot.events import Result, Timeout
from chatbot.store import inbox, invocations, timers
from chatbot.store.protocol import Invocation, NewInvocation, NewTimer, Store, TurnRecord

ANNA, BERT, CARL = "+491622943176", "+491622943177", "+491622943178"


async def set_timer(store: Store, delay: float, contact: str = ANNA, name: str = "timeout") -> None:
    await store.write(timers.add, contact, "shop", [NewTimer(name, delay, "pickup", "kind", 3)], 100.0)


async def ask(store: Store, function: str = "quote", contact: str = ANNA, at: float = 100.0) -> None:
    call = NewInvocation(function, '{"n":1}', "pickup", "pricing", 3, 10.0, 2, "fingerprint")
    await store.write(invocations.add, contact, "shop", [call], at)


async def claimed(store: Store, now: float = 100.0) -> Invocation:
    (call,) = await store.write(invocations.claim, now, 1)
    return call


async def events(store: Store, contact: str = ANNA) -> list[tuple[str, str]]:
    """Handle every event of ``contact``, as (kind, payload)."""
    found = []
    while claim := await store.write(inbox.claim, contact, 1000.0):
        await store.write(inbox.finish, TurnRecord(claim, 1000.0))
        found.append((claim.event.kind, claim.event.payload))
    return found


async def test_a_timer_fires_once_at_or_after_it_is_due_as_an_event(store: Store) -> None:
    await set_timer(store, 10.0, name="reminder")
    assert await store.read(timers.next_due) == 110.0
    assert await store.write(timers.fire, 109.9, 10) == []
    assert await store.write(timers.fire, 110.0, 10) == [ANNA]
    assert await store.write(timers.fire, 999.0, 10) == []
    assert await store.read(timers.next_due) is None
    ((kind, payload),) = await events(store)
    assert (kind, codec.loads(payload, Timeout)) == ("timeout", Timeout("pickup", "kind", 3, "reminder"))


async def test_overdue_timers_fire_a_few_at_a_time_the_oldest_first(store: Store) -> None:
    for contact, delay in ((ANNA, 30.0), (BERT, 10.0), (CARL, 20.0)):
        await set_timer(store, delay, contact)
    assert await store.write(timers.fire, 999.0, 2) == [BERT, CARL]
    assert await store.write(timers.fire, 999.0, 2) == [ANNA]


async def test_two_timers_of_one_contact_wake_it_once(store: Store) -> None:
    await set_timer(store, 10.0, name="first")
    await set_timer(store, 10.0, name="second")
    assert await store.write(timers.fire, 110.0, 10) == [ANNA]
    assert [codec.loads(payload, Timeout).name for _, payload in await events(store)] == ["first", "second"]


async def test_a_slow_call_is_claimed_once_with_all_that_it_needs(store: Store) -> None:
    await ask(store)
    call = await claimed(store)
    where = ("pickup", "pricing", 3)
    assert call == Invocation(call.id, ANNA, "shop", "quote", '{"n":1}', *where, 10.0, 2, 1, "fingerprint")
    assert await store.write(invocations.claim, 999.0, 10) == []


async def test_slow_calls_are_claimed_in_order_and_no_more_than_asked_for(store: Store) -> None:
    for function in ("first", "second", "third"):
        await ask(store, function)
    assert [call.function for call in await store.write(invocations.claim, 100.0, 2)] == ["first", "second"]
    assert [call.function for call in await store.write(invocations.claim, 100.0, 2)] == ["third"]


async def test_the_result_of_a_slow_call_comes_back_as_an_event(store: Store) -> None:
    await ask(store)
    call = await claimed(store)
    result = codec.dumps(Result("pickup", "pricing", 3, call.id, True, {"price": "12.50"}))
    assert await store.write(invocations.finish, call, result, 105.0) is True
    assert await events(store) == [("result", result)]


async def test_a_slow_call_has_one_result(store: Store) -> None:
    await ask(store)
    call = await claimed(store)
    await store.write(invocations.finish, call, "{}", 105.0)
    assert await store.write(invocations.finish, call, "{}", 106.0) is False
    assert len(await events(store)) == 1


async def test_a_result_that_comes_after_its_state_was_left_is_dropped(store: Store) -> None:
    await ask(store)
    call = await claimed(store)
    await store.write(invocations.drop, ANNA, "shop", 3)
    assert await store.write(invocations.finish, call, "{}", 105.0) is False
    assert await events(store) == []


async def test_a_slow_call_that_failed_is_tried_again_later(store: Store) -> None:
    await ask(store)
    await store.write(invocations.postpone, await claimed(store), 120.0, "no connection")
    assert await store.read(invocations.next_due) == 120.0
    assert await store.write(invocations.claim, 119.0, 10) == []
    assert (await claimed(store, 120.0)).attempts == 2
    assert await store.read(invocations.next_due) is None


async def test_a_try_that_is_not_counted_leaves_a_slow_call_its_tries(store: Store) -> None:
    await ask(store)
    await store.write(invocations.postpone, await claimed(store), 100.0, "let go of", counted=False)
    assert (await claimed(store)).attempts == 1


async def test_slow_calls_that_a_crash_cut_off_can_be_claimed_again_one_by_one(store: Store) -> None:
    for contact in (ANNA, BERT, CARL):
        await ask(store, contact=contact)
    first, second = await store.write(invocations.claim, 100.0, 2)
    assert await store.read(invocations.interrupted) == [first.id, second.id]
    assert [call.contact for call in await store.write(invocations.claim, 100.0, 10)] == [CARL]
    assert await store.write(invocations.claim_again, first.id) == replace(first, attempts=2)
    await store.write(invocations.drop, BERT, "shop", 3)
    assert await store.write(invocations.claim_again, second.id) is None
