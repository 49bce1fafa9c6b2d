"""How a phone can be reached, and what one channel answers to one message: error codes included."""

from __future__ import annotations

from dataclasses import dataclass

from chatbot.errors import ConfigError
from chatbot.simulator.options import Options
from chatbot.simulator.requests import FACEBOOK, SMS, VIBER, Outbound
from chatbot.simulator.status import BUFFERED, DELIVERED, REJECTED, UNDELIVERABLE

BLOCKED = "8"
NOT_A_USER = "9"
NO_DEVICE = "10"
BAD_TTL = "20"
WAIT_FOR_USER = "21"
"""Viber's own codes (gateway.md, *errorCode*)."""

_VIBER_TTL = range(30, 86_401)


@dataclass(frozen=True, slots=True)
class Reachability:
    """How one phone can be reached.

    ``blocked``: its messaging apps refuse the sender. ``offline``: nothing arrives until it is back. ``no_device``: it
    has Viber, and no device that shows business messages. ``waits``: Viber refuses until the user has written.
    ``ios``: shows a message's ttlExpiryText when the message came too late (manual, *ttlExpiryText*).
    """

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
    """What one channel answered. BUFFERED means: not now, it will be tried again when the phone is back."""

    state: str
    error_code: str = ""


def attempt(
    channel: str, request: Outbound, reach: Reachability, options: Options, *, wrote: bool, met: bool
) -> Attempt:
    """Try ``request`` on ``channel``.

    ``wrote``: the phone has written to this account before; ``met``: it got a message from it before.
    """
    if channel == VIBER:
        refusal = _refused_by_viber(request, reach, options, wrote, met)
        if refusal is not None:
            return refusal
    elif channel == FACEBOOK and (not reach.facebook or reach.blocked):
        return Attempt(UNDELIVERABLE, options.facebook_error_code)
    elif channel == SMS and not reach.sms:
        return Attempt(UNDELIVERABLE, options.sms_error_code)
    return Attempt(BUFFERED if reach.offline else DELIVERED)


def _refused_by_viber(
    request: Outbound, reach: Reachability, options: Options, wrote: bool, met: bool
) -> Attempt | None:
    rejections = {
        options.type_error_code: not request.fits_viber,
        BAD_TTL: request.ttl is not None and request.ttl not in _VIBER_TTL,
    }
    undeliverable = {NOT_A_USER: not reach.viber, BLOCKED: reach.blocked, NO_DEVICE: reach.no_device}
    first_promotion = request.purpose == "promotion" and not (wrote or met or options.first_promotion)
    session = {WAIT_FOR_USER: reach.waits or first_promotion or (options.opt_in and not wrote)}
    for state, reasons in ((REJECTED, rejections), (UNDELIVERABLE, undeliverable), (REJECTED, session)):
        for code, holds in reasons.items():
            if holds:
                return Attempt(state, code)
    return None
