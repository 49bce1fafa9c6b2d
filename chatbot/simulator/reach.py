"""How a phone can be reached, and what one channel answers to one message: error codes included."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.errors import ConfigError
from chatbot.simulator.options import Options
from chatbot.simulator.requests import FACEBOOK, VIBER, Outbound
from chatbot.simulator.status import BUFFERED, DELIVERED, REJECTED, UNDELIVERABLE

_Rule = tuple[bool, str, str, str]
"""A reason to refuse: whether it holds, the state, the error code, the reason in words."""

_VIBER_TTL = range(30, 86_401)


FLAGS = {
    "viber": "has Viber",
    "facebook": "is on Facebook",
    "sms": "gets SMS",
    "blocked": "its apps refuse the sender",
    "offline": "nothing arrives until it is back",
    "no_device": "has Viber, on no suitable device",
    "waits": "Viber refuses until the user writes",
    "ios": "shows ttlExpiryText if too late",
}
"""The flags of `Reachability` in words, for the phone page and the docs."""


@dataclass(frozen=True, slots=True)
class Reachability:
    """How one phone can be reached: see `FLAGS`. ``ios`` is the manual's *ttlExpiryText*, "Relevant for iOS only"."""

    viber: bool = True
    facebook: bool = False
    sms: bool = True
    blocked: bool = False
    offline: bool = False
    no_device: bool = False
    waits: bool = False
    ios: bool = False


PRESETS = {
    "viber": Reachability(),
    "facebook": Reachability(viber=False, facebook=True),
    "both": Reachability(facebook=True),
    "ios": Reachability(ios=True),
    "sms_only": Reachability(viber=False),
    "viber_only": Reachability(sms=False),
    "blocked": Reachability(blocked=True),
    "no_device": Reachability(no_device=True),
    "waits": Reachability(waits=True),
    "offline": Reachability(offline=True),
    "unreachable": Reachability(viber=False, sms=False),
}
"""Reachability by name, for options, levers and the phone page."""


def preset(name: str) -> Reachability:
    """Give the reachability called ``name``. Raises ConfigError, naming the known ones."""
    try:
        return PRESETS[name]
    except KeyError:
        raise ConfigError(f"reachability {name!r} is none of {', '.join(PRESETS)}") from None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one channel answered; ``reason`` says why in words. BUFFERED: not now, but when the phone is back."""

    state: str
    error_code: str = ""
    reason: str = ""


def attempt(
    channel: str, request: Outbound, reach: Reachability, options: Options, *, wrote: bool, met: bool
) -> Attempt:
    """Try ``request`` on ``channel``.

    ``wrote``: the phone has written to this account before; ``met``: it got a message from it before.
    """
    if channel == VIBER:
        rules = _rules_of_viber(request, reach, options, wrote, met)
    elif channel == FACEBOOK:
        rules = [
            (not reach.facebook, UNDELIVERABLE, options.facebook_error_code, "not on Facebook"),
            (reach.blocked, UNDELIVERABLE, options.facebook_error_code, "blocked by the user"),
        ]
    else:
        rules = [(not reach.sms, UNDELIVERABLE, options.sms_error_code, "gets no SMS")]
    for holds, state, code, reason in rules:
        if holds:
            return Attempt(state, code, reason)
    return Attempt(BUFFERED if reach.offline else DELIVERED)


def _rules_of_viber(request: Outbound, reach: Reachability, options: Options, wrote: bool, met: bool) -> list[_Rule]:
    """List why Viber may refuse, the first reason first."""
    bad_ttl = request.ttl is not None and request.ttl not in _VIBER_TTL
    promotion = request.purpose == "promotion" and not (wrote or met or options.first_promotion)
    uninvited = options.opt_in and not wrote
    return [
        (not request.fits_viber, REJECTED, options.type_error_code, "no such message type"),
        (bad_ttl, REJECTED, options.ttl_error_code, "ttl out of range"),
        (not reach.viber, UNDELIVERABLE, options.no_user_error_code, "not a Viber user"),
        (reach.blocked, UNDELIVERABLE, options.blocked_error_code, "blocked by the user"),
        (reach.no_device, UNDELIVERABLE, options.no_device_error_code, "no suitable device"),
        (reach.waits, REJECTED, options.wait_error_code, "waits for the user to write"),
        (promotion, REJECTED, options.wait_error_code, "a promotion cannot come first"),
        (uninvited, REJECTED, options.wait_error_code, "the user never wrote"),
    ]
