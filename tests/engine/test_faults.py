"""A complaint is made once and then once a minute, and an error is put into words that the store takes."""

from __future__ import annotations

import logging

import pytest

from chatbot.engine import faults
from chatbot.engine.faults import AGAIN, Complaints
from chatbot.errors import Broken, StoreError


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def raised(where: int) -> Exception:
    try:
        if where == 1:
            raise LookupError("in one place")
        raise LookupError("in another place")
    except LookupError as error:
        return error


def test_a_complaint_is_made_once_a_minute_however_many_meet_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    complaints = Complaints(clock)
    for _ in range(100):
        complaints.make(StoreError("the disk is full"), "the store is in trouble")
        complaints.make(raised(1), "the lane of %s stops for now", "+4916…76")
        clock.now += 0.2
    assert len(caplog.records) == 2
    clock.now = 1000 + AGAIN
    complaints.make(StoreError("the disk is full"), "the store is in trouble")
    assert caplog.messages == [
        "the store is in trouble: the disk is full",
        "the lane of +4916…76 stops for now",
        "the store is in trouble: the disk is full",
    ]


def test_another_cause_or_another_complaint_is_made_at_once(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    complaints.make(StoreError("the disk is full"), "the store is in trouble")
    complaints.make(StoreError("another program keeps a lock"), "the store is in trouble")
    complaints.make(StoreError("the disk is full"), "an outcome is not written down yet")
    for where in (1, 2):
        complaints.make(raised(where), "a look into the store failed")
    assert len(caplog.records) == 5


def test_a_broken_store_is_one_complaint_whoever_meets_it(caplog: pytest.LogCaptureFixture) -> None:
    complaints = Complaints()
    for complaint in ("the store is in trouble", "an outcome is not written down yet"):
        complaints.make(Broken("the store is broken: check disk, restart"), complaint)
    assert [(one.levelno, one.getMessage()) for one in caplog.records] == [
        (logging.CRITICAL, "the store is broken: check disk, restart")
    ]


def test_what_no_database_takes_is_written_out() -> None:
    error = ValueError("half a pair: \ud83d, and ä")
    assert faults.in_short(error) == "ValueError: half a pair: \\ud83d, and ä"
    assert "half a pair: \\ud83d, and ä" in faults.in_full(error)


def test_an_error_that_cannot_say_why_is_named_all_the_same() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise LookupError

    assert faults.in_short(Mute()).startswith("Mute: ")
    assert "Mute" in faults.in_full(Mute())
