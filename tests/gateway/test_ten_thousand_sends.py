"""Ten thousand messages by way of sender and client to a simulator where each fault strikes one time in twenty.

``pytest tests/gateway/test_ten_thousand_sends.py -m slow -s`` sends them all and tells the figures: so does .ci/run. An
everyday run has 2,400.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatbot import codec
from chatbot.engine.faults import Complaints
from chatbot.engine.intake import Intake
from chatbot.engine.lanes import Lanes
from chatbot.engine.outcomes import Outcomes
from chatbot.engine.poller import OPEN_FOR, Poller
from chatbot.engine.sender import PAUSE, Sender
from chatbot.engine.tokens import Tokens
from chatbot.http import open_transport
from chatbot.messages import Message
from chatbot.simulator.faults import OTHER_FAULTS, REQUEST_FAULTS
from chatbot.store import outbox
from chatbot.store.protocol import NewOutgoing, Row, Tx
from chatbot.store.sqlite import SqliteStore
from chatbot.tyntec.client import Gateway
from chatbot.web import server
from chatbot.web.webhook import Webhook

Start = Callable[..., AbstractContextManager[Any]]

CONTACTS, EACH = 600, 4
WIDTH = 64
RATE = 0.05
FAULTS = dict.fromkeys([*REQUEST_FAULTS, *OTHER_FAULTS], RATE)
SMS_ONLY, WRITES = 20, 10
"""Every so many contacts there is one whom only SMS reaches, and one who writes when all is sent."""
TOO_LONG = 100
"""Every so many messages there is one that the gateway refuses for good: SMS of several parts are switched off."""
SECRET = "secret"


@dataclass
class Clock:
    """The bot's time; it stands until the test moves it."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Bot:
    """The outbound half of a bot, and the door for its receipts; no flow listens to what became of the messages."""

    def __init__(self, store: SqliteStore, gateway: str, own: str) -> None:
        self.store, self.clock, complaints = store, Clock(), Complaints()
        tokens = Tokens([SECRET])
        self.client = Gateway(
            transport=open_transport(),
            url=f"{gateway}/messaging/im/v1",
            username="username",
            password="password",
            sender="MyCompany",
            channels=("VIBER",),
            sms_fallback=True,
            purpose="transaction",
            clock=self.clock,
        )
        self.sender = Sender(
            store,
            Outcomes(store, complaints),
            self.client,
            self.clock,
            rate=0,
            callback_url=lambda outbox_id: f"{own}/callbacks/{SECRET}/{tokens.sign(outbox_id)}",
            wakes=lambda _: None,
        )
        self.lanes = Lanes(self.sender.step, complaints, width=WIDTH)
        intake = Intake(store, tokens, self.clock, lambda _: None)
        self.poller = Poller(store, self.client, intake, self.clock)
        self.webhook = Webhook(intake, complaints, tokens, [SECRET], 100_000)
        self.url = f"{own}/callbacks/{SECRET}"
        self.written_to = 0
        paths = ["/callbacks/{secret}", "/callbacks/{secret}/{token}"]
        self.app = Starlette(routes=[Route(path, self._callback, methods=["POST"]) for path in paths])

    async def _callback(self, request: Request) -> Response:
        self.written_to += "token" not in request.path_params
        return await self.webhook.receive(request)

    async def send_all(self) -> None:
        """Send until nothing is unfinished; when nothing can be sent now, time passes."""
        while True:
            now = self.clock()
            await self.store.write(outbox.settle, now, False)
            steps = self.lanes.steps
            for contact in await self.store.read(outbox.waiting, now, WIDTH):
                self.lanes.wake(contact)
            await self.lanes.idle()
            if steps < self.lanes.steps:
                continue
            due = await self.store.read(outbox.next_due)
            if due is None:
                return
            self.clock.now = max(due, now + (PAUSE if self.sender.paused else 0.0))

    async def ask_for_the_rest(self) -> None:
        """Ask for the receipts that were lost, however often the gateway fails to answer."""
        while await self.store.read(outbox.unsettled, self.clock() + OPEN_FOR, 1):
            self.clock.now += OPEN_FOR + 1
            while await self.poller.tick():
                pass

    async def rows(self, sql: str = "SELECT * FROM outbox ORDER BY id") -> list[Row]:
        """Give what is in the store: the whole outbox when nothing is said."""
        return list(await self.store.read(lambda tx: tx.rows(sql)))


@asynccontextmanager
async def open_bot(folder: Path, gateway: str) -> AsyncIterator[Bot]:
    store = await SqliteStore.open(folder / "bot.db")
    sock = server.bind("127.0.0.1", 0)
    sock.listen(128)
    bot = Bot(store, gateway, f"http://127.0.0.1:{sock.getsockname()[1]}")
    listening = server.server(bot.app, log_level="critical")
    task = asyncio.create_task(listening.serve(sockets=[sock]))
    try:
        yield bot
    finally:
        listening.should_exit = True
        await task
        await bot.client.close()
        await store.close()


def number_of(contact: int) -> str:
    return f"+49160{contact:07}"


def text_of(contact: int, number: int) -> str:
    text = f"message {number} to contact {contact}"
    return text.ljust(80, ".") if (contact * EACH + number) % TOO_LONG == 0 else text


