"""A loop that stands still holds up everybody: after a while the process says where it stands, and ends.

It stands still when a flow's code does not come back, in a turn or in a slow call, be it asleep or in a regular
expression that lets no other thread run. So the watch is kept where no Python runs: the timer of `faulthandler`, of
which a process has one, is set anew as long as the loop goes round. It writes to standard error where each thread is,
and ends the process with status 1. What was being handled was counted before it began. A process that is stopped for
longer, by SIGSTOP or Ctrl-Z, ends when it goes on.
"""

from __future__ import annotations

import asyncio
import faulthandler

LIMIT = 15.0
"""Seconds that one step of the loop may take. A turn does no I/O, so it takes microseconds."""
_STDERR = 2


class Watchdog:
    """Watches the running loop. ``limit`` is in seconds."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._next: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._set(self._limit)
        self._next = asyncio.get_running_loop().call_later(min(1.0, self._limit / 4), self.start)

    def end_within(self, seconds: float) -> None:
        """Give the process ``seconds`` for all that it has yet to do, instead of watching its steps."""
        if self._next is not None:
            self._next.cancel()
            self._set(seconds)

    def stop(self) -> None:
        """Watch no more. The timer is left alone if it was not set here."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
            faulthandler.cancel_dump_traceback_later()

    def _set(self, seconds: float) -> None:
        faulthandler.dump_traceback_later(seconds, exit=True, file=_STDERR)
