"""config.toml and the environment: every mistake is named, with what to write."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatbot import config, viber
from chatbot.config import Config, GatewayConfig, WebhookConfig
from chatbot.errors import ConfigError

DESIGN = """
[gateway]
url = "https://rest.tyntec.com/messaging/im/v1"
username = "..."
password_env = "TYNTEC_PASSWORD"
from = "MyCompany"
channels = ["VIBER"]
sms_fallback = true
rate = 20                          # sends a second
[webhook]
host = "127.0.0.1"
port = 8000
secret_env = "CHATBOT_WEBHOOK_SECRET"
public_url = "https://bot.example.org"
[store]
url = "sqlite:///chatbot.db"
keep_days = 90
[bots]
modules = ["bots.pickup", "bots.survey"]
default = "pickup"
[dashboard]
password_env = "CHATBOT_DASHBOARD_PASSWORD"
"""

Load = Callable[..., Config]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a config.toml and load it with the variables given."""

    def loaded(text: str = "", **environ: str) -> Config:
        path = tmp_path / config.FILE_NAME
        path.write_text(text, encoding="utf-8")
        return config.load(path, environ)

    return loaded


def _variable(key: str) -> str:
    return f"CHATBOT_{key.replace('.', '__')}".upper()


def refusal(load: Load, text: str = "", **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(text, **environ)
    return str(caught.value)


def test_the_designs_example_is_read(load: Load, tmp_path: Path) -> None:
    read = load(DESIGN)
    assert read.gateway.sender == "MyCompany"
    assert read.gateway.channels == ("VIBER",)
    assert read.gateway.rate == 20.0
    assert read.webhook.public_url == "https://bot.example.org"
    assert read.bots.modules == ("bots.pickup", "bots.survey")
    assert read.folder == tmp_path


def test_an_empty_file_means_the_defaults(load: Load, tmp_path: Path) -> None:
    assert load() == Config(folder=tmp_path)
    assert load().gateway == GatewayConfig()


def test_the_words_of_the_configuration_are_vibers() -> None:
    assert config.CHANNELS == viber.CHANNELS
    assert config.PURPOSES == viber.PURPOSES


def test_the_account_is_the_user_name_unless_it_is_set(load: Load) -> None:
    assert load('[gateway]\nusername = "me"').gateway.account == "me"
    assert load('[gateway]\nusername = "me"\naccount = "us"').gateway.account == "us"


def test_urls_lose_their_last_slash(load: Load) -> None:
    read = load('[gateway]\nurl = "https://g.example.org/v1/"\n[webhook]\npublic_url = "https://b.example.org/"')
    assert (read.gateway.url, read.webhook.public_url) == ("https://g.example.org/v1", "https://b.example.org")


def test_every_key_is_documented_where_it_is_defined() -> None:
    for key in config.KEYS:
        section, name = key.split(".")
        kind = {field.name: field for field in dataclasses.fields(Config)}[section].default_factory
        assert f"``{name}``" in (kind.__doc__ or ""), key


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[gatway]\n", "unknown section [gatway]; did you mean gateway?"),
        ("[gateway]\nsms_falback = true", "unknown key gateway.sms_falback; did you mean gateway.sms_fallback?"),
        ("[store]\nkeepdays = 3", "unknown key store.keepdays; did you mean store.keep_days?"),
        ("[zzz]\n", "unknown section [zzz]; there are gateway, webhook, store, bots, dashboard"),
        ("rate = 20", "unknown section [rate]"),
        ('gateway = "x"', "gateway: expected a section, [gateway], found the string 'x'"),
        ("[gateway]\nsender = 'X'", "unknown key gateway.sender"),
        ("[gateway]\nkeyring = 'X'", "unknown key gateway.keyring"),
        ("[gateway", "not TOML"),
    ],
)
def test_what_is_not_known_is_refused_with_a_suggestion(text: str, says: str, load: Load) -> None:
    message = refusal(load, text)
    assert says in message
    assert config.FILE_NAME in message