def fill(tx: Tx, contacts: int) -> None:
    for contact in range(contacts):
        messages = [Message(text_of(contact, number)) for number in range(EACH)]
        outgoing = [NewOutgoing(codec.dumps(message), "flow", "state", 1) for message in messages]
        outbox.add(tx, number_of(contact), "account", contact, outgoing, 1_700_000_000.0)


@pytest.fixture
def gateway(start_simulator: Start) -> Iterator[httpx.Client]:
    options = ["buffered=always", "delivery_delay=20ms", "reorder_delay=300ms", "long_sms=no", "seed=4"]
    words = [word for option in options for word in ("--option", option)]
    with (
        start_simulator(*words) as command,
        httpx.Client(base_url=command.url, timeout=120, trust_env=False) as client,
    ):
        yield client


async def pull(gateway: httpx.Client, lever: str, **given: Any) -> dict[str, Any]:
    answer = await asyncio.to_thread(gateway.post, f"/_control/{lever}", json=given)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def settle(gateway: httpx.Client) -> None:
    """Wait until everything is delivered, however slow the machine is."""
    while not (await pull(gateway, "settle"))["settled"]:
        pass


@pytest.mark.parametrize(
    "contacts", [CONTACTS, pytest.param(2500, marks=[pytest.mark.slow, pytest.mark.timeout(1200)])]
)
async def test_every_message_is_accounted_for_and_none_is_sent_twice(
    contacts: int, gateway: httpx.Client, tmp_path: Path
) -> None:
    async with open_bot(tmp_path, str(gateway.base_url)) as bot:
        await pull(gateway, "faults", rates=FAULTS)
        for contact in range(0, contacts, SMS_ONLY):
            await pull(gateway, "phones", number=number_of(contact), reachability="sms_only")
        await bot.store.write(fill, contacts)
        await bot.send_all()
        await pull(gateway, "advance", seconds=60)
        await settle(gateway)
        await bot.ask_for_the_rest()
        rows = await bot.rows()
        await pull(gateway, "urls", inboundUrl=bot.url)
        for contact in range(0, contacts, WRITES):
            await pull(gateway, "inbound", number=number_of(contact), text="thanks")
        await settle(gateway)
        heard = await bot.rows("SELECT contact FROM event WHERE kind = 'message' ORDER BY contact")
    sends = (await asyncio.to_thread(gateway.get, "/_control/sends")).json()["sends"]

    # Nothing is unfinished, nothing is missing.
    statuses = Counter(row["status"] for row in rows)
    receipts = Counter(row["receipt"] for row in rows if row["status"] == "accepted")
    told = (
        f"messages {len(rows)}: {dict(statuses)}, tried {sum(row['attempts'] for row in rows)} times",
        f"the simulator accepted {len(sends)}; receipts of what is known to be: {dict(receipts)}",
        f"written by contacts {len(heard)}, posted {bot.written_to} times",
    )
    sys.stdout.write("\n" + "\n".join(told) + "\n")
    assert set(statuses) == {"accepted", "failed", "unknown"}
    assert statuses.total() == contacts * EACH

    # The simulator has accepted no message twice, whatever was retried; and it knows of no other message.
    taken = {send["request"]["text"]: send for send in sends}
    assert len(taken) == len(sends)
    texts = [codec.loads(row["body"], Message).text for row in rows]
    assert taken.keys() <= set(texts)
    retried = [row for row in rows if row["attempts"] > 1]
    assert len(retried) > contacts * EACH * RATE

    # What the bot says of each message is what the simulator says.
    for row, text in zip(rows, texts, strict=True):
        send = taken.get(text)
        if row["status"] == "accepted":
            assert send is not None
            assert (row["request_id"], row["receipt"]) == (send["requestId"], send["state"])
            assert send["state"] == "DELIVERED" or (send["state"], send["channel"]) == ("UNDELIVERABLE", "SMS")
            assert send["posts"] >= row["attempts"]
        elif row["status"] == "failed":
            assert send is None
            assert len(text) == 80
            assert "over-length" in row["error"]
        else:
            assert row["request_id"] is None
            assert row["error"]
    unknown = [text for row, text in zip(rows, texts, strict=True) if row["status"] == "unknown"]
    assert statuses["accepted"] + len(taken.keys() & set(unknown)) == len(sends)

    # Some SMS were lost, and the bot knows which; what contacts wrote is kept once, however often it was posted.
    assert 0 < receipts["UNDELIVERABLE"] < contacts * EACH / SMS_ONLY
    assert [row["contact"] for row in heard] == [number_of(contact) for contact in range(0, contacts, WRITES)]
    assert bot.written_to > len(heard)

    # A message that is unknown was never answered: no proof of it came, or it never arrived.
    assert statuses["failed"] <= contacts * EACH / TOO_LONG
    assert len(unknown) == pytest.approx(contacts * EACH * RATE * 1.1, rel=0.4)


async def test_each_contacts_messages_arrive_in_their_order(gateway: httpx.Client, tmp_path: Path) -> None:
    async with open_bot(tmp_path, str(gateway.base_url)) as bot:
        await pull(gateway, "faults", rates=FAULTS)
        await bot.store.write(fill, 50)
        await bot.send_all()
    sends = (await asyncio.to_thread(gateway.get, "/_control/sends")).json()["sends"]
    for contact in range(50):
        numbers = [int(send["request"]["text"].split()[1]) for send in sends if send["to"] == number_of(contact)]
        assert numbers == sorted(numbers)
