"""How POSTs and slow calls ended: known to this process alone until it is in the store."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from chatbot.errors import StoreError
from chatbot.store.protocol import Store, Tx

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class Outcomes:
    """Writes outcomes to ``store``, later if it is in trouble now: an outcome that is lost leaves its contact stuck."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owed: deque[Callable[[], Awaitable[object]]] = deque()

    async def write(self, work: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Run ``work(tx, ...)`` in a transaction, as `Store.write`; None when that has to be done by `catch_up`."""
        write = partial(self._store.write, work, *args, **kwargs)
        try:
            return await write()
        except StoreError as error:
            log.error("an outcome (%s) is written down later: %s", work.__name__, error)
            self._owed.append(write)
            return None

    async def catch_up(self) -> None:
        """Write down what the store could not take before, as far as it can now."""
        while self._owed:
            try:
                await self._owed[0]()
            except StoreError as error:
                log.error("%d outcomes are not written down yet: %s", len(self._owed), error)
                self._owed.rotate(-1)  # one that can never be written must not stand before the others
                return
            self._owed.popleft()
