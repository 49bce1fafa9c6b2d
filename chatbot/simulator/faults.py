"""Faults that are asked for: which request or callback goes wrong, drawn from a seeded generator."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from random import Random

from chatbot.errors import ConfigError

REQUEST_FAULTS = {
    "error_500": "500, and nothing was accepted",
    "error_503": "503, and nothing was accepted",
    "error_403": "403, although the credentials are right",
    "error_429": "429 with Retry-After",
    "bad_gateway": "502, although the message was accepted",
    "reset_before": "the connection is reset before the request was read",
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


class Faults:
    """The rates, 0 to 1, of each fault, and ``coming``: faults for the next send requests ("" for none), one each."""

    def __init__(self, random: Random) -> None:
        self.rates: dict[str, float] = {}
        self.coming: deque[str] = deque()
        self._random = random

    def set_rates(self, rates: Mapping[str, float]) -> None:
        """Change the given rates. Raises ConfigError as `check_rates`."""
        check_rates(rates)
        self.rates.update(rates)
        self.rates = {name: rate for name, rate in self.rates.items() if rate}

    def set_coming(self, names: Sequence[str]) -> None:
        """Say what happens to the next send requests, one after the other. Raises ConfigError as `check_coming`."""
        check_coming(names)
        self.coming = deque(names)

    def reseed(self, seed: int) -> None:
        """Begin the drawing anew, repeatably."""
        self._random.seed(seed)

    def of_request(self) -> str:
        """Draw the fault of one send request; "" for none."""
        if self.coming:
            return self.coming.popleft()
        rates = [(name, self.rates[name]) for name in REQUEST_FAULTS if name in self.rates]
        if not rates:
            return ""
        drawn = self._random.random()
        for name, rate in rates:
            if drawn < rate:
                return name
            drawn -= rate
        return ""

    def strikes(self, name: str) -> bool:
        """Draw whether fault ``name`` strikes."""
        rate = self.rates.get(name, 0)
        return bool(rate) and self._random.random() < rate

    def fraction(self) -> float:
        """Draw a number between 0 and 1."""
        return self._random.random()
