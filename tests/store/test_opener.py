"""Whether there is a store, and its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatbot.errors import ConfigError, StoreError
from chatbot.store.opener import is_there, open_store, remove

URL = "sqlite:///chatbot.db"


def files(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


async def test_a_store_that_nobody_drives_can_be_removed_and_made_anew(tmp_path: Path) -> None:
    assert not is_there(URL, tmp_path)
    await (await open_store(URL, tmp_path)).close()
    assert is_there(URL, tmp_path)
    remove(URL, tmp_path)
    assert files(tmp_path) == ["chatbot.db-lock"]
    await (await open_store(URL, tmp_path)).close()


async def test_a_store_that_somebody_drives_is_not_removed(tmp_path: Path) -> None:
    store = await open_store(URL, tmp_path)
    with pytest.raises(StoreError, match="SQLite serves one process: stop it first"):
        remove(URL, tmp_path)
    await store.close()
    assert is_there(URL, tmp_path)


def test_where_there_is_no_store_none_is_removed_and_none_is_made(tmp_path: Path) -> None:
    remove(URL, tmp_path)
    assert files(tmp_path) == []


async def test_a_url_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"write sqlite:///chatbot\.db"):
        await open_store("postgresql://host/name", tmp_path)
