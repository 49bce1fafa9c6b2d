"""Secrets: never in config.toml, never in a repr or a log."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

from chatbot.errors import ConfigError

BITS = 128
"""What a secret in a URL needs at least, so that nobody guesses it."""
DIFFERENT = 8
"""How many different characters it has at least: of those that chance has made, one in ten thousand has fewer."""
NEW_SECRET = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'  # noqa: S105


class Secret:
    """A value that no repr, log or format shows. ``reveal()`` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the value itself."""
        return self._value

    def check_strength(self, variable: str) -> Secret:
        """Give the secret back when it is fit for a URL and hard to guess; raise ConfigError, naming ``variable``."""
        value = self._value
        alphabet = 10 if value.isdigit() else 16 if re.fullmatch(r"[0-9a-f]*|[0-9A-F]*", value) else 64
        strong = len(value) * math.log2(alphabet) >= BITS and len(set(value)) >= DIFFERENT
        if not strong or not re.fullmatch(r"[A-Za-z0-9_-]+", value):
            raise ConfigError(f"the secret in {variable} can be guessed or does not fit a URL; make one: {NEW_SECRET}")
        return self

    def __repr__(self) -> str:
        return "Secret(…)"

    def __format__(self, spec: str) -> str:
        return repr(self)


class Keyring:
    """Where secrets come from: the environment, and files beside config.toml."""

    def __init__(self, environ: Mapping[str, str] | None = None, folder: Path = Path()) -> None:
        self._environ = environ or {}
        self._folder = folder

    def find(self, variable: str, file: str = "") -> Secret | None:
        """Give the secret in ``variable``, else in ``file``; None when there is none. Raises ConfigError.

        A control character is refused, as in RFC 7617, 2: a line break at the end is the usual reason why a right
        password is a wrong one.
        """
        value, where = self._environ.get(variable, ""), variable
        if not value and file:
            where = file
            try:
                value = (self._folder / file).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                raise ConfigError(f"the secret file {file} cannot be read: {error}") from error
        if re.search(r"[\0-\x1f\x7f]", value):
            raise ConfigError(f"the secret in {where} holds a control character, perhaps a line break: take it out")
        if re.search(r"[\ud800-\udfff]", value):
            raise ConfigError(f"the secret in {where} is not UTF-8")
        return Secret(value) if value else None

    def get(self, what: str, key: str, variable: str, file: str) -> Secret:
        """Give the secret that ``what`` names; raise ConfigError, saying what to set, when there is none."""
        if (secret := self.find(variable, file)) is None:
            place = f"the file {file} is empty" if file else f"or name a file that holds it: {key}_file"
            raise ConfigError(f"{what} is missing: set the environment variable {variable} ({place})")
        return secret

    def __repr__(self) -> str:
        return "Keyring(…)"
