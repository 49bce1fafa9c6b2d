"""config.toml and the environment, read into frozen dataclasses.

Every key of the file can also be set as ``CHATBOT_SECTION__KEY``, which wins. Secrets never stand in the file: a key
that ends in ``_env`` names a variable of the environment, one that ends in ``_file`` a file that holds the secret.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from chatbot import phone
from chatbot.errors import ConfigError
from chatbot.secret import Keyring, Secret

FILE_NAME = "config.toml"
CHANNELS = ("VIBER", "FACEBOOK")
PURPOSES = ("transaction", "promotion")


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """``[gateway]``: tyntec's account, and how messages leave.

    - ``url``: the base URL, without credentials.
    - ``username``: the account's user name.
    - ``password_env``: the variable that holds its password; ``password_file``: a file that does.
    - ``sender``, written ``from``: an international number, a short code, or 1 to 11 letters and digits.
    - ``channels``: ``VIBER``, ``FACEBOOK`` or both, in the order in which they are tried.
    - ``sms_fallback``: whether SMS is tried when they fail.
    - ``purpose``: ``transaction`` or ``promotion``, for messages that do not say.
    - ``rate``: sends a second, at most.
    - ``timeout``: seconds for one request and its answer.
    - ``on_ambiguous``: when a message was perhaps accepted, ``unknown`` leaves it and ``resend`` sends it again.
    - ``account``: the account that a conversation belongs to when we start it; the user name if not set.
    """

    url: str = "https://rest.tyntec.com/messaging/im/v1"
    username: str = ""
    password_env: str = "TYNTEC_PASSWORD"  # noqa: S105
    password_file: str = ""
    sender: str = ""
    channels: tuple[str, ...] = ("VIBER",)
    sms_fallback: bool = True
    purpose: str = "transaction"
    rate: float = 20.0
    timeout: float = 20.0
    on_ambiguous: str = "unknown"
    account: str = ""
    keyring: Keyring = field(default_factory=Keyring, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", self.url.rstrip("/"))
        object.__setattr__(self, "account", self.account or self.username)

    def password(self) -> Secret:
        """Give the password. Raises ConfigError when it is not set."""
        return self.keyring.get("the gateway's password", "gateway.password", self.password_env, self.password_file)

    def require(self, *, password: bool = True) -> None:
        """Raise ConfigError that names all that sending misses, a line each; ``password`` asks for it too."""
        missing = [
            f"gateway.{key} is missing: set it in {FILE_NAME} or as {_variable('gateway', key)}"
            for key, value in (("username", self.username), ("from", self.sender))
            if not value
        ]
        try:
            if password:
                self.password()
        except ConfigError as error:
            missing.append(str(error))
        if missing:
            raise ConfigError("\n".join(missing))


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """``[webhook]``: where the gateway reaches us.

    - ``host``, ``port``: the address to listen on; port 0 lets the system choose.
    - ``secret_env``: the variable that holds the secret of the callback URL; ``secret_file``: a file that does.
    - ``previous_secret_env``: the variable of a second secret that is still accepted, while the first one is new.
    - ``public_url``: the URL under which the gateway reaches this server; none: receipts are polled.
    - ``max_bytes``: the largest body that is read.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    secret_env: str = "CHATBOT_WEBHOOK_SECRET"  # noqa: S105
    secret_file: str = ""
    previous_secret_env: str = "CHATBOT_WEBHOOK_PREVIOUS_SECRET"  # noqa: S105
    public_url: str = ""
    max_bytes: int = 262_144
    keyring: Keyring = field(default_factory=Keyring, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "public_url", self.public_url.rstrip("/"))

    def secret(self) -> Secret:
        """Give the secret of the callback URL. Raises ConfigError when it is not set or can be guessed."""
        secret = self.keyring.get("the webhook's secret", "webhook.secret", self.secret_env, self.secret_file)
        return secret.check_strength(self.secret_env)

    def secrets(self) -> tuple[str, ...]:
        """Give, revealed, every secret that is accepted, the current one first. Raises ConfigError as `secret` does."""
        previous = self.keyring.find(self.previous_secret_env)
        accepted = [self.secret(), *([previous.check_strength(self.previous_secret_env)] if previous else [])]
        return tuple(secret.reveal() for secret in accepted)


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """``[store]``: the database.

    - ``url``: ``sqlite:///file``, found from the folder of config.toml.
    - ``keep_days``: how long what is over is kept: conversations that ended, events, messages and their receipts. At
      least 3, because the gateway repeats a message for two days, which must be known then.
    """

    url: str = "sqlite:///chatbot.db"
    keep_days: int = 90


