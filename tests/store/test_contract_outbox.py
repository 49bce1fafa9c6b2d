"""What every store promises of messages to be sent."""

from __future__ import annotations

from chatbot import codec
from chatbot.events import Delivery
from chatbot.messages import ReceiptState
from chatbot.store import inbox, outbox, timers
from chatbot.store.protocol import Conversation, NewEvent, NewOutgoing, NewTimer, Outgoing, Store, TurnRecord

ANNA, BERT = "+491622943176", "+491622943177"


async def queued(store: Store, *bodies: str, contact: str = ANNA) -> list[int]:
    outgoing = [NewOutgoing(body, "pickup", "kind", 1) for body in bodies]
    return await store.write(outbox.add, contact, "shop", 1, outgoing, 100.0)


async def claimed(store: Store, contact: str = ANNA, now: float = 100.0) -> Outgoing:
    out = await store.write(outbox.claim, contact, now)
    assert out is not None
    return out


async def unanswered(store: Store, contact: str = ANNA) -> int:
    """Queue a message and lose the gateway's answer to it: ambiguous until 130."""
    (sent,) = await queued(store, "?", contact=contact)
    await claimed(store, contact)
    await store.write(outbox.ambiguous, sent, 130.0, "no answer")
    return sent


async def status(store: Store, outbox_id: int) -> str:
    row = await store.read(outbox.row, outbox_id)
    assert row is not None
    return row.status


async def news(store: Store, contact: str = ANNA) -> list[tuple[str, Delivery]]:
    """Handle every receipt event of ``contact``, as (key, what it says)."""
    told = []
    while claim := await store.write(inbox.claim, contact, 1000.0):
        await store.write(inbox.finish, TurnRecord(claim, 1000.0))
        if claim.event.kind == "receipt":
            told.append((claim.event.key, codec.loads(claim.event.payload, Delivery)))
    return told


async def timed(store: Store, sends: int = 2) -> list[int]:
    """Run a turn that says ``sends`` things and sets a timer of 10 s; give the ids of its messages."""
    await store.write(inbox.accept, NewEvent(ANNA, "shop", "message", "1", "{}", 100.0))
    claim = await store.write(inbox.claim, ANNA, 100.0)
    assert claim is not None
    here = Conversation(ANNA, "shop", "pickup", "kind", "{}", "f", visit=1)
    said = [NewOutgoing("{}", "pickup", "kind", 1)] * sends
    record = TurnRecord(claim, 100.0, here, None, said, [NewTimer("timeout", 10.0, "pickup", "kind", 1)])
    return await store.write(inbox.finish, record)


# Order


async def test_the_messages_of_a_contact_are_sent_one_at_a_time_in_order(store: Store) -> None:
    first, second = await queued(store, "1", "2")
    assert await claimed(store) == Outgoing(first, ANNA, "shop", "1", 1)
    assert await store.write(outbox.claim, ANNA, 100.0) is None
    assert await store.read(outbox.waiting, 100.0, 10) == []
    await store.write(outbox.accepted, first, "R1", 101.0)
    assert await store.read(outbox.waiting, 101.0, 10) == [ANNA]
    assert (await claimed(store)).id == second


async def test_contacts_with_something_to_send_come_in_the_order_of_their_oldest_message(store: Store) -> None:
    for contact in (BERT, ANNA, BERT):
        await queued(store, "x", contact=contact)
    assert await store.read(outbox.waiting, 100.0, 10) == [BERT, ANNA]
    assert await store.read(outbox.waiting, 100.0, 1) == [BERT]
    assert await store.read(outbox.waiting, 99.0, 10) == []


async def test_a_message_that_waits_for_its_next_try_holds_back_those_behind_it(store: Store) -> None:
    first, _ = await queued(store, "1", "2")
    await claimed(store)
    await store.write(outbox.postpone, first, 160.0, "busy")
    assert await store.write(outbox.claim, ANNA, 159.0) is None
    assert await store.read(outbox.waiting, 159.0, 10) == []
    assert await store.read(outbox.next_due) == 160.0
    again = await claimed(store, now=160.0)
    assert (again.id, again.attempts) == (first, 2)


async def test_a_try_that_was_none_is_not_counted(store: Store) -> None:
    (sent,) = await queued(store, "1")
    await claimed(store)
    await store.write(outbox.postpone, sent, 100.0, "no connection", counted=False)
    assert (await claimed(store)).attempts == 1


