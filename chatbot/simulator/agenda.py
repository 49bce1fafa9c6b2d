"""What is to happen and when: entries in the order of their time, then of their writing."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


class Agenda(Generic[T]):
    """Entries with a due time, in seconds since 1970."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._count = count()

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, due: float, entry: T) -> None:
        """Write ``entry`` down for ``due``."""
        heapq.heappush(self._heap, (due, next(self._count), entry))

    def pop(self, now: float) -> tuple[float, T] | None:
        """Take out the first entry that is due at ``now``, with its due time; None when there is none."""
        if not self._heap or self._heap[0][0] > now:
            return None
        due, _, entry = heapq.heappop(self._heap)
        return due, entry

    def next_due(self) -> float | None:
        """Tell when the first entry is due, or None when there is none."""
        return self._heap[0][0] if self._heap else None

    def keep(self, wanted: Callable[[T], bool]) -> None:
        """Drop every entry that is not ``wanted``."""
        self._heap = [item for item in self._heap if wanted(item[2])]
        heapq.heapify(self._heap)
