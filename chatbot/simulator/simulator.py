"""The simulator as a whole: gateway, phones, faults and the callbacks that wait, on one clock that can be moved."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from chatbot import codec
from chatbot.errors import ConfigError
from chatbot.simulator import inbound
from chatbot.simulator.delivery import Clock, News
from chatbot.simulator.faults import Faults
from chatbot.simulator.feed import Feed
from chatbot.simulator.gateway import Gateway
from chatbot.simulator.inbound import InboundMessage
from chatbot.simulator.options import CENTURY, Account, Options
from chatbot.simulator.phones import Bubble, Phones
from chatbot.simulator.reach import Reachability
from chatbot.simulator.schedule import INBOUND, RECEIPT, Callback, Outcome, Schedule
from chatbot.simulator.status import Status, summary

_KEPT_OUTCOMES = 1000
_LISTED_PHONES = 50


class MovableClock:
    """A clock ahead of another one. Seconds since 1970."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead = 0.0

    def __call__(self) -> float:
        """Give the time."""
        return self._clock() + self.ahead


@dataclass(frozen=True, slots=True)
class Posted:
    """One attempt of a callback, as it is listed by the levers. ``next_attempt`` None: there will be none."""

    kind: str
    request_id: str
    number: str
    attempt: int
    status: int | None
    error: str
    at: float
    next_attempt: float | None