@pytest.mark.parametrize(
    ("section", "line", "says"),
    [
        ("gateway", 'rate = "fast"', "gateway.rate: expected a number, found the string 'fast'"),
        ("gateway", "rate = true", "gateway.rate: expected a number, found true"),
        ("gateway", "rate = 0", "gateway.rate: expected a number above 0"),
        ("gateway", "rate = -1.5", "found the number -1.5"),
        ("gateway", "rate = nan", "gateway.rate: expected"),
        ("gateway", "rate = inf", "gateway.rate: expected"),
        ("gateway", f"rate = 1{'0' * 400}", "gateway.rate: expected"),
        ("gateway", "timeout = 0", "gateway.timeout: expected seconds above 0"),
        ("gateway", "sms_fallback = 1", "gateway.sms_fallback: expected true or false, found the number 1"),
        ("gateway", 'channels = "VIBER"', "gateway.channels: expected a list of strings, found the string 'VIBER'"),
        ("gateway", "channels = [1]", "gateway.channels: expected a list of strings, found the list [1]"),
        ("gateway", "channels = []", "gateway.channels: expected VIBER, FACEBOOK or both"),
        ("gateway", 'channels = ["viber"]', "gateway.channels: expected VIBER"),
        ("gateway", 'channels = ["VIBER", "VIBER"]', "each once"),
        ("gateway", 'purpose = "spam"', "gateway.purpose: expected transaction or promotion, found the string 'spam'"),
        ("gateway", 'on_ambiguous = "retry"', "gateway.on_ambiguous: expected unknown or resend"),
        ("gateway", 'username = "a:b"', "gateway.username: expected a name without a colon"),
        ("gateway", "username = 2016-01-29", "gateway.username: expected a string, found a date"),
        ("gateway", "from = {}", "gateway.from: expected a string, found a section"),
        ("webhook", "port = 70000", "webhook.port: expected a port, 0 to 65535, found the number 70000"),
        ("webhook", "port = true", "webhook.port: expected a whole number, found true"),
        ("webhook", "port = 8000.0", "webhook.port: expected a whole number"),
        ("webhook", "max_bytes = 10", "webhook.max_bytes: expected at least 1024 bytes"),
        ("store", "keep_days = 0", "store.keep_days: expected 3 to 36500 days"),
        ("store", 'url = "mysql://x/y"', "store.url: expected sqlite:///file"),
        ("store", 'url = "sqlite://chatbot.db"', "store.url: expected sqlite:///file"),
        ("store", 'url = "sqlite:///"', "store.url: expected sqlite:///file"),
        ("store", 'url = "postgresql://db/chatbot"', "store.url: expected sqlite:///file, found"),
        ("bots", 'modules = ["bots/pickup.py"]', "bots.modules: expected names of Python modules"),
        ("gateway", 'account = "a\\u0000"', "gateway.account: expected a string without control characters"),
        ("webhook", 'host = "a\\n"', "webhook.host: expected a string without control characters"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_expected_and_what_was_found(
    section: str, line: str, says: str, load: Load
) -> None:
    assert says in refusal(load, f"[{section}]\n{line}")


@pytest.mark.parametrize("sender", ["+491622943176", "12345", "MyCompany", "A", "Elevenchars", "00000000000"])
def test_a_sender_is_a_number_a_short_code_or_up_to_eleven_letters_and_digits(sender: str, load: Load) -> None:
    assert load(f'[gateway]\nfrom = "{sender}"').gateway.sender == sender


@pytest.mark.parametrize("sender", ["TwelveLetter", "My Company", "+49", "+0491622943176", "Mü", "+49162294317612345"])
def test_no_other_sender_is_taken(sender: str, load: Load) -> None:
    assert "gateway.from: expected an international number" in refusal(load, f'[gateway]\nfrom = "{sender}"')


@pytest.mark.parametrize(
    "url",
    [
        "rest.tyntec.com",
        "ftp://rest.tyntec.com",
        "https://",
        "https://user:password@rest.tyntec.com/",
        "https://rest.tyntec.com/?a=b",
        "https://rest.tyntec.com/#a",
        "https://rest.tyntec.com:99999/",
        "https://rest.tyntec.com:0/",
        "https://[::1/",
        "https://rest tyntec.com/",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_url_is_http_and_holds_no_credentials(url: str, load: Load) -> None:
    assert "gateway.url: expected an http or https URL" in refusal(load, f'[gateway]\nurl = "{url}"')


@pytest.mark.parametrize("key", ["gateway.url", "webhook.public_url", "store.url"])
@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@rest.tyntec.com/im/v1",
        "https://rest.tyntec.com/im/v1?key=hunter2",
        "https://rest.tyntec.com/im/v1#hunter2",
        "postgresql://me:hunter2@db/chatbot",
        "me:hunter2@rest.tyntec.com",
        "https://me:hun/ter2@rest.tyntec.com",
    ],
)
def test_a_url_that_is_refused_shows_no_credentials(key: str, url: str, load: Load) -> None:
    section, name = key.split(".")
    for message in (refusal(load, f'[{section}]\n{name} = "{url}"'), refusal(load, **{_variable(key): url})):
        assert "hun" not in message
        assert "found the string '" in message


def test_a_url_with_credentials_is_refused_with_where_they_belong(load: Load) -> None:
    message = refusal(load, '[gateway]\nurl = "https://me:hunter2@rest.tyntec.com/im/v1"')
    assert message.endswith(
        "gateway.url: expected an http or https URL without credentials (these have keys of their own), "
        "query or fragment, found the string '…@rest.tyntec.com/im/v1'"
    )


@pytest.mark.parametrize("url", ["sqlite:///chatbot.db", "sqlite:////var/lib/chatbot.db"])
def test_a_store_is_taken_as_it_is_written(url: str, load: Load) -> None:
    assert load(f'[store]\nurl = "{url}"').store.url == url


def test_the_environment_overrides_every_kind_of_value(load: Load) -> None:
    read = load(
        DESIGN,
        CHATBOT_GATEWAY__FROM="Other",
        CHATBOT_GATEWAY__CHANNELS="FACEBOOK, VIBER",
        CHATBOT_GATEWAY__SMS_FALLBACK="False",
        CHATBOT_GATEWAY__RATE="2.5",
        CHATBOT_WEBHOOK__PORT="9000",
        CHATBOT_BOTS__MODULES="",
    )
    assert (read.gateway.sender, read.gateway.channels) == ("Other", ("FACEBOOK", "VIBER"))
    assert (read.gateway.sms_fallback, read.gateway.rate, read.webhook.port) == (False, 2.5, 9000)
    assert read.bots.modules == ()


def test_every_key_can_be_set_by_the_environment(load: Load) -> None:
    samples = {"url": "sqlite:///x.db", "rate": "3", "timeout": "3", "port": "3", "keep_days": "3", "max_bytes": "4096"}
    samples |= {"sms_fallback": "false", "channels": "FACEBOOK", "purpose": "promotion", "on_ambiguous": "resend"}
    for key in config.KEYS:
        section, name = key.split(".")
        sample = "https://x.example.org" if key in ("gateway.url", "webhook.public_url") else samples.get(name, "word")
        changed = load("", **{f"CHATBOT_{section}__{name}".upper(): sample})
        assert changed != load(""), key


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("CHATBOT_GATEWAY__RATES", "5", "CHATBOT_GATEWAY__RATES: no such setting; did you mean CHATBOT_GATEWAY__RATE?"),
        ("CHATBOT_GATWAY__RATE", "5", "did you mean CHATBOT_GATEWAY__RATE?"),
        ("CHATBOT_gateway__rate", "5", "no such setting"),
        ("CHATBOT_GATEWAY__RATE", "fast", "CHATBOT_GATEWAY__RATE: gateway.rate: expected a number, found the string"),
        ("CHATBOT_GATEWAY__SMS_FALLBACK", "yes", "expected true or false, found the string 'yes'"),
        ("CHATBOT_WEBHOOK__PORT", "80.5", "expected a whole number"),
        ("CHATBOT_WEBHOOK__PORT", "9" * 5000, "expected a whole number"),
        ("CHATBOT_WEBHOOK__PORT", "99999", "expected a port"),
        ("CHATBOT_GATEWAY__ACCOUNT", "\udcff", "gateway.account: expected a string without control characters"),
        ("CHATBOT_GATEWAY__USERNAME", "me\r\n", "gateway.username: expected"),
        ("CHATBOT_BOTS__MODULES", "bots.\udcff", "bots.modules: expected"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(variable: str, text: str, says: str, load: Load) -> None:
    assert says in refusal(load, DESIGN, **{variable: text})


def test_other_variables_are_none_of_our_business(load: Load) -> None:
    environ = {"CHATBOT_WEBHOOK_SECRET": "x", "PATH": "/bin", "OTHER__THING": "1", "XCHATBOT_GATEWAY__RATES": "1"}
    assert load("", **environ) == load("")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "gateway.username is missing: set it in config.toml or as CHATBOT_GATEWAY__USERNAME"),
        ({"username": "me"}, "gateway.from is missing: set it in config.toml or as CHATBOT_GATEWAY__FROM"),
        ({"username": "me", "sender": "Me"}, "TYNTEC_PASSWORD"),
    ],
)
def test_what_sending_needs_is_asked_for_by_name(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        GatewayConfig(**settings).require()


def test_all_that_sending_misses_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        GatewayConfig().require()
    assert [line.split()[0] for line in str(caught.value).splitlines()] == ["gateway.username", "gateway.from", "the"]


def test_sending_needs_a_user_name_a_sender_and_a_password_and_no_more(load: Load) -> None:
    load('[gateway]\nusername = "me"\nfrom = "Me"', TYNTEC_PASSWORD="x").gateway.require()


def test_the_file_is_found_from_any_folder_below_it(tmp_path: Path) -> None:
    below = tmp_path / "bots" / "deep"
    below.mkdir(parents=True)
    (tmp_path / config.FILE_NAME).touch()
    assert config.find(below) == config.find(tmp_path) == tmp_path / config.FILE_NAME
    (below / config.FILE_NAME).touch()
    assert config.find(below) == below / config.FILE_NAME


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no config.toml in .* `chatbot new NAME`"):
        config.find(Path(tmp_path.anchor))
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path / "no.toml", {})


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / config.FILE_NAME).write_bytes(b'[bots]\ndefault = "\xff"')
    with pytest.raises(ConfigError, match="not TOML"):
        config.load(tmp_path / config.FILE_NAME, {})


def test_a_section_can_be_made_without_a_file() -> None:
    assert WebhookConfig().previous_secret_env == "CHATBOT_WEBHOOK_PREVIOUS_SECRET"
    with pytest.raises(ConfigError):
        WebhookConfig().secret()
