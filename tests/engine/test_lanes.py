"""Steps of one contact run one after the other, those of others beside them, and so many at a time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from itertools import count

import pytest

from chatbot.engine.faults import Complaints
from chatbot.engine.lanes import Lanes
from chatbot.errors import StoreError

ANNA, BERT = "+491622943176", "+491622943177"


class Work:
    """Pieces of work per contact. A step does one; it waits while its contact is held."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[str]] = defaultdict(list)
        self.done: list[str] = []
        self.held: dict[str, asyncio.Event] = {}
        self.under_way: list[str] = []
        self.most = 0
        self.fails: list[Exception] = []

    async def step(self, contact: str) -> bool:
        if not self.waiting[contact]:
            return False
        assert contact not in self.under_way, "two steps of one contact at a time"
        self.under_way.append(contact)
        self.most = max(self.most, len(self.under_way))
        try:
            await asyncio.sleep(0)
            if contact in self.held:
                await self.held[contact].wait()
            if self.fails:
                raise self.fails.pop()
            self.done.append(self.waiting[contact].pop(0))
        finally:
            self.under_way.remove(contact)
        return True

    def give(self, lanes: Lanes, contact: str, *pieces: str) -> None:
        self.waiting[contact] += pieces
        lanes.wake(contact)

    def hold(self, contact: str) -> asyncio.Event:
        self.held[contact] = asyncio.Event()
        return self.held[contact]


@pytest.fixture
def work() -> Work:
    return Work()


async def a_while() -> None:
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_the_steps_of_a_contact_run_in_order_and_one_at_a_time(work: Work) -> None:
    lanes = Lanes(work.step, Complaints(), width=8)
    for piece in "abc":
        work.give(lanes, ANNA, piece)
    await lanes.idle()
    assert work.done == ["a", "b", "c"]
    assert work.most == 1
    assert lanes.steps == 3


async def test_a_slow_contact_holds_up_nobody_else(work: Work) -> None:
    lanes = Lanes(work.step, Complaints(), width=2)
    go_on = work.hold(ANNA)
    work.give(lanes, ANNA, "slow")
    for piece in "abc":
        work.give(lanes, BERT, piece)
    await a_while()
    assert work.done == ["a", "b", "c"]
    go_on.set()
    await lanes.idle()
    assert work.done == ["a", "b", "c", "slow"]


async def test_work_that_comes_while_the_last_look_is_under_way_is_not_missed() -> None:
    looked = count()
    waiting: list[str] = ["first"]
    done: list[str] = []

    async def step(contact: str) -> bool:
        found = waiting.pop(0) if waiting else None
        if next(looked) == 1:  # the look has found nothing, and then there is something before it can say so
            waiting.append("second")
            lanes.wake(contact)
        await asyncio.sleep(0)
        done.extend([found] if found else [])
        return found is not None

    lanes = Lanes(step, Complaints(), width=1)
    lanes.wake(ANNA)
    await lanes.idle()
    assert done == ["first", "second"]


async def test_no_more_than_the_width_run_at_a_time_and_the_others_follow_in_order(work: Work) -> None:
    lanes = Lanes(work.step, Complaints(), width=3)
    contacts = [f"contact {number}" for number in range(10)]
    for contact in contacts:
        work.give(lanes, contact, contact)
        work.give(lanes, contact)  # woken twice, queued once
    assert lanes.backlog == 7
    await lanes.idle()
    assert work.done == contacts
    assert work.most == 3
    assert lanes.backlog == 0


@pytest.mark.parametrize("problem", [StoreError("disk full"), ValueError("a bug")])
async def test_a_step_that_fails_harms_no_other_and_its_contact_can_be_woken_again(
    work: Work, problem: Exception
) -> None:
    lanes = Lanes(work.step, Complaints(), width=1)
    work.fails = [problem]
    work.give(lanes, ANNA, "a")
    work.give(lanes, BERT, "b")
    await lanes.idle()
    assert work.done == ["b"]
    lanes.wake(ANNA)
    await lanes.idle()
    assert work.done == ["b", "a"]


async def test_stopping_finishes_what_is_under_way_and_begins_nothing(work: Work) -> None:
    lanes = Lanes(work.step, Complaints(), width=1)
    go_on = work.hold(ANNA)
    work.give(lanes, ANNA, "a", "never")
    work.give(lanes, BERT, "never")
    await a_while()
    stopping = asyncio.create_task(lanes.stop())
    await a_while()
    assert not stopping.done()
    go_on.set()
    await stopping
    lanes.wake(BERT)
    await a_while()
    assert work.done == ["a"]


async def test_stopping_cuts_off_what_takes_too_long(work: Work) -> None:
    lanes = Lanes(work.step, Complaints(), width=1)
    work.hold(ANNA)
    work.give(lanes, ANNA, "a")
    await a_while()
    await lanes.stop(within=0)
    assert work.done == work.under_way == []


@pytest.fixture(autouse=True)
def discreet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No log line holds a whole phone number."""
    yield
    assert ANNA.removeprefix("+") not in caplog.text
