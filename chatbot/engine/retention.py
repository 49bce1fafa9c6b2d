"""Keeps nothing longer than agreed: once an hour all tables are looked through, a small step at a time."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from chatbot.store import retention
from chatbot.store.protocol import Store
from chatbot.store.retention import Mark

log = logging.getLogger(__name__)

DAY = 86_400.0
EVERY = 3600.0
"""Seconds between the beginnings of two passes."""
STEP = 50
"""Rows that one step looks at: some 5 ms of the one writer, so that no turn waits noticeably."""
STEP_EVERY = 0.1
"""Seconds between two steps: 1.8 million rows an hour, which is more than a gateway of 20 sends a second makes."""


class Retention:
    """Deletes what was over ``keep_days`` ago (`chatbot.store.retention`)."""

    def __init__(self, store: Store, clock: Callable[[], float], keep_days: float) -> None:
        self.store = store
        self.clock = clock
        self._keep = keep_days * DAY
        self._mark: Mark | None = None
        self._began: float | None = None
        self._deleted: Counter[str] = Counter()

    async def tick(self) -> int:
        """Take one step, or none between two passes. Gives the number of rows deleted. Raises StoreError."""
        now = self.clock()
        if self._mark is None:
            # A clock that was set back must not put off the next pass until it catches up.
            if self._began is not None and self._began <= now < self._began + EVERY:
                return 0
            self._mark, self._began, self._deleted = Mark(), now, Counter()
        purged = await self.store.write(retention.purge, self._mark, now, self._keep, STEP)
        self._deleted[purged.table] += purged.rows
        self._mark = purged.rest
        if self._mark is None and self._deleted.total():
            told = ", ".join(f"{rows} of {table}" for table, rows in self._deleted.items() if rows)
            log.info("what was over %g days ago is deleted: %s", self._keep / DAY, told)
        return purged.rows
