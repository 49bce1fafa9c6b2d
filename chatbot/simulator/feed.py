"""Live news of one phone for whoever looks at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

_BACKLOG = 500
RELOAD: dict[str, Any] = {"kind": "reload"}
"""Sent to a listener that fell behind: it has to ask for the history again."""


class Feed:
    """Passes news to the listeners of each phone. A slow listener loses its backlog and is told to reload."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Queue[dict[str, Any]]]] = {}

    def publish(self, number: str, news: dict[str, Any]) -> None:
        """Pass ``news`` to the listeners of ``number``; "" is everybody."""
        lines = self._listeners.values() if number == "" else [self._listeners.get(number, set())]
        for queue in (queue for line in lines for queue in line):
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(RELOAD)
            else:
                queue.put_nowait(news)

    def numbers(self) -> list[str]:
        """List the numbers that somebody listens to."""
        return list(self._listeners)

    def listened(self, number: str) -> bool:
        """Tell whether anybody listens to ``number``."""
        return number in self._listeners

    async def listen(self, number: str) -> AsyncGenerator[dict[str, Any], None]:
        """Give the news of ``number`` as it comes, for ever. Begins with RELOAD, so that nothing falls in between."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(_BACKLOG)
        self._listeners.setdefault(number, set()).add(queue)
        try:
            yield RELOAD
            while True:
                yield await queue.get()
        finally:
            self._listeners[number].discard(queue)
            if not self._listeners[number]:
                del self._listeners[number]
