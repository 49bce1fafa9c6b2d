"""What every store promises of receipts: late, doubled, out of order, before the answer, or not ours."""

from __future__ import annotations

from functools import reduce
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot import codec
from chatbot.events import Delivery
from chatbot.messages import ReceiptState, fold
from chatbot.store import inbox, outbox, receipts
from chatbot.store.protocol import NewOutgoing, NewReceipt, OutboxRow, Store, TurnRecord

ANNA, BERT = "+491622943176", "+491622943177"
NUMBERS = count(491_700_000_000)


def receipt(
    state: str,
    request_id: str = "R1",
    contact: str = ANNA,
    token: int | None = None,
    key: str | None = None,
    error_code: str = "",
) -> NewReceipt:
    key = key or f"{request_id}-{state}"
    return NewReceipt(contact, request_id, key, state, "VIBER", error_code, "{}", 110.0, token)


async def sending(store: Store, contact: str = ANNA) -> int:
    (sent,) = await store.write(outbox.add, contact, "shop", 1, [NewOutgoing("{}", "pickup", "kind", 7)], 100.0)
    await store.write(outbox.claim, contact, 100.0)
    return sent


async def accepted(store: Store, contact: str = ANNA, request_id: str = "R1") -> int:
    sent = await sending(store, contact)
    await store.write(outbox.accepted, sent, request_id, 101.0)
    return sent


async def message(store: Store, outbox_id: int) -> OutboxRow:
    row = await store.read(outbox.row, outbox_id)
    assert row is not None
    return row


async def told(store: Store, contact: str = ANNA) -> list[Delivery]:
    """Handle every event of ``contact``; give what they said."""
    news = []
    while claim := await store.write(inbox.claim, contact, 1000.0):
        await store.write(inbox.finish, TurnRecord(claim, 1000.0))
        news.append(codec.loads(claim.event.payload, Delivery))
    return news


async def test_a_receipt_is_told_to_the_state_that_sent_the_message(store: Store) -> None:
    sent = await accepted(store)
    assert await store.write(receipts.accept, receipt("UNDELIVERABLE", error_code="8")) == ANNA
    row = await message(store, sent)
    assert (row.status, row.receipt, row.channel, row.error) == ("accepted", "UNDELIVERABLE", "VIBER", "8")
    assert await told(store) == [Delivery(sent, "pickup", "kind", 7, ReceiptState.UNDELIVERABLE, "VIBER", "8")]


@pytest.mark.parametrize(
    ("before", "heard"),
    [
        ([], ["DELIVERED", "SEEN"]),
        (["BUFFERED"], ["BUFFERED", "DELIVERED", "SEEN"]),
        (["EXPIRED"], ["EXPIRED", "DELIVERED", "SEEN"]),
        (["DELIVERED"], ["DELIVERED", "SEEN"]),
    ],
)
async def test_what_is_seen_is_told_to_be_delivered_first_unless_that_was_told(
    store: Store, before: list[str], heard: list[str]
) -> None:
    await accepted(store)
    for state in [*before, "SEEN", "DELIVERED", "SEEN"]:
        await store.write(receipts.accept, receipt(state))
    assert [news.status.value for news in await told(store)] == heard


async def test_a_receipt_that_comes_twice_is_told_once(store: Store) -> None:
    await accepted(store)
    assert await store.write(receipts.accept, receipt("DELIVERED")) == ANNA
    assert await store.write(receipts.accept, receipt("DELIVERED")) is None
    assert len(await told(store)) == 1


async def test_an_older_receipt_that_comes_late_changes_nothing(store: Store) -> None:
    sent = await accepted(store)
    await store.write(receipts.accept, receipt("DELIVERED"))
    assert await store.write(receipts.accept, receipt("BUFFERED")) is None
    assert (await message(store, sent)).receipt == "DELIVERED"
    assert [news.status for news in await told(store)] == [ReceiptState.DELIVERED]


async def test_a_final_receipt_ends_the_polling_and_an_open_one_does_not(store: Store) -> None:
    sent = await accepted(store)
    await store.write(receipts.accept, receipt("BUFFERED"))
    assert [row.id for row in await store.read(outbox.unsettled, 999.0, 10)] == [sent]
    await store.write(receipts.accept, receipt("EXPIRED"))
    assert await store.read(outbox.unsettled, 999.0, 10) == []
    await store.write(outbox.polled, sent, 500.0)
    assert await store.read(outbox.unsettled, 999.0, 10) == []


async def test_a_receipt_that_comes_before_the_answer_is_joined_by_it(store: Store) -> None:
    sent = await sending(store)
    for state in ("BUFFERED", "UNDELIVERABLE", "DELIVERED"):
        assert await store.write(receipts.accept, receipt(state)) is None
    assert (await message(store, sent)).receipt is None
    assert await store.write(outbox.accepted, sent, "R1", 111.0) is True
    assert await store.write(outbox.accepted, sent, "R1", 111.0) is False
    assert (await message(store, sent)).receipt == "DELIVERED"
    assert [news.status for news in await told(store)] == [ReceiptState.DELIVERED]


async def test_the_answer_makes_no_event_when_no_receipt_came_before_it(store: Store) -> None:
    sent = await sending(store)
    assert await store.write(outbox.accepted, sent, "R1", 111.0) is False


@pytest.mark.parametrize("given_up", [None, "ambiguous", "unknown"])
async def test_a_receipt_with_a_token_proves_that_an_unanswered_message_was_accepted(
    store: Store, given_up: str | None
) -> None:
    sent = await sending(store)
    if given_up:
        await store.write(outbox.ambiguous, sent, 105.0, "no answer")
    if given_up == "unknown":
        await store.write(outbox.settle, 105.0, False)
    assert await store.write(receipts.accept, receipt("DELIVERED", token=sent)) == ANNA
    row = await message(store, sent)
    assert (row.status, row.request_id, row.receipt) == ("accepted", "R1", "DELIVERED")
    await store.write(outbox.accepted, sent, "R1", 120.0)
    await store.write(outbox.failed, sent, "400", 121.0)
    assert await message(store, sent) == row
    assert len(await told(store)) == 1


