"""The gateway's core: takes requests, knows their statuses, and takes what is typed on phones. No HTTP, no waiting."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from random import Random
from typing import Any
from uuid import UUID

from chatbot import codec
from chatbot.simulator import validation
from chatbot.simulator.addresses import Urls
from chatbot.simulator.delivery import Clock, Deliveries, News
from chatbot.simulator.inbound import InboundMessage
from chatbot.simulator.options import Account, Options
from chatbot.simulator.phones import BOT, USER, Bubble, Phone, Phones
from chatbot.simulator.reach import Reachability
from chatbot.simulator.status import BUFFERED, OTT, Part, Status, contents, milliseconds


class Gateway:
    """One gateway with its accounts, its phones and the requests that it has accepted.

    ``callback_urls`` and ``inbound_urls`` begin as the options say, and may be changed. ``posts`` counts the POSTs of
    each fingerprint, so that doubles can be counted.
    """

    def __init__(
        self,
        options: Options,
        clock: Clock,
        random: Random,
        phones: Phones,
        part_is_lost: Callable[[Status, int], bool] = lambda _status, _part: False,
    ) -> None:
        self.options = options
        self.phones = phones
        self.callback_urls = Urls.read("callback_url", options.callback_url, options.account_names)
        self.inbound_urls = Urls.read("inbound_url", options.inbound_url, options.account_names)
        self.posts: Counter[str] = Counter()
        self._clock = clock
        self._random = random
        self._statuses: OrderedDict[str, Status] = OrderedDict()
        self._deliveries = Deliveries(options, clock, phones, self._statuses, part_is_lost)

    def accept(self, account: Account, parameters: dict[str, Any], nth: int = 0) -> Status:
        """Check a send request, the ``nth`` to its phone, and take it.

        Raises validation.Invalid with the manual's messages.
        """
        fingerprint = self.count(account, parameters)
        request = validation.read(parameters, self.options)
        now, channel = self._clock(), request.route[0]
        parts = [Part(text, BUFFERED, now) for text in contents(request, channel, self.options)]
        status = Status(self.new_id(), account.name, request, fingerprint, now, channel, parts, nth=nth)
        self._statuses[status.request_id] = status
        self._deliveries.begin(status)
        while len(self._statuses) > self.options.kept_sends:
            self._deliveries.forget(self._statuses.popitem(last=False)[1])
        return status

    def count(self, account: Account, parameters: dict[str, Any]) -> str:
        """Count one POST, whatever is answered, and give the fingerprint of its account and parameters."""
        written = codec.dumps([account.name, sorted(parameters.items())]).encode()
        fingerprint = blake2b(written, digest_size=12).hexdigest()
        self.posts[fingerprint] += 1
        if len(self.posts) > 2 * self.options.kept_sends:
            kept = {status.fingerprint for status in self._statuses.values()}
            self.posts = Counter({one: posts for one, posts in self.posts.items() if one in kept})
        return fingerprint

    def new_id(self) -> str:
        """Make a request id that looks like the manual's."""
        return f"12-{UUID(int=self._random.getrandbits(128), version=4)}"

    def status(self, account: Account, request_id: str) -> Status | None:
        """Give the status of a request of ``account``, up to date; None when it is unknown, foreign or too old."""
        self._deliveries.run()
        status = self._statuses.get(request_id)
        if status is None or status.account != account.name:
            return None
        if status.final_at is not None and status.final_at + self.options.status_kept < self._clock():
            self._deliveries.forget(self._statuses.pop(request_id))
            return None
        return status

    def find(self, request_id: str) -> Status | None:
        """Give the status of any account's request, as it was after the last tick."""
        return self._statuses.get(request_id)

    def statuses(self, number: str | None = None) -> list[Status]:
        """Give all statuses, or those to ``number``, in the order of acceptance."""
        return [status for status in self._statuses.values() if number in (None, status.request.to)]

    def next_due(self) -> float | None:
        """Tell when `tick` has something to do next."""
        return self._deliveries.next_due()

    def tick(self) -> list[News]:
        """Do all that is due by the clock, and give the news since the last tick."""
        self._deliveries.run()
        return self._deliveries.take_news()

    def hasten(self, status: Status) -> None:
        """Deliver a request now, whatever the delay."""
        self._deliveries.hasten(status)

    def reach(self, number: str | None, reachability: Reachability) -> None:
        """Change how one phone is reached, or all (None), those to come included, and try again what waits."""
        self._deliveries.run()
        self._deliveries.reach(number, reachability)

    def write(
        self, number: str, text: str, *, reply_to: str | None = None, account: str = "", request_id: str = ""
    ) -> InboundMessage:
        """Type ``text`` on the phone ``number``, and show it there.

        ``reply_to`` is the request id that it answers: None means the last message shown, "" none. ``account`` is the
        name of the account addressed: else that of the message answered, else the first. ``request_id`` else a new one.
        Who writes has unblocked, if the options say so.
        """
        self._deliveries.run()
        phone = self.phones.get(number)
        shown = _answered(phone, reply_to)
        original = (shown.request_id if shown else "") if reply_to is None else reply_to
        name = account or (shown.account if shown else self.options.accounts[0].name)
        ott = OTT.get(shown.channel, "") if shown else OTT["VIBER"]
        message = InboundMessage(name, number, text, request_id or self.new_id(), self._clock(), original, ott)
        phone.wrote.add(name)
        stops = self.options.stop_blocks and text.strip().upper() == "STOP"
        keeps = not self.options.writing_unblocks
        reachability = replace(
            phone.reach, blocked=stops or (keeps and phone.reach.blocked), waits=keeps and phone.reach.waits
        )
        if reachability != phone.reach:
            self._deliveries.reach(number, reachability)
        at = milliseconds(message.sent_at)
        bubble = Bubble(self.phones.new_id(), USER, at, message.request_id, name, text=text, state="sending")
        self.phones.show(number, bubble)
        return message

    def receipt_url(self, status: Status) -> str:
        """Give the URL for one request's receipts: its own, else the account's (manual, *callbackUrl*); "" for none."""
        return status.request.callback_url or self.callback_urls.of(status.account)

    def url_for(self, message: InboundMessage) -> str:
        """Give the URL for an inbound message: the account's, else that of receipts (manual, *Receive a message*)."""
        answered = self._statuses.get(message.original_request_id)
        own = self.inbound_urls.of(message.account) or self.callback_urls.of(message.account)
        return own or (answered.request.callback_url if answered else "")


def _answered(phone: Phone, reply_to: str | None) -> Bubble | None:
    if reply_to is None:
        return phone.last_shown
    return next((one for one in phone.thread if one.side == BOT and one.request_id == reply_to), None)
