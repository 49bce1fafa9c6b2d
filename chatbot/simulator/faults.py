"""Faults that are asked for, for one phone or for all: which request or callback goes wrong, and how late answers come.

A seed makes them repeatable: each draw follows from the seed, the fault, the phone and the message alone, so nothing
that other faults and other phones do can change it.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from chatbot.errors import ConfigError
from chatbot.simulator.options import Options

REQUEST_FAULTS = {
    "error_500": "500, and nothing was accepted",
    "error_503": "503, and nothing was accepted",
    "error_403": "403, although the credentials are right",
    "error_429": "429 with Retry-After",
    "bad_gateway": "502, although the message was accepted",
    "reset_before": "the connection is reset, and nothing was accepted",
    "reset_after": "the connection is reset after the message was accepted",
    "truncated": "the message was accepted, and half of the answer comes",
    "garbage": "the message was accepted, and the answer is no JSON",
}
"""Faults of a send request; at most one of them strikes."""

OTHER_FAULTS = {
    "status_500": "a status query is answered with 500",
    "receipt_lost": "a receipt is never delivered",
    "receipt_doubled": "a receipt is delivered twice",
    "receipt_reordered": "a receipt is held back, so that later ones overtake it",
    "receipt_early": "a message is delivered, and its receipt too, before the send request is answered",
    "inbound_doubled": "an inbound message is delivered twice",
    "sms_part_lost": "one SMS part is undeliverable",
}


_COUNTED = 3  # what is counted for each phone: sends, queries, messages


def check_rates(rates: Mapping[str, float]) -> None:
    """Raise ConfigError for a fault that does not exist, naming those that do, and for what is no rate."""
    for name, rate in rates.items():
        if name not in REQUEST_FAULTS and name not in OTHER_FAULTS:
            raise ConfigError(f"fault {name!r} is none of {', '.join([*REQUEST_FAULTS, *OTHER_FAULTS])}")
        if not 0 <= rate <= 1:
            raise ConfigError(f"the rate of {name} is {rate}; write 0 to 1")


def check_coming(names: Sequence[str]) -> None:
    """Raise ConfigError for what is no fault of a send request; "" is none."""
    for name in names:
        if name and name not in REQUEST_FAULTS:
            raise ConfigError(f"{name!r} is no fault of a send request: {', '.join(REQUEST_FAULTS)}")


@dataclass(slots=True)
class Plan:
    """What one phone meets, or all.

    ``rates`` are 0 to 1; ``coming`` has the faults of the next sends, one each, "" for none; ``latency`` is the seconds
    before an answer, None for as many as all phones have.
    """

    rates: dict[str, float] = field(default_factory=dict)
    coming: list[str] = field(default_factory=list)
    latency: float | None = None


class Faults:
    """The plan for all phones, and ``own``: what single phones have instead.

    ``on_strike`` is called when a fault that was coming has struck.
    """

    def __init__(self, options: Options, on_strike: Callable[[], None] = lambda: None) -> None:
        self.all = Plan(latency=options.latency)
        self.own: dict[str, Plan] = {}
        self._on_strike = on_strike
        self._kept_phones = options.kept_phones
        self.reseed(options.seed)

    def reseed(self, seed: int | None) -> None:
        """Begin all drawing anew: repeatably, unless ``seed`` is None."""
        self.seed = seed
        self._key = secrets.token_hex() if seed is None else str(seed)
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._forgotten = 0

    def set(
        self,
        number: str | None,
        *,
        rates: Mapping[str, float] | None = None,
        coming: Sequence[str] | None = None,
        latency: float | None = None,
    ) -> None:
        """Change what is given for one phone, or for all (None), whatever single phones had.

        Raises ConfigError as `check_rates` and `check_coming`, and has changed nothing then.
        """
        rates = rates or {}
        check_rates(rates)
        check_coming(coming or ())
        plans = [self.own.setdefault(number, Plan())] if number else [self.all, *self.own.values()]
        for plan in plans:
            plan.rates = {**plan.rates, **rates}
            if coming is not None:
                plan.coming = list(coming) if plan is plans[0] else []
            if latency is not None:
                plan.latency = latency
        self._tidy()

    def met_by(self, number: str | None) -> Plan:
        """Give what one phone meets, or all (None). ``coming`` has only what waits for just that phone."""
        own = self.own.get(number or "", Plan())
        plan = own if number else self.all
        rates = {name: rate for name, rate in {**self.all.rates, **own.rates}.items() if rate}
        return Plan(rates, plan.coming, self.all.latency if plan.latency is None else plan.latency)

    def of_send(self, number: str) -> tuple[str, int]:
        """Draw the fault of the next send to ``number``, "" for none, and tell which send to it that is."""
        nth = self.count("sends", number)
        for plan in (self.own.get(number), self.all):
            if plan and plan.coming:
                fault = plan.coming.pop(0)
                self._tidy()
                self._on_strike()
                return fault, nth
        rates = self.met_by(number).rates
        drawn = self.fraction("send", number, nth) if rates else 1.0
        for name in REQUEST_FAULTS:
            if drawn < rates.get(name, 0):
                return name, nth
            drawn -= rates.get(name, 0)
        return "", nth

    def strikes(self, name: str, number: str, *which: object) -> bool:
        """Draw whether fault ``name`` strikes a phone; ``which`` says what of all that concerns that phone."""
        own = self.own.get(number)
        rate = own.rates[name] if own and name in own.rates else self.all.rates.get(name, 0)
        return bool(rate) and self.fraction(name, number, *which) < rate

    def fraction(self, *of: object) -> float:
        """Draw a number between 0 and 1: always the same one for the same seed and the same ``of``."""
        drawn = blake2b(repr((self._key, *of)).encode(), digest_size=8).digest()
        return int.from_bytes(drawn) / 2**64

    def count(self, what: str, number: str) -> int:
        """Count ``what`` happens to a phone; the least recent one is forgotten when there are too many."""
        nth = self._counts.pop((what, number), self._forgotten) + 1  # who was forgotten meets other draws than before
        self._counts[what, number] = nth
        if len(self._counts) > _COUNTED * self._kept_phones:
            self._counts.popitem(last=False)
            self._forgotten += 1
        return nth

    def _tidy(self) -> None:
        """Forget what single phones have when all have the same."""
        common = self.all.rates
        for number, plan in list(self.own.items()):
            plan.rates = {name: rate for name, rate in plan.rates.items() if rate != common.get(name, 0)}
            if plan.latency == self.all.latency:
                plan.latency = None
            if plan == Plan():
                del self.own[number]
        self.all.rates = {name: rate for name, rate in common.items() if rate}
