"""A folder with a configuration and a store, as an operator finds them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result

from chatbot.cli import main
from chatbot.store import inbox, outbox, quarantine
from chatbot.store.protocol import Claim, Conversation, NewEvent, NewOutgoing, Store, TurnRecord
from chatbot.store.sqlite import SqliteStore

T = TypeVar("T")

BEGIN = 1_700_000_000.0
"""When everything has happened: 2023-11-14 22:13:20Z."""


class Home:
    """The folder, what has happened there, and the commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.file = folder / "chatbot.db"
        self.config.write_text("[store]\nkeep_days = 90\n")

    def run(self, *words: str, status: int = 0) -> Result:
        """Run the command with ``words``; it must end with ``status``."""
        result = CliRunner().invoke(main, ["--config", str(self.config), *words])
        assert result.exit_code == status, result.output
        return result

    def json(self, *words: str) -> Any:
        """Run the command and read what it writes as JSON."""
        return json.loads(self.run("--json", *words).stdout)

    def holds(self, text: str) -> bool:
        """Tell whether ``text`` stands in one of the files, the configuration aside."""
        return any(text.encode() in file.read_bytes() for file in self.folder.iterdir() if file != self.config)

    def do(self, work: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
        """Run ``work(store)`` as the server would."""

        async def opened() -> T:
            store = await SqliteStore.open(self.file)
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(opened())

    def turn(self, contact: str, text: str, *said: str, final: bool = False) -> None:
        """Let the contact write ``text``, and the bot answer what it ``said``."""
        self.do(lambda store: self.turn_in(store, contact, text, *said, final=final))

    @staticmethod
    async def turn_in(store: Store, contact: str, text: str, *said: str, final: bool = False) -> None:
        """Do the same in a store that is open."""
        claim = await _claimed(store, contact, text)
        here = Conversation(contact, "shop", "pickup", "address", '{"kind":"parcel"}', "f1", visit=1, final=final)
        before = claim.conversation.state if claim.conversation else ""
        answers = [NewOutgoing(json.dumps({"text": one}), "pickup", "address", 1) for one in said]
        record = TurnRecord(claim, BEGIN, here, outgoing=answers, before=before, after="address", row="bots.py:7")
        await store.write(inbox.finish, record)

    def fail(self, contact: str, text: str, error: str = "LookupError: no such street") -> None:
        """Let the contact write something that no try could handle."""

        async def work(store: Store) -> None:
            claim = await _claimed(store, contact, text)
            await store.write(inbox.set_aside, claim.event, f"Traceback:\n  File bots.py\n{error}\n", BEGIN)

        self.do(work)

    def refuse(self, contact: str, error: str) -> None:
        """Let the gateway refuse the contact's next message."""

        async def work(store: Store) -> None:
            out = await store.write(outbox.claim, contact, BEGIN)
            assert out is not None
            await store.write(outbox.failed, out.id, error, BEGIN)
            while claim := await store.write(inbox.claim, contact, BEGIN):
                await store.write(inbox.finish, TurnRecord(claim, BEGIN))

        self.do(work)

    def receive(self, body: bytes, reason: str = "not JSON") -> int:
        """Take a body that nobody can read; gives its id in quarantine."""
        return self.do(lambda store: store.write(quarantine.add, body, reason, BEGIN))

    def lose(self, contact: str) -> None:
        """Let nobody know whether the contact's next message was accepted."""

        async def work(store: Store) -> None:
            out = await store.write(outbox.claim, contact, BEGIN)
            assert out is not None
            await store.write(outbox.ambiguous, out.id, BEGIN, "no answer")
            await store.write(outbox.settle, BEGIN, False)

        self.do(work)


async def _claimed(store: Store, contact: str, text: str) -> Claim:
    payload = json.dumps({"contact": contact, "text": text})
    await store.write(inbox.accept, NewEvent(contact, "shop", "message", text, payload, BEGIN))
    claim = await store.write(inbox.claim, contact, BEGIN)
    assert claim is not None
    return claim


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An operator's folder."""
    return Home(tmp_path)
