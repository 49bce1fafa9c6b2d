"""When receipts and inbound messages are pushed, again and again until they are accepted. No HTTP, no waiting.

Manual, *Receive a message*: a retry every 10 s until 200, 201 or 202; a pause of 10 minutes after every 100 failures in
a row; the end after 48 h. Receipts have a few attempts (gateway.md, *Receipts*). One phone's callbacks of one kind go
one at a time, in their order, unless one waits for its next attempt.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from chatbot.simulator.agenda import Agenda
from chatbot.simulator.options import Options

INBOUND: Literal["inbound"] = "inbound"
RECEIPT: Literal["receipt"] = "receipt"
ACCEPTED = (200, 201, 202)
"""The only statuses that accept (manual, *Receive a message*): 204 is a refusal."""


@dataclass(slots=True)
class Callback:
    """One POST to the bot. ``account`` is the account's name; ``born`` when it was first due; ``attempts`` counts."""

    kind: Literal["inbound", "receipt"]
    url: str
    body: bytes
    number: str
    request_id: str
    account: str
    born: float = 0.0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bot answered: a status, or ``error`` in words when there was no answer."""

    status: int | None = None
    error: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the bot has taken it."""
        return self.status in ACCEPTED

    def __str__(self) -> str:
        return f"answered {self.status}" if self.status else f"did not answer ({self.error})"


@dataclass(slots=True)
class _Streak:
    failures: int = 0
    paused_until: float = 0.0


class Schedule:
    """All callbacks that wait. Times are seconds since 1970."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._agenda: Agenda[Callback] = Agenda()
        self._lines: dict[tuple[str, str], deque[Callback]] = {}
        self._ready: deque[Callback] = deque()
        self._streaks: dict[str, _Streak] = {}
        self.overflowed = 0
        self.waiting = 0
        """Callbacks that are neither accepted nor dropped."""

    def add(self, callback: Callback, due: float) -> bool:
        """Take ``callback`` on, for ``due``. False when too many wait: it is dropped."""
        if self.waiting >= self._options.kept_callbacks:
            self.overflowed += 1
            return False
        callback.born = due
        self.waiting += 1
        self._agenda.add(due, callback)
        return True

    def next_due(self) -> float | None:
        """Tell when the next callback is due: -inf for at once, None for never."""
        return float("-inf") if self._ready else self._agenda.next_due()

    def due(self, now: float) -> list[Callback]:
        """Take out what is to be posted at ``now``. The outcome of each must be given to `record`."""
        found = list(self._ready)
        self._ready.clear()
        while (item := self._agenda.pop(now)) is not None:
            callback = item[1]
            pause = self._streaks[callback.account].paused_until if callback.account in self._streaks else 0.0
            if callback.kind == INBOUND and now < pause:
                self._agenda.add(pause, callback)
                continue
            line = self._lines.get(_line(callback))
            if line is None:
                self._lines[_line(callback)] = deque()
                found.append(callback)
            else:
                line.append(callback)
        return found

    def record(self, callback: Callback, outcome: Outcome, now: float) -> float | None:
        """Note the outcome of one attempt, and give the time of the next one: None when there will be none."""
        callback.attempts += 1
        again = None if outcome.accepted else self._next_attempt(callback, now)
        if outcome.accepted and callback.kind == INBOUND:
            self._streaks.pop(callback.account, None)
        if again is None:
            self.waiting -= 1
        else:
            self._agenda.add(again, callback)
        self._free(_line(callback))
        return again

    def _next_attempt(self, callback: Callback, now: float) -> float | None:
        options = self._options
        if callback.kind == RECEIPT:
            return now + options.receipt_retry if callback.attempts < options.receipt_attempts else None
        failures = callback.attempts
        if options.pause_scope == "account":
            streak = self._streaks.setdefault(callback.account, _Streak())
            streak.failures += 1
            failures = streak.failures
        pause = failures % options.inbound_pause_after == 0
        again = now + (options.inbound_pause if pause else options.inbound_retry)
        if pause and options.pause_scope == "account":
            streak.paused_until = again
        return again if again <= callback.born + options.inbound_give_up else None

    def _free(self, line: tuple[str, str]) -> None:
        queue = self._lines[line]
        if queue:
            self._ready.append(queue.popleft())
        else:
            del self._lines[line]


def _line(callback: Callback) -> tuple[str, str]:
    return callback.kind, callback.number
