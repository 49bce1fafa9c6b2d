"""Every rule of the simulated gateway that is a choice, as one named option with its default and its source.

*manual* is the gateway's own manual; *gateway.md* the page that settles what the manual leaves open; *choice* a reading
of ours where both are silent.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from chatbot.errors import ConfigError
from chatbot.simulator.addresses import Urls

HOUR = 3600.0
DAY = 24 * HOUR
CENTURY = 100 * 365.25 * DAY
"""The longest span, so that every time can be written as a date."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": HOUR, "d": DAY}
_YES = ("true", "yes", "on", "1")
_NO = ("false", "no", "off", "0")


@dataclass(frozen=True, slots=True)
class Account:
    """Credentials, and the account name that inbound messages carry as ``to`` (manual, *Receive a message*)."""

    username: str
    password: str = field(repr=False)
    name: str = "customer_account"

    @classmethod
    def parse(cls, written: str) -> Account:
        """Read ``username:password@name``; ``@name`` may be left out. Raises ValueError."""
        username, colon, rest = written.strip().partition(":")
        password, at, name = rest.rpartition("@")
        if not at:
            password, name = rest, "customer_account"
        if not colon or not username or not name:
            raise ValueError("write an account as username:password@name")
        return cls(username, password, name)


def _option(default: Any, text: str, source: str, *, low: float | None = None, seconds: bool = False) -> Any:
    return field(default=default, metadata={"help": text, "source": source, "low": low, "seconds": seconds})


def _span(default: float, text: str, source: str) -> Any:
    return _option(default, text, source, seconds=True)


