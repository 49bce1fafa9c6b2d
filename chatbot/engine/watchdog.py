"""A turn that hangs would hold up everybody: after a while the process says where it hangs, and ends.

The attempt was counted before the turn ran, so after three such ends the event is set aside at the next start.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable

log = logging.getLogger(__name__)

LIMIT = 30.0
"""Seconds that one turn may take. It does no I/O, so it takes microseconds."""
STATUS = 70


def _end() -> None:
    os._exit(STATUS)


class Watchdog:
    """Watches the thread that it was made in. ``end`` ends the process."""

    def __init__(self, limit: float = LIMIT, end: Callable[[], None] = _end) -> None:
        self._limit = limit
        self._end = end
        self._watched = threading.get_ident()
        self._since = 0.0
        self._what = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stopped.set()

    def begin(self, what: str) -> None:
        """A turn begins."""
        self._what, self._since = what, time.monotonic()

    def done(self) -> None:
        """The turn has ended."""
        self._since = 0.0

    def _watch(self) -> None:
        while not self._stopped.wait(min(1.0, self._limit / 4)):
            since = self._since
            if since and time.monotonic() - since > self._limit:
                frame = sys._current_frames().get(self._watched)
                where = "".join(traceback.format_stack(frame)) if frame is not None else ""
                log.critical("%s hangs for %g s; the process ends\n%s", self._what, self._limit, where)
                self._end()
                return
