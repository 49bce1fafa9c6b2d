"""The delivery engine: channel after channel, waiting, expiry, SEEN, and the news of each.

Nothing happens by itself: `Deliveries.run` does what is due by the clock, in the order in which it was due.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from chatbot.simulator import reach
from chatbot.simulator.agenda import Agenda
from chatbot.simulator.options import Options
from chatbot.simulator.phones import BOT, Bubble, Phone, Phones
from chatbot.simulator.reach import Attempt, Reachability
from chatbot.simulator.requests import SMS, VIBER
from chatbot.simulator.status import (
    BUFFERED,
    DELIVERED,
    EXPIRED,
    SEEN,
    UNDELIVERABLE,
    Part,
    Refusal,
    Status,
    contents,
    milliseconds,
    notification,
)

Clock = Callable[[], float]
"""Gives seconds since 1970."""

_Step = Literal["attempt", "expire", "seen"]


@dataclass(frozen=True, slots=True)
class News:
    """A request's new state: ``body`` is its notification as it was at ``at``."""

    status: Status
    body: dict[str, Any]
    at: float


class Deliveries:
    """Brings accepted requests to phones.

    ``statuses`` are the gateway's, by request id: what is no longer in there is not delivered any more.
    ``part_is_lost`` is asked for every SMS part, by its index: a lever that makes one part of a message fail.
    """

    def __init__(
        self,
        options: Options,
        clock: Clock,
        phones: Phones,
        statuses: OrderedDict[str, Status],
        part_is_lost: Callable[[Status, int], bool],
    ) -> None:
        self._options = options
        self._clock = clock
        self._phones = phones
        self._statuses = statuses
        self._part_is_lost = part_is_lost
        self._agenda: Agenda[tuple[_Step, str]] = Agenda()
        self._waiting: dict[str, dict[str, None]] = {}  # by number, in order
        self._missed: deque[Status] = deque(maxlen=options.kept_messages)
        self._news: list[News] = []

    def begin(self, status: Status) -> None:
        """Put a request that was just accepted on its way."""
        self._agenda.add(status.accepted_at + self._options.delivery_delay, ("attempt", status.request_id))

    def hasten(self, status: Status) -> None:
        """Deliver a request now, whatever the delay."""
        while not status.is_final and not self._waits(status):
            self._attempt(status, self._clock())

    def run(self) -> None:
        """Do everything that is due."""
        steps = {"attempt": self._attempt, "expire": self._expire, "seen": self._see}
        while (item := self._agenda.pop(self._clock())) is not None:
            due, (step, request_id) = item
            status = self._statuses.get(request_id)
            if status is not None:
                steps[step](status, due)

    def next_due(self) -> float | None:
        """Tell when `run` has something to do, or that there is news now."""
        return self._clock() if self._news else self._agenda.next_due()

    def take_news(self) -> list[News]:
        """Give the news since the last call."""
        news, self._news = self._news, []
        return news

    def reach(self, number: str | None, reachability: Reachability) -> None:
        """Change how one phone is reached, or all (None), those to come included, and try again what waits."""
        if number is None:
            self._phones.reach = reachability
        for phone in list(self._phones) if number is None else [self._phones.get(number)]:
            phone.reach = reachability
        for known in list(self._waiting) if number is None else [number]:
            for request_id in self._waiting.pop(known, {}):
                self._agenda.add(self._clock(), ("attempt", request_id))
        self._show_what_came_too_late()

    def forget(self, status: Status) -> None:
        """Let go of a request that the gateway has dropped."""
        self._stop_waiting(status)
        if len(self._agenda) > 3 * self._options.kept_sends + 1000:
            self._agenda.keep(lambda entry: entry[1] in self._statuses)

    def _attempt(self, status: Status, now: float) -> None:
        if status.is_final or self._waits(status):
            return
        phone = self._phones.get(status.request.to)
        if now >= self._expiry(status):
            self._expire(status, now)
            return
        if self._options.buffered == "always" and not status.buffered:
            self._tell_buffered(status, now)
        self._take_channel(status, status.request.route[status.tried], now)
        wrote, met = status.account in phone.wrote, status.account in phone.met
        answer = reach.attempt(status.channel, status.request, phone.reach, self._options, wrote=wrote, met=met)
        if answer.state == DELIVERED:
            self._deliver(status, phone, now)
        elif answer.state == BUFFERED:
            self._wait(status, now)
        else:
            self._refuse(status, answer, now)

    def _take_channel(self, status: Status, channel: str, now: float) -> None:
        if channel != status.channel:
            status.channel = channel
            status.parts = [Part(text, BUFFERED, now) for text in contents(status.request, channel, self._options)]

    def _deliver(self, status: Status, phone: Phone, now: float) -> None:
        for index, part in enumerate(status.parts):
            lost = status.channel == SMS and self._part_is_lost(status, index)
            part.change(UNDELIVERABLE if lost else DELIVERED, now, self._options.sms_error_code if lost else "")
        status.final_at = now
        phone.met.add(status.account)
        if any(part.state == DELIVERED for part in status.parts):
            self._phones.show(phone.number, self._bubble(status, now))
        if self._options.seen and status.channel != SMS:
            self._agenda.add(now + self._options.seen_delay, ("seen", status.request_id))
        self._tell(status, now)

    def _wait(self, status: Status, now: float) -> None:
        self._waiting.setdefault(status.request.to, {})[status.request_id] = None
        self._agenda.add(self._expiry(status), ("expire", status.request_id))
        if not status.buffered:
            self._tell_buffered(status, now)

    def _refuse(self, status: Status, answer: Attempt, now: float) -> None:
        status.tried += 1
        status.refusals.append(Refusal(status.channel, answer.error_code, answer.reason))
        if status.tried == len(status.request.route):
            self._end(status, answer.state, now, answer.error_code)
            return
        if self._options.buffered == "fallback" and not status.buffered:
            self._tell_buffered(status, now)
        self._agenda.add(now + self._options.delivery_delay, ("attempt", status.request_id))

    def _expire(self, status: Status, now: float) -> None:
        if status.is_final or now < self._expiry(status):
            return
        self._stop_waiting(status)
        if status.channel == VIBER and status.request.ttl_text:
            self._missed.append(status)
        self._end(status, EXPIRED, now, self._options.expired_error_code)

    def _see(self, status: Status, now: float) -> None:
        for part in status.parts:
            if part.state == DELIVERED:
                part.change(SEEN, now)
        self._phones.update(status.request.to, status.request_id, state=SEEN)
        self._tell(status, now)

    def _end(self, status: Status, state: str, now: float, error_code: str = "") -> None:
        for part in status.parts:
            part.change(state, now, error_code)
        status.final_at = now
        self._tell(status, now)

    def _tell_buffered(self, status: Status, now: float) -> None:
        status.buffered = True
        self._tell(status, now)

    def _tell(self, status: Status, now: float) -> None:
        self._news.append(News(status, notification(status, self._options), now))

    def _waits(self, status: Status) -> bool:
        return status.request_id in self._waiting.get(status.request.to, ())

    def _stop_waiting(self, status: Status) -> None:
        number = status.request.to
        waiting = self._waiting.get(number)
        if waiting is not None:
            waiting.pop(status.request_id, None)
            if not waiting:
                del self._waiting[number]

    def _expiry(self, status: Status) -> float:
        """Only Viber and SMS know a ttl (manual, *ttl*, "Supported by")."""
        ttl = status.request.ttl if status.channel in (VIBER, SMS) else None
        return status.accepted_at + (self._options.default_ttl if ttl is None else ttl)

    def _bubble(self, status: Status, now: float, *, state: str = DELIVERED) -> Bubble:
        request = status.request
        made = Bubble(self._phones.new_id(), BOT, milliseconds(now), status.request_id, status.account, state=state)
        made.sender, made.channel = request.sender, status.channel
        if state == EXPIRED:
            made.text = request.ttl_text
        elif status.channel == SMS:
            arrived = [part.content for part in status.parts if part.state == DELIVERED]
            made.sms_parts = len(arrived)
            made.text = (
                "\n".join(["".join(arrived[:1]), "".join(arrived[1:])]) if request.image_url else "".join(arrived)
            )
        else:
            made.text, made.image = request.text, request.image_url
            made.button_caption, made.button_url = request.button_caption, request.button_url
        return made

    def _show_what_came_too_late(self) -> None:
        """Show ttlExpiryText on phones that are back: on iOS only (manual, *ttlExpiryText*)."""
        for status in list(self._missed):
            phone = self._phones.get(status.request.to)
            if phone.reach.offline:
                continue
            self._missed.remove(status)
            if phone.reach.ios and phone.reach.viber:
                self._phones.show(phone.number, self._bubble(status, self._clock(), state=EXPIRED))