async def test_a_token_helps_a_receipt_that_came_without_one_before(store: Store) -> None:
    sent = await sending(store)
    await store.write(outbox.ambiguous, sent, 130.0, "no answer")
    assert await store.write(receipts.accept, receipt("DELIVERED")) is None
    assert await store.write(receipts.accept, receipt("DELIVERED", token=sent)) == ANNA
    assert (await message(store, sent)).receipt == "DELIVERED"


async def test_a_receipt_whose_token_names_a_message_of_another_contact_changes_nothing(store: Store) -> None:
    sent, other = await sending(store), await accepted(store, BERT, "R1")
    before = [await message(store, sent), await message(store, other)]
    assert await store.write(receipts.accept, receipt("DELIVERED", contact=BERT, token=sent)) is None
    assert await store.write(receipts.accept, receipt("SEEN", contact=BERT, token=999)) is None
    assert await store.write(outbox.accepted, other, "R1", 120.0) is False
    assert [await message(store, sent), await message(store, other)] == before
    assert await told(store) == await told(store, BERT) == []
    kept = await store.read(lambda tx: tx.rows("SELECT state FROM receipt ORDER BY id"))
    assert [row["state"] for row in kept] == ["DELIVERED", "SEEN"]


async def test_a_receipt_with_a_wrong_token_does_not_stand_in_the_way_of_the_right_one(store: Store) -> None:
    sent, other = await accepted(store), await sending(store, BERT)
    assert await store.write(receipts.accept, receipt("DELIVERED", token=other)) is None
    assert await store.write(receipts.accept, receipt("DELIVERED", token=sent)) == ANNA
    assert (await message(store, sent)).receipt == "DELIVERED"


async def test_a_receipt_that_names_another_contact_changes_nothing(store: Store) -> None:
    sent = await accepted(store)
    before = await message(store, sent)
    assert await store.write(receipts.accept, receipt("DELIVERED", contact=BERT)) is None
    await store.write(outbox.accepted, sent, "R1", 120.0)
    assert await message(store, sent) == before
    assert await told(store, BERT) == []


@pytest.mark.parametrize("when", ["by token", "by request id", "before the answer"])
async def test_a_receipt_that_names_no_contact_belongs_to_that_of_its_message(store: Store, when: str) -> None:
    sent = await accepted(store) if when == "by request id" else await sending(store)
    nameless = receipt("DELIVERED", contact="", token=sent if when == "by token" else None)
    contact = await store.write(receipts.accept, nameless)
    assert contact == (None if when == "before the answer" else ANNA)
    await store.write(outbox.accepted, sent, "R1", 120.0)
    assert (await message(store, sent)).receipt == "DELIVERED"
    assert len(await told(store)) == 1


async def test_a_receipt_of_a_refused_message_does_not_tell_its_failure_twice(store: Store) -> None:
    sent = await sending(store)
    await store.write(outbox.failed, sent, "400", 101.0)
    assert await store.write(receipts.accept, receipt("REJECTED", token=sent)) is None
    assert len(await told(store)) == 1


async def test_a_receipt_of_an_earlier_try_that_comes_twice_proves_nothing_of_the_next_try(store: Store) -> None:
    sent = await sending(store)
    await store.write(outbox.failed, sent, "400", 101.0)
    await store.write(receipts.accept, receipt("REJECTED", token=sent))
    await store.write(outbox.resend, sent, 102.0)
    await store.write(outbox.claim, ANNA, 102.0)
    before = await message(store, sent)
    assert await store.write(receipts.accept, receipt("REJECTED", token=sent)) is None
    assert await message(store, sent) == before


async def test_a_state_that_is_none_is_not_stored(store: Store) -> None:
    with pytest.raises(ValueError, match="LOST"):
        await store.write(receipts.accept, receipt("LOST"))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    states=st.lists(st.sampled_from(ReceiptState), min_size=1, max_size=6).flatmap(st.permutations),
    answered_after=st.integers(0, 6),
    tokens=st.lists(st.booleans(), min_size=6, max_size=6),
    loses_answer=st.booleans(),
)
async def test_no_order_and_no_doubling_of_receipts_and_answer_changes_what_became_of_a_message(
    store: Store, states: list[ReceiptState], answered_after: int, tokens: list[bool], loses_answer: bool
) -> None:
    contact = f"+{next(NUMBERS)}"
    request_id = f"R{contact}"
    sent = await sending(store, contact)
    if loses_answer:
        await store.write(outbox.ambiguous, sent, 130.0, "no answer")
    for n, state in enumerate(states):
        if n == answered_after:
            await store.write(outbox.accepted, sent, request_id, 105.0)
        news = receipt(state.value, request_id, contact, sent if tokens[n] else None, error_code=state.value)
        await store.write(receipts.accept, news)
    await store.write(outbox.accepted, sent, request_id, 120.0)
    row = await message(store, sent)
    expected = reduce(fold, states, None)
    assert expected is not None
    assert (row.status, row.request_id) == ("accepted", request_id)
    assert (row.receipt, row.error) == (expected.value, expected.value)
    news_told = [news.status for news in await told(store, contact)]
    assert news_told[-1] is expected
    assert len(news_told) == len(set(news_told))
    still_open = [other.id for other in await store.read(outbox.unsettled, 999.0, 1000)]
    assert (sent in still_open) is not expected.is_final