@dataclass(frozen=True)
class Options:
    """What the simulated gateway does where the manual leaves a choice. Durations are seconds.

    Each option says what it does and where it comes from: see `described`. Raises ConfigError on a value out of range.
    """

    # Accounts and addresses
    accounts: tuple[Account, ...] = _option(
        (Account("username", "password"),), "accounts, as username:password@name", "manual, Interface information"
    )
    callback_url: str = _option(
        "",
        "the accounts' URL for receipts, or account=URL for one of them, or several with commas; callbackUrl wins",
        "manual, Step 1",
    )
    inbound_url: str = _option(
        "", "the accounts' URL for inbound messages, written likewise; else callback_url", "manual, Receive"
    )

    # Checking a request
    strict_purpose: bool = _option(False, "demand messagePurpose when VIBER is asked for", "gateway.md, Sending")
    length_unit: Literal["utf16", "characters"] = _option(
        "utf16", "what a length counts: UTF-16 units or characters", "gateway.md, lengths"
    )
    ttl_checked: bool = _option(
        True, "refuse a ttl outside 30 to 86400 s; else Viber rejects it", "manual, Step 1 (ttl)"
    )
    matrix: Literal["refuse", "reject"] = _option(
        "refuse", "a message type that Viber lacks: 400 at once, or accepted and then REJECTED", "manual, table Viber"
    )
    unknown_parameters: Literal["refuse", "ignore"] = _option(
        "refuse", "a parameter that the manual does not name", "manual, Step 2: 'wrong parameter'"
    )
    string_values: bool = _option(True, "take numbers and booleans written as strings", "choice: liberal")
    long_sms: bool = _option(True, "the accounts may send SMS of several parts", "manual, validation: over-length")
    separator: str = _option(" ", "what stands between combined validation messages", "choice: manual silent")
    not_json_status: Literal[400, 406, 415] = _option(
        406, "status for a body that is not a JSON object", "manual, HTTP codes: 406 and 415 both claim it"
    )
    accepted_status: Literal[200, 201, 202] = _option(200, "status of an accepted message", "gateway.md, success")
    refusal_key: Literal["responseText", "errorText"] = _option(
        "responseText", "the key of a refusal's reasons", "gateway.md, failure"
    )
    credentials_status: Literal[403, 401, 400] = _option(
        403, "status of wrong or missing credentials", "manual, HTTP codes and validation; gateway.md: 401 alike"
    )
    mandatory_missing: Literal["purpose", "also", "instead"] = _option(
        "purpose",
        "'One or more mandatory parameters are missing.' is said of messagePurpose (strict_purpose) alone, "
        "also beside 'Sender/Receiver is missing.', or instead of these",
        "choice: the manual does not say when",
    )
    inbound_path_status: Literal[403, 404, 405] = _option(
        404, "status of POST /inbound/requests", "gateway.md: the gateway pushes, never call it"
    )
    max_body: int = _option(1_048_576, "largest body in bytes", "choice: manual silent", low=1)

    # Delivering
    latency: float = _span(0.0, "time before a request is answered", "choice")
    delivery_delay: float = _span(0.05, "time between acceptance, or a failed channel, and delivery", "choice")
    reachability: str = _option(
        "viber", "how phones can be reached at first: viber, both, sms_only, ... (reach.PRESETS)", "choice"
    )
    default_ttl: float = _span(14 * DAY, "validity of a message without ttl", "manual, Step 1 (ttl)")
    buffered: Literal["offline", "fallback", "always"] = _option(
        "offline", "when a BUFFERED receipt precedes the final one", "manual, BUFFERED: 'in the process of resending'"
    )
    seen: bool = _option(False, "messaging apps report SEEN", "manual: not supported by Viber anymore")
    seen_delay: float = _span(1.0, "time between DELIVERED and SEEN", "choice")
    overall_state: Literal["worst", "best"] = _option(
        "worst", "overallState of parts that differ: the worst, or DELIVERED if one is", "gateway.md, Receipts"
    )
    sms_price: float = _option(0.5, "price of one SMS part", "manual, sample of an SMS notification", low=0)
    currency: str = _option("EUR", "currency of prices", "manual, samples")
    ttid: str = _option("16", "tyntec id of the target network", "manual, sample of an SMS notification")
    sms_button: bool = _option(False, "an SMS carries the button's caption and URL", "choice: manual silent")

    # Viber's rules. Opt-in is not demanded: it is given to the business, where no gateway sees it, and the manual's own
    # example is delivered to a phone that never wrote. STOP does not block: it is the bot that is to honour it, and the
    # goodbye of a flow that does would not arrive.
    opt_in: bool = _option(
        False,
        "Viber rejects what goes to a phone that never wrote; no, because opt-in is given where no gateway sees it",
        "gateway.md, Viber's rules; manual, first example",
    )
    first_promotion: bool = _option(
        False, "Viber takes a promotion as the first message; else it rejects it", "gateway.md, Viber's rules"
    )
    stop_blocks: bool = _option(
        False,
        "a phone that writes STOP has blocked the sender; no, because it is the bot that is to honour it",
        "gateway.md, Viber's rules",
    )
    writing_unblocks: bool = _option(
        True,
        "a phone that writes has unblocked the sender, and Viber waits for it no more",
        "gateway.md, Viber's rules",
    )

    # Error codes: the manual's table is missing
    blocked_error_code: str = _option("8", "errorCode when the user has blocked the sender", "gateway.md, errorCode")
    no_user_error_code: str = _option("9", "errorCode when the number is no Viber user's", "gateway.md, errorCode")
    no_device_error_code: str = _option("10", "errorCode when no device is suitable", "gateway.md, errorCode")
    ttl_error_code: str = _option("20", "errorCode of a ttl that Viber does not take", "gateway.md, errorCode")
    wait_error_code: str = _option("21", "errorCode when Viber waits for the user to write", "gateway.md, errorCode")
    type_error_code: str = _option("5", "errorCode of a message type that Viber lacks", "choice: Viber's own list")
    facebook_error_code: str = _option("100", "errorCode of a failed Facebook message", "choice")
    sms_error_code: str = _option("1", "errorCode of an SMS that failed", "choice: GSM's unknown subscriber")
    expired_error_code: str = _option("27", "errorCode of an expired message", "choice: GSM's absent subscriber")

    # Receipts
    receipt_delay: float = _span(0.0, "time between a new state and its receipt", "choice")
    receipt_attempts: int = _option(3, "attempts for one receipt", "gateway.md: the simulator retries twice", low=1)
    receipt_retry: float = _span(10.0, "time between attempts for a receipt", "choice: as for inbound messages")
    receipt_names: Literal["sample", "table"] = _option(
        "sample", "deliveryState and its date, or deliveryStatus, doneDate and overallPrice", "gateway.md, Receipts"
    )
    receipt_strings: bool = _option(False, "numbers in receipts are strings", "gateway.md, Receipts")
    status_kept: float = _span(90 * DAY, "how long a final status is kept", "manual: three months")

    # Inbound messages
    inbound_retry: float = _span(10.0, "time between attempts for an inbound message", "manual, Receive a message")
    inbound_pause_after: int = _option(100, "failures in a row before a pause", "manual, Receive a message", low=1)
    inbound_pause: float = _span(600.0, "how long that pause is", "manual, Receive a message")
    inbound_give_up: float = _span(48 * HOUR, "age at which an inbound message is dropped", "manual, Receive a message")
    pause_scope: Literal["message", "account"] = _option(
        "message", "whose failures in a row count, and who is paused", "gateway.md: may hold up everybody else's"
    )
    inbound_date: Literal["string", "number", "iso"] = _option(
        "string", "how sentDate is written", "manual: a string in the sample, long integer in the table"
    )
    inbound_number: Literal["+", "00", ""] = _option(
        "+", "what stands before the country code in from", "gateway.md, numbers"
    )
    inbound_comma: bool = _option(False, "inbound bodies have the sample's trailing comma", "manual, sample")
    inbound_ott: bool = _option(False, "inbound bodies name the messaging app (ott)", "manual: table yes, sample no")
    empty_original: bool = _option(
        False, "originalRequestId is empty, not absent, on an unprompted message", "gateway.md, Receiving"
    )
    callback_timeout: float = _span(10.0, "time that a callback may take", "choice")
    callback_connections: int = _option(50, "callbacks at a time", "choice", low=1)

    # The simulator itself
    seed: int | None = _option(
        None,
        "makes faults repeatable, and ids in the order of requests; not for a bot whose store outlives the simulator",
        "choice",
    )
    retry_after: int = _option(1, "Retry-After of an injected 429, in seconds", "gateway.md, rate limits", low=0)
    reorder_delay: float = _span(1.0, "how long a receipt is held back so that others overtake it", "choice")
    kept_sends: int = _option(50_000, "accepted messages kept", "choice: bounded memory", low=1)
    kept_phones: int = _option(10_000, "phones kept", "choice: bounded memory", low=1)
    kept_messages: int = _option(200, "messages kept on one phone", "choice: bounded memory", low=1)
    kept_callbacks: int = _option(100_000, "callbacks waiting at most; more are dropped", "choice", low=1)
    loopback_only: bool = _option(True, "only this machine may use the phone page and the levers", "choice")
    allowed_hosts: tuple[str, ...] = _option(
        ("127.0.0.1", "localhost", "::1"), "Host names of the phone page and the levers", "choice: DNS rebinding"
    )

    def __post_init__(self) -> None:
        kinds = get_type_hints(type(self))
        for each in fields(self):
            _check(each, kinds[each.name], getattr(self, each.name))
        for name in ("callback_url", "inbound_url"):
            Urls.read(f"simulator option {name}", getattr(self, name), self.account_names)
        usernames = [account.username for account in self.accounts]
        if not usernames or len(set(usernames)) < len(usernames):
            raise ConfigError("simulator option accounts: give at least one, and each username once")

    @property
    def account_names(self) -> tuple[str, ...]:
        """The names of the accounts, in their order; several users may share one."""
        return tuple(dict.fromkeys(account.name for account in self.accounts))

    @classmethod
    def from_strings(cls, given: Mapping[str, str]) -> Options:
        """Build options from text, as a command line has it: ``{"latency": "200ms", "seen": "yes"}``.

        Durations take ms, s, m, h or d. Raises ConfigError with a suggestion for an unknown name, and for a bad value.
        """
        kinds, known = get_type_hints(cls), {each.name: each for each in fields(cls)}
        values: dict[str, Any] = {}
        for written, value in given.items():
            name = written.strip().replace("-", "_")
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                hint = f"; did you mean {close[0]}?" if close else "; see the list of options"
                raise ConfigError(f"simulator option {written!r} does not exist{hint}")
            try:
                values[name] = _read(value, kinds[name], seconds=known[name].metadata["seconds"])
            except ValueError as error:
                raise ConfigError(f"simulator option {name}: {error}") from error
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Described:
    """One option in words: its values, its default as text, what it does and where the rule comes from."""

    name: str
    values: str
    default: str
    help: str
    source: str


