"""How turns, POSTs and slow calls ended: known to this process alone until it is in the store."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from chatbot.engine.faults import Complaints
from chatbot.errors import StoreError, Unstorable
from chatbot.store.protocol import Store, Tx

P = ParamSpec("P")
T = TypeVar("T")


class Outcomes:
    """Writes outcomes to ``store``, later if it is in trouble now: an outcome that is lost leaves its contact stuck."""

    def __init__(self, store: Store, complaints: Complaints) -> None:
        self._store = store
        self._complaints = complaints
        self._owed: deque[Callable[[], Awaitable[object]]] = deque()
        self._catching_up = asyncio.Lock()

    async def write(self, work: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Run ``work(tx, ...)`` in a transaction, as `Store.write`; None when that has to be done by `catch_up`."""
        write = partial(self._store.write, work, *args, **kwargs)
        try:
            return await write()
        except StoreError as error:
            self._complaints.make(error, "an outcome (%s) is written down later", work.__name__)
            self._owed.append(write)
            return None

    async def catch_up(self) -> None:
        """Write down what the store could not take before. Raises StoreError when it is still in trouble."""
        if not self._owed:
            return
        async with self._catching_up:
            for _ in range(len(self._owed)):
                try:
                    await self._owed[0]()
                except Unstorable as error:
                    self._complaints.make(error, "an outcome is not written down yet")
                    self._owed.rotate(-1)  # it must not stand before the others
                else:
                    self._owed.popleft()
