"""The stores that the contract is run against."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatbot.store.protocol import Store
from chatbot.store.sqlite import SqliteStore


@pytest.fixture(params=["sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each kind."""
    assert request.param == "sqlite"
    opened: Store = await SqliteStore.open(tmp_path / "chatbot.db")
    yield opened
    await opened.close()
