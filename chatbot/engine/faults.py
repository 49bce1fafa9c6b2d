"""Errors in words that the store takes, and complaints that do not fill the log."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable

from chatbot.errors import Broken, StoreError

log = logging.getLogger(__name__)

AGAIN = 60.0
"""Seconds until a complaint that was made is made again."""


def in_full(error: BaseException) -> str:
    """Give the traceback of ``error`` as a text that the store takes."""
    return _storable("".join(traceback.format_exception(error)))


def in_short(error: BaseException) -> str:
    """Give the type of ``error`` and what it says, as a text that the store takes."""
    try:
        said = str(error)
    except Exception:  # it is the error of a flow, and its own text may fail too
        said = "(it cannot say why)"
    return _storable(f"{type(error).__name__}: {said}")


def _cause(error: Exception) -> str:
    """Give what errors of one cause have in common."""
    if isinstance(error, StoreError):
        return str(error)
    places = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    return f"{type(error).__name__} {places[-1:]}"


def _storable(text: str) -> str:
    """Write out lone surrogates, which no database and no JSON takes."""
    return text.encode("utf-8", "backslashreplace").decode()


class Complaints:
    """Logs what goes wrong again and again: each complaint with each cause once, and once more after a minute.

    ``clock`` gives seconds; it need not know the day.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._silent_until: dict[tuple[str, str], float] = {}

    def make(self, error: Exception, complaint: str, *values: object) -> None:
        """Log ``complaint`` (a format with its ``values``, as for logging) about ``error``, unless it was lately."""
        broken = isinstance(error, Broken)
        about = ("", "") if broken else (complaint, _cause(error))  # who meets a broken store is all the same
        now = self._clock()
        if now < self._silent_until.get(about, now):
            return
        self._silent_until = {other: until for other, until in self._silent_until.items() if now < until}
        self._silent_until[about] = now + AGAIN
        if broken:
            log.critical("%s", error)
        elif isinstance(error, StoreError):
            log.error(f"{complaint}: %s", *values, error)
        else:
            log.error(complaint, *values, exc_info=error)