def described() -> Iterator[Described]:
    """List every option, in the order of the class, for a command's help."""
    kinds = get_type_hints(Options)
    for each in fields(Options):
        kind = kinds[each.name]
        seconds = bool(each.metadata["seconds"])
        default = "" if each.default is MISSING else _written(each.default, seconds)
        yield Described(each.name, _values(kind, seconds), default, each.metadata["help"], each.metadata["source"])


def _values(kind: Any, seconds: bool) -> str:
    if get_origin(kind) is Literal:
        return "|".join(repr(value) if value == "" else str(value) for value in get_args(kind))
    if kind is bool:
        return "yes|no"
    if get_origin(kind) is tuple:
        return "list with commas"
    return "duration" if seconds else {int: "number", float: "number", str: "text"}.get(kind, "number or none")


def _written(value: Any, seconds: bool) -> str:
    if seconds:
        unit = next((unit for unit, size in reversed(_UNITS.items()) if value >= size), "s")
        return f"{value / _UNITS[unit]:g}{unit}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(f"{one.username}:…@{one.name}" if isinstance(one, Account) else str(one) for one in value)
    if isinstance(value, str) and value != value.strip():
        return repr(value)
    return "none" if value is None else str(value)


def _read(text: str, kind: Any, *, seconds: bool) -> Any:
    if get_origin(kind) is Literal:
        return next((value for value in get_args(kind) if str(value) == text), text)
    if kind is bool:
        if text.lower() not in _YES + _NO:
            raise ValueError(f"{text!r} is neither yes nor no")
        return text.lower() in _YES
    if get_origin(kind) is tuple:
        words = [word.strip() for word in text.split(",") if word.strip()]
        return tuple(Account.parse(word) if get_args(kind)[0] is Account else word for word in words)
    if kind is str:
        return text
    return _read_number(text, kind, seconds)


def _read_number(text: str, kind: Any, seconds: bool) -> int | float | None:
    if kind == (int | None) and text.lower() in ("", "none"):
        return None
    digits = text.strip().rstrip("msdh") if seconds else text.strip()
    size = _UNITS.get(text.strip()[len(digits) :] or "s")
    try:
        if size is not None:
            return float(digits) * size if kind is float else int(digits)
    except ValueError:
        pass  # and say so in words of ours
    wanted = "no duration, like 200ms, 1.5s, 10m, 48h or 14d" if seconds else "no number"
    raise ValueError(f"{text!r} is {wanted if kind is float else 'no whole number'}")


def _check(each: Field[Any], kind: Any, value: Any) -> None:
    low = each.metadata["low"]
    if each.metadata["seconds"] and not 0 <= value <= CENTURY:
        raise ConfigError(f"simulator option {each.name}: a duration is 0 to 100 years, not {value} s")
    if low is not None and not low <= value < float("inf"):
        raise ConfigError(f"simulator option {each.name}: {value} is less than {low}, or no number")
    if get_origin(kind) is Literal and value not in get_args(kind):
        raise ConfigError(f"simulator option {each.name}: {value!r} is none of {_values(kind, False)}")
