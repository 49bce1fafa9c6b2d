"""The simulator's options: their defaults, their reading from text, and their help."""

from __future__ import annotations

import pytest

from chatbot.errors import ConfigError
from chatbot.simulator.options import Account, Options, described


def test_the_defaults_are_the_manuals() -> None:
    options = Options()
    assert options.accounts == (Account("username", "password", "customer_account"),)
    assert (options.inbound_retry, options.inbound_pause, options.inbound_give_up) == (10, 600, 48 * 3600)
    assert (options.inbound_pause_after, options.receipt_attempts, options.status_kept) == (100, 3, 90 * 86_400)
    assert (options.sms_price, options.seen, options.strict_purpose) == (0.5, False, False)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("latency", "200ms", 0.2),
        ("inbound-retry", "2s", 2.0),
        ("inbound_give_up", "48h", 172_800.0),
        ("status_kept", "1d", 86_400.0),
        ("latency", "1.5", 1.5),
        ("seen", "yes", True),
        ("long_sms", "off", False),
        ("not_json_status", "415", 415),
        ("inbound_number", "00", "00"),
        ("seed", "7", 7),
        ("seed", "none", None),
        ("allowed_hosts", "a, b", ("a", "b")),
        ("accounts", "u:p:q@w@name, me:secret", (Account("u", "p:q@w", "name"), Account("me", "secret"))),
    ],
)
def test_options_are_read_from_text(name: str, text: str, value: object) -> None:
    assert getattr(Options.from_strings({name: text}), name.replace("-", "_")) == value


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"lattency": "1"}, "did you mean latency"),
        ({"zzz": "1"}, "see the list"),
        ({"seen": "maybe"}, "neither yes nor no"),
        ({"latency": "soon"}, "'soon' is no duration, like 200ms, 1.5s, 10m, 48h or 14d"),
        ({"latency": "1w"}, "'1w' is no duration"),
        ({"latency": "ms"}, "'ms' is no duration"),
        ({"latency": "-1"}, "latency: a duration is 0 to 100 years"),
        ({"latency": "nan"}, "a duration is 0 to 100 years"),
        ({"latency": "1e308"}, "a duration is 0 to 100 years"),
        ({"kept_sends": "many"}, "kept_sends: 'many' is no whole number"),
        ({"sms_price": "free"}, "sms_price: 'free' is no number"),
        ({"sms_price": "inf"}, "less than 0, or no number"),
        ({"callback_url": "nope"}, "callback_url: 'nope' is no URL; write http://host or https://host"),
        ({"inbound_url": "ftp://bot"}, "inbound_url: 'ftp://bot' is no URL"),
        ({"matrix": "maybe"}, "none of refuse|reject"),
        ({"kept_sends": "0"}, "less than 1"),
        ({"accounts": "nobody"}, "username:password@name"),
        ({"accounts": ""}, "at least one"),
        ({"accounts": "u:1,u:2"}, "each username once"),
    ],
)
def test_a_wrong_option_is_refused_with_what_to_do(given: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says.replace("|", r"\|")):
        Options.from_strings(given)


def test_every_option_has_help_a_default_and_a_source_and_shows_no_password() -> None:
    listed = list(described())
    assert [one.name for one in listed] == list(Options.__dataclass_fields__)
    for one in listed:
        assert one.help, one.name
        assert one.source, one.name
        assert one.values, one.name
    assert "password" not in next(one.default for one in listed if one.name == "accounts").partition(":")[2]
    assert "password" not in repr(Options()).replace("username='username'", "")