@dataclass(frozen=True, slots=True)
class BotsConfig:
    """``[bots]``: the flows.

    - ``modules``: the Python modules that hold them, found from the folder of config.toml.
    - ``default``: the flow that a message starts which no keyword claims; the first one if not set.
    - ``language``: the language that the flows are written in; catalogues translate from it.
    - ``zone``: the time zone of contacts whose number does not tell theirs, as in ``Europe/Berlin``.
    """

    modules: tuple[str, ...] = ()
    default: str = ""
    language: str = "en"
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class DashboardConfig:
    """``[dashboard]``: the operator's pages.

    - ``password_env``: the variable that holds their password; ``password_file``: a file that does.
    """

    password_env: str = "CHATBOT_DASHBOARD_PASSWORD"  # noqa: S105
    password_file: str = ""
    keyring: Keyring = field(default_factory=Keyring, repr=False, compare=False)

    def password(self) -> Secret:
        """Give the operators' password. Raises ConfigError when it is not set."""
        return self.keyring.get("the dashboard's password", "dashboard.password", self.password_env, self.password_file)


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration. ``folder`` is the one that holds config.toml."""

    gateway: GatewayConfig = field(default_factory=GatewayConfig)
    webhook: WebhookConfig = field(default_factory=WebhookConfig)
    store: StoreConfig = field(default_factory=StoreConfig)
    bots: BotsConfig = field(default_factory=BotsConfig)
    dashboard: DashboardConfig = field(default_factory=DashboardConfig)
    folder: Path = Path()


def find(start: Path) -> Path:
    """Give the config.toml of ``start`` or of the nearest folder above it. Raises ConfigError when there is none."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (path := folder / FILE_NAME).is_file():
            return path
    raise ConfigError(f"no {FILE_NAME} in {start} or above: make one with `chatbot new NAME`, or use --config FILE")


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read the file at ``path`` and the overrides in ``environ``. Raises ConfigError, naming the file and the key.

    A secret that is not set is an error only when it is asked for.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    folder = path.absolute().parent
    values: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    for section, key, value in _from_file(given, str(path)):
        values[section][_attribute(key)] = _read(f"{section}.{key}", value, str(path))
    for section, key, text in _from_environ(environ):
        where = _variable(section, key)
        values[section][_attribute(key)] = _read(f"{section}.{key}", _parse(f"{section}.{key}", text), where)
    keyring = Keyring(environ, folder)
    for section in ("gateway", "webhook", "dashboard"):
        values[section]["keyring"] = keyring
    return Config(**{name: kind(**values[name]) for name, kind in _SECTIONS.items()}, folder=folder)


_SECTIONS: dict[str, Any] = {name: kind for name, kind in get_type_hints(Config).items() if name != "folder"}
_WRITTEN = {"sender": "from"}  # a word of Python's cannot be an attribute
_ATTRIBUTES = {written: attribute for attribute, written in _WRITTEN.items()}
_KINDS: dict[str, object] = {
    f"{section}.{_WRITTEN.get(name, name)}": kind
    for section, cls in _SECTIONS.items()
    for name, kind in get_type_hints(cls).items()
    if name != "keyring"
}
KEYS = tuple(_KINDS)
"""Every key of config.toml, as ``section.key``."""
_SECRETS = ("gateway.password", "webhook.secret", "webhook.previous_secret", "dashboard.password")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        sound = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = value.isprintable() and not any(character in value for character in " @?#\\")
    return plain and sound and parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_choice(value: list[str]) -> bool:
    return bool(value) and set(value) <= set(CHANNELS) and len(set(value)) == len(value)


def _is_store(value: str) -> bool:
    return value.startswith("sqlite:///") and len(value) > len("sqlite:///")


