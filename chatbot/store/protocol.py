"""What a store is, and the records that it keeps.

A `Store` runs functions: `await store.write(inbox.claim, contact, now)` runs `inbox.claim(tx, contact, now)` inside one
transaction that is on disk when the call returns. All times are seconds since 1970 (UTC), as floats.

Every table leads with the contact, but for the tombstones of erased ones. Rules that hold in each of them:

- An event is claimed by counting its attempt. It is done only in the transaction that keeps the turn's every effect.
- A contact's events are handled one at a time in the order of their ids; an event that waits for its next try holds
  back those behind it, and an event that was set aside does not.
- A contact's outbox is sent in the order of ids under the same rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

Row = Mapping[str, Any]


class Tx(Protocol):
    """One open transaction. SQL takes named parameters, ``:name``, and is common to SQLite and PostgreSQL."""

    def rows(self, sql: str, /, **values: object) -> Sequence[Row]:
        """Run ``sql`` and give all its rows."""

    def row(self, sql: str, /, **values: object) -> Row | None:
        """Run ``sql`` and give its first row, or None."""

    def run(self, sql: str, /, **values: object) -> int:
        """Run ``sql`` and give the number of rows it changed."""


class Store(Protocol):
    """Runs transactions against one database, for one process."""

    async def write(self, work: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(tx, ...)`` in a transaction; when this returns, its effects are on disk.

        Whatever ``work`` raises is raised here, and nothing it did stays. Raises StoreError when the database fails.
        """

    async def read(self, work: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work(tx, ...)``, which must not write, against what is committed. Raises StoreError."""

    async def scrub(self) -> None:
        """Make what was deleted unreadable also for who reads the files of the database.

        It may take seconds in which nobody else can write. Raises StoreError when somebody was in the way.
        """

    async def close(self) -> None:
        """Finish what was asked for and let go of the database. May be called twice."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An input to be stored. One (contact, account, kind, key) is stored once: a retry has no effect.

    ``payload`` is the JSON of one of the classes of `chatbot.events`; ``reply_to`` the gateway's id of the outbound
    message that it answers, or None.
    """

    contact: str
    account: str
    kind: str
    key: str
    payload: str
    at: float
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event that was claimed; ``attempts`` counts this one."""

    id: int
    contact: str
    account: str
    kind: str
    key: str
    payload: str
    accepted_at: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a contact is: one row for each (contact, account).

    ``data`` is the JSON of the flow's data. ``visit`` counts entries into states, so that a receipt or a timer can be
    held against the visit that caused it. ``history`` names the states that were left, the latest last. ``progress`` is
    the JSON of what else the flow remembers, ``suspended`` that of the conversations that this one interrupted.
    ``version`` is 0 for one that was never stored and fences a stale writer.
    """

    contact: str
    account: str
    flow: str
    state: str
    data: str
    fingerprint: str
    visit: int = 0
    history: tuple[str, ...] = ()
    progress: str = "{}"
    suspended: str = "[]"
    final: bool = False
    version: int = 0
    updated_at: float = 0.0


@dataclass(frozen=True, slots=True)
class SentMessage:
    """The outbound message that an inbound one replies to: who sent it, and what it said (JSON of a Message)."""

    outbox_id: int
    flow: str
    state: str
    visit: int
    body: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The contact's oldest waiting event, its conversation if there is one, and the message it replies to if known.

    ``delivered`` tells for a timeout whether every message of its visit has arrived.
    """

    event: StoredEvent
    conversation: Conversation | None
    replied_to: SentMessage | None = None
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class NewOutgoing:
    """A message to be sent. ``body`` is the JSON of a Message; ``flow``, ``state`` and ``visit`` name its sender."""

    body: str
    flow: str
    state: str
    visit: int


@dataclass(frozen=True, slots=True)
class NewTimer:
    """A timer of the visit that a turn has entered.

    ``delay`` (seconds) starts when the turn's last message was sent, or at the turn when it sent none; ``due`` is set
    instead when it fires at a certain time.
    """

    name: str
    delay: float
    flow: str
    state: str
    visit: int
    due: float | None = None


@dataclass(frozen=True, slots=True)
class NewInvocation:
    """A slow call that a state asks for. ``timeout`` in seconds.

    ``data`` is the JSON it is called with, and ``fingerprint`` that of the flow which wrote it.
    """

    function: str
    data: str
    flow: str
    state: str
    visit: int
    timeout: float
    retries: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """Everything that one turn does, to be kept in one transaction or not at all.

    ``conversation`` None leaves it untouched (and ``timers`` too). ``left`` is the visit that was left: its timers and
    invocations are dropped; None when the conversation stayed. ``log`` is the JSON of the turn's log.
    """

    claim: Claim
    at: float
    conversation: Conversation | None = None
    left: int | None = None
    outgoing: Sequence[NewOutgoing] = ()
    timers: Sequence[NewTimer] = ()
    invocations: Sequence[NewInvocation] = ()
    before: str = ""
    after: str = ""
    row: str = ""
    log: str = "{}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message whose row says ``sending``: it may be POSTed, once."""

    id: int
    contact: str
    account: str
    body: str
    attempts: int


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A receipt to be stored. ``key`` is the same for the same news; ``outbox_id`` comes from a verified callback
    token.

    ``state`` is a `ReceiptState`; ``body`` the JSON of the Receipt.
    """

    contact: str
    request_id: str
    key: str
    state: str
    channel: str | None
    error_code: str
    body: str
    at: float
    outbox_id: int | None = None


@dataclass(frozen=True, slots=True)
class Invocation:
    """A slow call that was claimed; ``attempts`` counts this one, ``retries`` is how many more are allowed in all."""

    id: int
    contact: str
    account: str
    function: str
    data: str
    flow: str
    state: str
    visit: int
    timeout: float
    retries: int
    attempts: int
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message of the outbox as people and tests look at it.

    ``status``: waiting, sending, accepted, ambiguous, unknown, failed. ``receipt`` is the folded ReceiptState or None.
    """

    id: int
    contact: str
    account: str
    flow: str
    state: str
    visit: int
    body: str
    status: str
    attempts: int
    created_at: float
    event_id: int | None = None
    request_id: str | None = None
    sent_at: float | None = None
    receipt: str | None = None
    channel: str | None = None
    error: str = ""