class Simulator:
    """Everything but HTTP. ``on_work`` is called whenever there may be something to post earlier than before."""

    def __init__(self, options: Options, clock: Clock = time.time) -> None:
        self.options = options
        self.clock = MovableClock(clock)
        self.feed = Feed()
        self.on_work: Callable[[], None] = lambda: None
        self.reset()

    def reset(self) -> None:
        """Forget everything, and begin as the options say: the clock too is nothing ahead any more."""
        self.clock.ahead = 0.0
        self.retry_after = self.options.retry_after
        self.faults = Faults(self.options, self.levers_moved)
        self.phones = Phones(self.options, self._bubble_changed)
        self.gateway = Gateway(self.options, self.clock, _random_ids(self.options), self.phones, self._loses_part)
        self.schedule = Schedule(self.options)
        self.posted: deque[Posted] = deque(maxlen=_KEPT_OUTCOMES)
        self.feed.publish("", {"kind": "reload"})
        self.on_work()

    def accept(self, account: Account, parameters: dict[str, Any], nth: int) -> Status:
        """Take a send request: see `Gateway.accept`."""
        status = self.gateway.accept(account, parameters, nth)
        self._show_delivery(status)
        return status

    def tick(self) -> None:
        """Deliver what is due, and schedule the receipts of it."""
        for news in self.gateway.tick():
            self._schedule_receipt(news, delay=self.options.receipt_delay)

    def deliver_early(self, status: Status) -> bool:
        """Deliver a request and have its receipts posted at once. False when nobody is told."""
        self.tick()
        self.gateway.hasten(status)
        for news in self.gateway.tick():
            self._schedule_receipt(news, delay=0)
        return bool(self.gateway.receipt_url(status))

    def due(self) -> list[Callback]:
        """Take out the callbacks that are to be posted now."""
        self.tick()
        return self.schedule.due(self.clock())

    def next_due(self) -> float | None:
        """Tell when there is something to do next; None for never."""
        times = [due for due in (self.gateway.next_due(), self.schedule.next_due()) if due is not None]
        return min(times, default=None)

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ConfigError when that would be more than a century in all."""
        room = CENTURY - self.clock.ahead
        if not 0 <= seconds <= room:
            where = f"the clock can be moved 100 years ahead, and is {self.clock.ahead:.0f} s ahead"
            raise ConfigError(f"{where}: seconds is 0 to {room:.0f}")
        self.clock.ahead += seconds
        self.levers_moved()
        self.on_work()

    def reach(self, number: str | None, reachability: Reachability) -> None:
        """Change how one phone is reached, or all of them (None)."""
        self.gateway.reach(number, reachability)
        self.levers_moved()
        self.on_work()

    def write(
        self, number: str, text: str, *, reply_to: str | None = None, account: str = "", request_id: str = ""
    ) -> InboundMessage:
        """Type ``text`` on a phone: see `Gateway.write`. The bot is told."""
        message = self.gateway.write(number, text, reply_to=reply_to, account=account, request_id=request_id)
        self.levers_moved()  # who writes may have unblocked
        url = self.gateway.url_for(message)
        if not url:
            self._note(
                message.request_id,
                number,
                "dropped",
                "no URL for inbound messages is set: see Callback URLs, or the option inbound_url",
            )
            return message
        body = inbound.body(message, self.options)
        doubled = self.faults.strikes("inbound_doubled", number, self.faults.count("messages", number))
        for _ in range(2 if doubled else 1):
            self._schedule(Callback(INBOUND, url, body, number, message.request_id, message.account), self.clock())
        return message

    def send_receipt(self, status: Status, body: dict[str, Any], *, url: str = "") -> bool:
        """Schedule a receipt with ``body``, now. False when there is no URL for it (manual, *callbackUrl*, 3)."""
        url = url or self.gateway.receipt_url(status)
        if url:
            number, name = status.request.to, status.account
            receipt = Callback(RECEIPT, url, codec.dumps(body).encode(), number, status.request_id, name)
            self._schedule(receipt, self.clock())
        return bool(url)

    def accounts(self) -> list[dict[str, str]]:
        """List the accounts by name, each with its URLs."""
        callbacks, inbounds = self.gateway.callback_urls, self.gateway.inbound_urls
        return [
            {"name": name, "callbackUrl": callbacks.of(name), "inboundUrl": inbounds.of(name)}
            for name in self.options.account_names
        ]

    def levers(self, number: str) -> dict[str, Any]:
        """Tell where the levers stand, for ``phone`` and for ``all``, as the phone page draws them."""
        known = self.phones.look(number)
        reaches = {"all": self.phones.reach, "phone": known.reach if known else self.phones.reach}
        plans = {"all": self.faults.met_by(None), "phone": self.faults.met_by(number)}
        return {
            "now": self.clock(),
            "ahead": self.clock.ahead,
            "seed": self.faults.seed,
            "retryAfter": self.retry_after,
            "accounts": self.accounts(),
            "phones": [phone.number for phone in self.phones][-_LISTED_PHONES:],
            **{whose: {"reachability": codec.plain(reaches[whose]), **codec.plain(plans[whose])} for whose in reaches},
        }

    def levers_moved(self) -> None:
        """Tell whoever looks at a phone where the levers stand."""
        for number in self.feed.numbers():
            self.feed.publish(number, {"kind": "levers", "levers": self.levers(number)})

    def record(self, callback: Callback, outcome: Outcome) -> None:
        """Note what came of one attempt to post ``callback``, and show it."""
        now = self.clock()
        again = self.schedule.record(callback, outcome, now)
        self.posted.append(
            Posted(
                callback.kind,
                callback.request_id,
                callback.number,
                callback.attempts,
                outcome.status,
                outcome.error,
                now,
                again,
            )
        )
        if callback.kind == INBOUND:
            self._show_outcome(callback, outcome, None if again is None else again - now)
        if callback.kind == RECEIPT and self.feed.listened(callback.number):
            note = "" if outcome.accepted else f"receipt: the bot {outcome}"
            self.feed.publish(callback.number, {"kind": "trouble", "note": note})

    def _loses_part(self, status: Status, part: int) -> bool:
        return self.faults.strikes("sms_part_lost", status.request.to, status.nth, part)

    def _show_outcome(self, callback: Callback, outcome: Outcome, wait: float | None) -> None:
        if outcome.accepted:
            self._note(callback.request_id, callback.number, "accepted", "")
        elif wait is not None:
            note = f"the bot {outcome}, next try in {wait:.0f} s (try {callback.attempts})"
            self._note(callback.request_id, callback.number, "waiting", note)
        else:
            note = f"the bot {outcome}; given up after {callback.attempts} tries"
            self._note(callback.request_id, callback.number, "dropped", note)

    def _schedule_receipt(self, news: News, *, delay: float) -> None:
        status = news.status
        self._show_delivery(status)
        url = self.gateway.receipt_url(status)
        which = (status.request.to, status.nth, news.body["overallState"])
        if not url or self.faults.strikes("receipt_lost", *which):
            return
        due = news.at + delay
        if self.faults.strikes("receipt_reordered", *which):
            due += self.options.reorder_delay * self.faults.fraction("reorder_delay", *which)
        body = codec.dumps(news.body).encode()
        for _ in range(2 if self.faults.strikes("receipt_doubled", *which) else 1):
            callback = Callback(RECEIPT, url, body, status.request.to, status.request_id, status.account)
            self._schedule(callback, due)

    def _show_delivery(self, status: Status) -> None:
        if self.feed.listened(status.request.to):
            self.feed.publish(status.request.to, {"kind": "delivery", "delivery": summary(status)})

    def _schedule(self, callback: Callback, due: float) -> None:
        if not self.schedule.add(callback, due):
            self._note(callback.request_id, callback.number, "dropped", "too many callbacks wait")
        self.on_work()

    def _note(self, request_id: str, number: str, state: str, note: str) -> None:
        self.phones.update(number, request_id, state=state, note=note)

    def _bubble_changed(self, number: str, bubble: Bubble) -> None:
        if self.feed.listened(number):
            self.feed.publish(number, {"kind": "bubble", "bubble": codec.plain(bubble)})


def _random_ids(options: Options) -> Random:
    return Random(None if options.seed is None else f"{options.seed}/ids")  # noqa: S311 -- repeatable on purpose
