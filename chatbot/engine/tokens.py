"""The signed token in a message's callback URL: a receipt that carries it belongs to that message and no other."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

_SHAPE = re.compile(r"([0-9a-z]{1,13})-([0-9a-f]{32})", re.ASCII)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Tokens:
    """Signs with the first of ``secrets`` and accepts each of them, so that a secret can be rotated."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = [hashlib.sha256(b"callback token:" + secret.encode()).digest() for secret in secrets]

    def sign(self, outbox_id: int) -> str:
        """Make the token of one outbox row: its number in base 36 and 128 bits of HMAC-SHA-256."""
        name = _base36(outbox_id)
        return f"{name}-{_mac(self._keys[0], name)}"

    def read(self, token: str) -> int | None:
        """Give the outbox row that ``token`` was signed for, or None when no secret of ours signed it."""
        match = _SHAPE.fullmatch(token)
        if match is None:
            return None
        genuine = [hmac.compare_digest(_mac(key, match[1]), match[2]) for key in self._keys]
        return int(match[1], 36) if any(genuine) else None


def _mac(key: bytes, name: str) -> str:
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:32]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