async def test_an_ambiguous_message_holds_back_those_behind_it_until_it_is_settled(store: Store) -> None:
    sent = await unanswered(store)
    (following,) = await queued(store, "next")
    assert await store.write(outbox.claim, ANNA, 200.0) is None
    assert await store.read(outbox.next_due) == 130.0
    assert await store.write(outbox.settle, 129.0, False) == []
    assert await store.write(outbox.settle, 130.0, False) == [ANNA]
    assert await store.write(outbox.settle, 130.0, False) == []
    assert await status(store, sent) == "unknown"
    assert (await claimed(store)).id == following


async def test_ambiguous_messages_are_sent_again_for_those_who_prefer_doubles_to_gaps(store: Store) -> None:
    sent = await unanswered(store)
    await queued(store, "next")
    assert await store.write(outbox.settle, 130.0, True) == [ANNA]
    again = await claimed(store, now=130.0)
    assert (again.id, again.attempts) == (sent, 2)


async def test_what_a_crash_left_as_sending_is_ambiguous_at_the_next_start(store: Store) -> None:
    (sent,) = await queued(store, "1")
    await queued(store, "2", contact=BERT)
    await claimed(store)
    assert await store.write(outbox.recover, 130.0) == 1
    assert await store.write(outbox.recover, 130.0) == 0
    assert await status(store, sent) == "ambiguous"
    assert await store.write(outbox.settle, 129.0, False) == []
    assert await store.read(outbox.waiting, 100.0, 10) == [BERT]


# Answers


async def test_an_accepted_message_keeps_the_first_answer_whatever_comes_later(store: Store) -> None:
    (sent,) = await queued(store, "1")
    await claimed(store)
    await store.write(outbox.accepted, sent, "R1", 101.0)
    before = await store.read(outbox.row, sent)
    assert before is not None
    assert (before.status, before.request_id, before.sent_at) == ("accepted", "R1", 101.0)
    await store.write(outbox.accepted, sent, "R1", 105.0)
    await store.write(outbox.failed, sent, "400", 105.0)
    await store.write(outbox.ambiguous, sent, 130.0, "timeout")
    await store.write(outbox.postpone, sent, 130.0, "busy")
    await store.write(outbox.settle, 999.0, False)
    assert await store.read(outbox.row, sent) == before
    assert await store.write(outbox.resend, sent, 200.0) is False
    assert await news(store) == []


async def test_a_refused_message_is_told_to_the_state_that_sent_it(store: Store) -> None:
    first, second = await queued(store, "1", "2")
    await claimed(store)
    await store.write(outbox.failed, first, "Message is empty.", 101.0)
    await store.write(outbox.failed, first, "Message is empty.", 102.0)
    said = Delivery(first, "pickup", "kind", 1, ReceiptState.REJECTED, None, "Message is empty.")
    assert await news(store) == [(f"failed-{first}", said)]
    assert await status(store, first) == "failed"
    assert (await claimed(store)).id == second


async def test_proof_makes_an_unanswered_message_accepted_even_after_it_was_given_up(store: Store) -> None:
    sent = await unanswered(store)
    await store.write(outbox.settle, 130.0, False)
    await store.write(outbox.evidence, sent, "R1", 140.0)
    row = await store.read(outbox.row, sent)
    assert row is not None
    assert (row.status, row.request_id, row.sent_at) == ("accepted", "R1", 140.0)


async def test_proof_does_not_touch_a_message_that_was_answered_or_not_sent(store: Store) -> None:
    refused, waits = await queued(store, "1", "2")
    await claimed(store)
    await store.write(outbox.failed, refused, "400", 101.0)
    for outbox_id in (refused, waits):
        await store.write(outbox.evidence, outbox_id, "R1", 140.0)
    assert [await status(store, outbox_id) for outbox_id in (refused, waits)] == ["failed", "waiting"]


async def test_an_operator_can_send_an_unknown_or_failed_message_again(store: Store) -> None:
    sent = await unanswered(store)
    assert await store.write(outbox.resend, sent, 110.0) is False
    await store.write(outbox.settle, 130.0, False)
    assert await store.write(outbox.resend, sent, 140.0) is True
    again = await claimed(store, now=140.0)
    assert (again.id, again.attempts) == (sent, 1)
    await store.write(outbox.failed, sent, "400", 141.0)
    assert await store.write(outbox.resend, sent, 150.0) is True
    row = await store.read(outbox.row, sent)
    assert row is not None
    assert (row.status, row.request_id, row.sent_at, row.receipt, row.error) == ("waiting", None, None, None, "")


async def test_a_message_that_fails_again_after_it_was_sent_again_is_told_again(store: Store) -> None:
    (sent,) = await queued(store, "1")
    for n in range(3):
        await claimed(store, now=100.0 + n)
        await store.write(outbox.failed, sent, f"400, time {n}", 100.0 + n)
        await store.write(outbox.resend, sent, 100.0 + n)
    assert [said.reason for _, said in await news(store)] == ["400, time 0", "400, time 1", "400, time 2"]