# What is expected of a value of each type, and of the value of a key beyond its type.
_TYPES: dict[object, tuple[str, Callable[[Any], bool]]] = {
    str: ("a string", lambda value: isinstance(value, str)),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    int: ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    float: ("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)),
    tuple[str, ...]: (
        "a list of strings",
        lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    ),
}
_PRINTABLE = ("a string without control characters", str.isprintable)
_URL = "an http or https URL without credentials (these have keys of their own), query or fragment"
_RULES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "gateway.url": (_URL, _is_url),
    "gateway.username": ("a name without a colon", lambda value: ":" not in value),
    "gateway.from": (
        "an international number, a short code, or 1 to 11 letters and digits",
        lambda value: not value or phone.is_sender(value),
    ),
    "gateway.channels": ("VIBER, FACEBOOK or both, each once", _is_choice),
    "gateway.purpose": ("transaction or promotion", lambda value: value in PURPOSES),
    "gateway.rate": ("a number above 0, at most 100000", lambda value: 0 < value <= 100_000),
    "gateway.timeout": ("seconds above 0, at most 3600", lambda value: 0 < value <= 3600),
    "gateway.on_ambiguous": ("unknown or resend", lambda value: value in ("unknown", "resend")),
    "webhook.port": ("a port, 0 to 65535", lambda value: 0 <= value <= 65_535),
    "webhook.public_url": (_URL, lambda value: not value or _is_url(value)),
    "webhook.max_bytes": ("at least 1024 bytes", lambda value: value >= 1024),
    "store.url": ("sqlite:///file", _is_store),
    "store.keep_days": ("3 to 36500 days", lambda value: 3 <= value <= 36_500),
    "bots.modules": ("names of Python modules", lambda value: all(map(_MODULE.fullmatch, value))),
}


def _from_file(given: dict[str, Any], where: str) -> Iterator[tuple[str, str, object]]:
    for section, table in given.items():
        if section not in _SECTIONS:
            raise ConfigError(f"{where}: unknown section [{section}]{_suggestion(section, _SECTIONS)}")
        if not isinstance(table, dict):
            raise ConfigError(f"{where}: {section}: expected a section, [{section}], found {_found(table)}")
        for key, value in table.items():
            if f"{section}.{key}" in _SECRETS:
                raise ConfigError(f"{where}: {section}.{key}: no place for a secret; use {key}_env or {key}_file")
            if f"{section}.{key}" not in _KINDS:
                near = _suggestion(f"{section}.{key}", _KINDS)
                raise ConfigError(f"{where}: unknown key {section}.{key}{near}")
            yield section, key, value


def _from_environ(environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    known = {_variable(*key.split(".")): key for key in _KINDS}
    secret = {_variable(*key.split(".")): key for key in _SECRETS}
    for name, text in environ.items():
        if not name.startswith("CHATBOT_") or "__" not in name:
            continue
        if name in secret:
            raise ConfigError(f"{name}: a secret has a variable of its own, the one that {secret[name]}_env names")
        if name not in known:
            raise ConfigError(f"{name}: no such setting{_suggestion(name, known)}")
        section, key = known[name].split(".")
        yield section, key, text


def _parse(key: str, text: str) -> object:
    """Read the text of a variable as the type of ``key``; give the text back when it is not of that type."""
    kind = _KINDS[key]
    if kind == tuple[str, ...]:
        return [item.strip() for item in text.split(",") if item.strip()]
    if kind is bool:
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if kind in (int, float):
        try:
            return int(text) if kind is int else float(text)
        except ValueError:
            return text
    return text


def _read(key: str, value: Any, where: str) -> object:
    """Check ``value`` against the type and the rule of ``key``. ``where`` names the file or the variable."""
    kind = _KINDS[key]
    for expected, holds in filter(None, (_TYPES[kind], _PRINTABLE if kind is str else None, _RULES.get(key))):
        if not holds(value):
            raise ConfigError(f"{where}: {key}: expected {expected}, found {_found(value)}")
    if kind is float:
        return float(value)
    return tuple(value) if isinstance(value, list) else value


def _found(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    names = {str: "the string", int: "the number", float: "the number", list: "the list", dict: "a section"}
    name = names.get(type(value), f"a {type(value).__name__}")
    if isinstance(value, str):  # a URL can hold a secret before its host and in its query
        _, at, rest = value.rpartition("@")
        value = re.sub("(?s)(?<=[?#]).+", "…", f"…@{rest}" if at else rest)
    return name if isinstance(value, dict) else f"{name} {value!r}"


def _suggestion(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _variable(section: str, key: str) -> str:
    return f"CHATBOT_{section}__{key}".upper()


def _attribute(key: str) -> str:
    return _ATTRIBUTES.get(key, key)
