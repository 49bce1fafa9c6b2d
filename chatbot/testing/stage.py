"""A stage: the whole engine on a store of its own, with a clock and a network that the test holds.

What is said runs through the production path: the wire's JSON, the store on disk (read again at every step), the
router, the machine, the matrix and the client.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from chatbot import codec
from chatbot.engine.engine import Engine
from chatbot.engine.invoker import Permanent
from chatbot.engine.tokens import Tokens
from chatbot.flows.catalogue import Catalogue
from chatbot.flows.state import Slow
from chatbot.http import ByteStream, Request, Response, Transport
from chatbot.messages import Button, Message
from chatbot.store import conversations, inbox
from chatbot.store.protocol import Conversation
from chatbot.store.sqlite import SqliteStore
from chatbot.testing.transcript import text_of
from chatbot.tyntec.client import Gateway

ACCOUNT = "customer_account"
NOON = 1_700_000_000.0
"""Where a stage's clock starts unless told otherwise: 2023-11-14, 22:13:20 UTC."""
SILENCE = "there is no message yet that a receipt could be for"
_CALLBACKS = "https://bot.example.org/callbacks/rehearsal/"


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that reached the network: what it shows, and what its receipts are addressed with."""

    to: str
    message: Message
    request_id: str
    token: str


class Network(Transport):
    """Stands where the gateway's network is: takes each send, answers it as the manual prints, and keeps it."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []

    def find(self, beginning: str = "") -> Heard:
        """Give the last message that begins with ``beginning``. Raises LookupError when there is none."""
        for heard in reversed(self.heard):
            if text_of(heard.message).startswith(beginning):
                return heard
        raise LookupError(f"the bot has said nothing that begins with {beginning!r}" if beginning else SILENCE)

    async def handle_async_request(self, request: Request) -> Response:
        """Answer one send."""
        sent = json.loads(request.content)
        request_id = f"rehearsal-{len(self.heard) + 1}"
        button = Button(sent["buttonCaption"], sent["buttonActionUrl"]) if "buttonCaption" in sent else None
        message = Message(sent.get("message", ""), image=sent.get("imageUrl"), button=button)
        token = str(sent.get("callbackUrl", "")).removeprefix(_CALLBACKS)
        self.heard.append(Heard(str(sent["to"]), message, request_id, token))
        answer = ByteStream(json.dumps({"requestId": request_id, "errorText": ""}).encode())
        return Response(200, stream=answer, request=request)


class Stage:
    """Plays one contact's side of a conversation. Use it as an async context manager; ``folder`` is empty and ours.

    ``results`` are the ends of slow calls to come, by function: JSON or an error, and whether it went well. No author's
    function runs: a call without such an end fails, and is kept in ``unforeseen``.
    """

    def __init__(self, catalogue: Catalogue, contact: str, folder: Path, *, start: float = NOON) -> None:
        self.catalogue = catalogue
        self.contact = contact
        self.now = start
        self.network = Network()
        self.results: dict[str, list[tuple[str, bool]]] = {}
        self.unforeseen: list[str] = []
        self._folder = folder
        self._count = 0

    async def __aenter__(self) -> Stage:
        self._store = await SqliteStore.open(self._folder / "stage.db")
        tokens = Tokens(["rehearsal"])
        gateway = Gateway(
            transport=self.network,
            url="https://gateway.example.org/messaging/im/v1",
            username="rehearsal",
            password="rehearsal",  # noqa: S106 - nobody listens
            sender="Rehearsal",
            channels=("VIBER",),
            sms_fallback=True,
            purpose="transaction",
            clock=lambda: self.now,
        )
        self.engine = Engine(
            self._store,
            self.catalogue,
            gateway,
            tokens,
            callback_url=lambda outbox_id: _CALLBACKS + tokens.sign(outbox_id),
            clock=lambda: self.now,
            stand_ins=self._stand_in,
        )
        await self.engine.recover()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.engine.stop()
        await self._store.close()

    async def restart(self) -> None:
        """End the process, as it were, and begin another on the same store."""
        await self.__aexit__(None, None, None)
        await self.__aenter__()

    async def user(self, text: str, to: str = "") -> None:
        """The contact writes ``text``, in reply to the message that begins with ``to``, or to the last one.

        Raises LookupError when there is no such message.
        """
        self._count += 1
        body: dict[str, Any] = {
            "from": self.contact,
            "to": ACCOUNT,
            "message": text,
            "sentDate": str(int(self.now * 1000)),
            "requestId": f"inbound-{self._count}",
            "ott": "Viber",
        }
        if self.network.heard or to:
            body["originalRequestId"] = self.network.find(to).request_id
        await self.engine.intake.receive(json.dumps(body).encode())
        await self.engine.drain()

    async def start(self, flow: str, fields: dict[str, Any]) -> None:
        """Somebody outside starts ``flow`` with ``fields`` of its data."""
        self._count += 1
        await self.engine.intake.start(self.contact, ACCOUNT, flow, fields, f"start-{self._count}")
        await self.engine.drain()

    async def receipt(self, state: str, channel: str = "VIBER", error_code: str = "", to: str = "") -> None:
        """The gateway tells what became of the message that begins with ``to``, or of the last one.

        Raises LookupError when there is no such message.
        """
        last = self.network.find(to)
        sms = channel == "SMS"
        body = {
            "requestId": last.request_id,
            "overallState": state,
            "to": self.contact,
            "deliveryChannel": {"channel": "SMS"} if sms else {"channel": "IM", "ott": channel.title()},
            "sendParts": [{"deliveryState": state, "errorCode": error_code, "messagePartId": 1}],
            "size": 1,
        }
        await self.engine.intake.receive(json.dumps(body).encode(), self.engine.tokens.read(last.token))
        await self.engine.drain()

    async def wait(self, seconds: float) -> None:
        """Let time pass, stopping at each moment at which something becomes due."""
        until = self.now + seconds
        while (due := await self.engine.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            await self.engine.drain()
            if await self.engine.next_due() == due:
                break  # it is still due, so it waits for something else than time
        self.now = until
        await self.engine.drain()

    async def conversation(self) -> Conversation | None:
        """Read from the store where the contact is."""
        return await self._store.read(conversations.one, self.contact, ACCOUNT)

    async def trail(self) -> list[str]:
        """Read from the turns' log the rows that fired, with file and line."""
        turns = await self._store.read(inbox.turns, self.contact, 1000)
        return [line for turn in reversed(turns) for line in codec.loads(turn["log"], dict[str, Any]).get("trail", [])]

    def _stand_in(self, function: str) -> Slow:
        waiting = self.results.get(function)
        if not waiting:
            self.unforeseen.append(function)
        text, ok = waiting.pop(0) if waiting else ("no test says how it ends", False)

        async def scripted(_: Any) -> Any:
            if not ok:
                raise Permanent(text)
            return codec.loads(text, object)

        return scripted


def start_of_clock(catalogue: Catalogue, contact: str, clock: datetime | None) -> float:
    """Give the moment, in seconds since 1970, at which the contact's clock shows ``clock``; `NOON` for None."""
    return NOON if clock is None else clock.replace(tzinfo=catalogue.zone_of(contact)).timestamp()