async def test_a_message_sent_again_waits_for_the_one_that_is_under_way(store: Store) -> None:
    old = await unanswered(store)
    await store.write(outbox.settle, 130.0, False)
    (new,) = await queued(store, "new")
    await claimed(store, now=130.0)
    await store.write(outbox.resend, old, 131.0)
    assert await store.read(outbox.waiting, 131.0, 10) == []
    assert await store.write(outbox.claim, ANNA, 131.0) is None
    await store.write(outbox.accepted, new, "R2", 132.0)
    assert await store.read(outbox.waiting, 132.0, 10) == [ANNA]
    assert (await claimed(store, now=132.0)).id == old


# Replies as proof


async def reply(store: Store, to: str) -> None:
    await store.write(inbox.accept, NewEvent(ANNA, "shop", "message", f"reply to {to}", "{}", 110.0, to))


async def test_a_reply_to_an_unheard_of_message_proves_the_one_unanswered_message(store: Store) -> None:
    sent = await unanswered(store)
    elsewhere = await unanswered(store, BERT)
    await reply(store, "R1")
    assert [await status(store, outbox_id) for outbox_id in (sent, elsewhere)] == ["accepted", "ambiguous"]
    found = await store.read(outbox.find, "R1")
    assert found is not None
    assert found.id == sent
    claim = await store.write(inbox.claim, ANNA, 110.0)
    assert claim is not None
    assert claim.replied_to is not None
    assert claim.replied_to.outbox_id == sent


async def test_a_reply_to_a_known_message_proves_no_other(store: Store) -> None:
    (known,) = await queued(store, "1")
    await claimed(store)
    await store.write(outbox.accepted, known, "R1", 101.0)
    sent = await unanswered(store)
    await reply(store, "R1")
    assert await status(store, sent) == "ambiguous"


async def test_a_reply_proves_nothing_when_two_messages_are_unanswered(store: Store) -> None:
    first = await unanswered(store)
    await store.write(outbox.settle, 130.0, False)
    second = await unanswered(store)
    await reply(store, "R1")
    assert [await status(store, outbox_id) for outbox_id in (first, second)] == ["unknown", "ambiguous"]


# Timers that wait for a message


async def test_a_timer_starts_when_the_last_message_of_its_turn_is_accepted(store: Store) -> None:
    first, last = await timed(store)
    await store.write(outbox.accepted, first, "R1", 110.0)
    assert await store.read(timers.next_due) is None
    await store.write(outbox.accepted, last, "R2", 120.0)
    assert await store.read(timers.next_due) == 130.0
    await store.write(outbox.accepted, last, "R2", 125.0)
    assert await store.read(timers.next_due) == 130.0


async def test_a_timer_starts_when_its_message_has_failed(store: Store) -> None:
    (sent,) = await timed(store, 1)
    await claimed(store)
    await store.write(outbox.failed, sent, "400", 120.0)
    assert await store.read(timers.next_due) == 130.0


async def test_a_timer_starts_when_its_message_has_become_unknown_and_only_once(store: Store) -> None:
    (sent,) = await timed(store, 1)
    await claimed(store)
    await store.write(outbox.ambiguous, sent, 130.0, "no answer")
    assert await store.read(timers.next_due) is None
    await store.write(outbox.settle, 130.0, False)
    await store.write(outbox.evidence, sent, "R1", 135.0)
    assert await store.read(timers.next_due) == 140.0


# Looking at it


async def test_an_accepted_message_without_a_final_receipt_is_polled_now_and_then(store: Store) -> None:
    first, second = await queued(store, "1", "2")
    for at, outbox_id in enumerate((first, second)):
        await claimed(store)
        await store.write(outbox.accepted, outbox_id, f"R{outbox_id}", 101.0 + at)
    assert [row.id for row in await store.read(outbox.unsettled, 101.0, 10)] == []
    assert [row.id for row in await store.read(outbox.unsettled, 200.0, 10)] == [first, second]
    await store.write(outbox.polled, first, 199.0)
    assert [row.id for row in await store.read(outbox.unsettled, 199.0, 10)] == [second]
    assert [row.id for row in await store.read(outbox.unsettled, 200.0, 1)] == [second]


async def test_messages_are_found_by_contact_and_id(store: Store) -> None:
    await queued(store, "1", "2", contact=BERT)
    assert [row.body for row in await store.read(outbox.rows, BERT)] == ["1", "2"]
    assert await store.read(outbox.find, "nobody knows") is None
    assert await store.read(outbox.row, 999) is None
