"""When inbound messages and receipts are posted again: the manual's times on a clock that the test moves."""

from __future__ import annotations

from itertools import pairwise

import pytest

from chatbot.simulator.options import Options
from chatbot.simulator.schedule import INBOUND, RECEIPT, Callback, Outcome, Schedule

HOUR = 3600


def inbound(number: str = "+491622943176", request_id: str = "12-a") -> Callback:
    return Callback(INBOUND, "http://bot/", b"{}", number, request_id, "customer_account")


def receipt(number: str = "+491622943176", request_id: str = "12-r") -> Callback:
    return Callback(RECEIPT, "http://bot/", b"{}", number, request_id, "customer_account")


def attempts_until_the_end(schedule: Schedule, status: int = 503) -> list[float]:
    """Answer ``status`` to everything, and give the times of all attempts."""
    times = []
    while (now := schedule.next_due()) is not None:
        for callback in schedule.due(now):
            times.append(now)
            schedule.record(callback, Outcome(status), now)
    return times


@pytest.mark.parametrize("status", [200, 201, 202])
def test_200_201_and_202_accept(status: int) -> None:
    schedule = Schedule(Options())
    schedule.add(inbound(), 0)
    assert attempts_until_the_end(schedule, status) == [0]
    assert schedule.waiting == 0


@pytest.mark.parametrize("outcome", [Outcome(204), Outcome(302), Outcome(404), Outcome(503), Outcome(error="reset")])
def test_anything_else_is_tried_again_after_10_s(outcome: Outcome) -> None:
    schedule = Schedule(Options())
    schedule.add(inbound(), 0)
    (callback,) = schedule.due(0)
    assert schedule.record(callback, outcome, 1.5) == 11.5
    assert schedule.due(11.4) == []
    assert schedule.due(11.5) == [callback]


def test_it_pauses_10_minutes_after_every_100_failures_and_ends_after_48_hours() -> None:
    schedule = Schedule(Options())
    schedule.add(inbound(), 0)
    times = attempts_until_the_end(schedule)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert [index for index, gap in enumerate(gaps, 1) if gap == 600] == list(range(100, len(times), 100))
    assert set(gaps) == {10, 600}
    assert 48 * HOUR - 600 <= times[-1] <= 48 * HOUR
    assert len(times) == pytest.approx(10_800, rel=0.01)
    assert schedule.waiting == 0


def test_every_attempt_carries_the_same_request_id_and_body() -> None:
    schedule = Schedule(Options())
    given = inbound()
    schedule.add(given, 0)
    for now in (0, 10, 20):
        (callback,) = schedule.due(now)
        assert callback is given
        schedule.record(callback, Outcome(500), now)
    assert given.attempts == 3


def test_a_receipt_has_three_attempts() -> None:
    schedule = Schedule(Options())
    schedule.add(receipt(), 5)
    assert attempts_until_the_end(schedule) == [5, 15, 25]


def test_failures_of_one_message_do_not_pause_others_unless_the_option_says_so() -> None:
    for scope, held_until in (("message", 10.0), ("account", 600.0)):
        schedule = Schedule(Options(pause_scope=scope, inbound_pause_after=3))  # type: ignore[arg-type]
        for name in ("a", "b", "c"):
            schedule.add(inbound(number=name), 0)
        for callback in schedule.due(0):
            schedule.record(callback, Outcome(500), 0)
        schedule.add(inbound(number="d"), 1)
        found = [callback.number for callback in schedule.due(held_until)]
        assert sorted(found) == ["a", "b", "c", "d"]
        assert schedule.due(held_until - 1) == []


def test_an_accepted_message_ends_the_row_of_failures() -> None:
    schedule = Schedule(Options(pause_scope="account", inbound_pause_after=2))
    for name, status in (("a", 500), ("b", 200), ("c", 500)):
        schedule.add(inbound(number=name), 0)
        (callback,) = schedule.due(0)
        again = schedule.record(callback, Outcome(status), 0)
    assert again == 10


def test_an_account_wide_pause_holds_up_a_message_that_was_never_tried() -> None:
    schedule = Schedule(Options(pause_scope="account", inbound_pause_after=1))
    schedule.add(inbound(number="a"), 0)
    (callback,) = schedule.due(0)
    schedule.record(callback, Outcome(500), 0)
    schedule.add(inbound(number="b"), 1)
    schedule.add(receipt(number="b"), 1)
    assert [one.kind for one in schedule.due(1)] == [RECEIPT]
    assert len(schedule.due(600)) == 2


def test_one_phones_messages_go_one_at_a_time_and_in_order() -> None:
    schedule = Schedule(Options())
    first, second, other = inbound(request_id="1"), inbound(request_id="2"), inbound("+491700000000", "3")
    for callback in (first, second, other):
        schedule.add(callback, 0)
    assert schedule.due(0) == [first, other]
    assert schedule.due(0) == []
    schedule.record(first, Outcome(200), 0)
    assert schedule.next_due() == float("-inf")
    assert schedule.due(0) == [second]


def test_a_message_that_waits_for_its_next_try_does_not_hold_back_the_next_one() -> None:
    schedule = Schedule(Options())
    first, second = inbound(request_id="1"), inbound(request_id="2")
    schedule.add(first, 0)
    schedule.add(second, 1)
    schedule.due(0)
    schedule.record(first, Outcome(503), 0)
    assert schedule.due(1) == [second]


def test_too_many_waiting_callbacks_are_dropped_and_counted() -> None:
    schedule = Schedule(Options(kept_callbacks=2))
    assert [schedule.add(inbound(str(number)), 0) for number in range(3)] == [True, True, False]
    assert (schedule.waiting, schedule.overflowed) == (2, 1)
