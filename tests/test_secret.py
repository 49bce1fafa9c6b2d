"""Secrets: from the environment or a file, strong enough, and never shown."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import config
from chatbot.config import Config
from chatbot.errors import ConfigError
from chatbot.secret import NEW_SECRET, Keyring, Secret

STRONG = "cZbZ1nSmC4QmYk2v8Wc0oA"

Load = Callable[..., Config]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a config.toml and load it with the variables given."""

    def loaded(text: str = "", **environ: str) -> Config:
        path = tmp_path / config.FILE_NAME
        path.write_text(text, encoding="utf-8")
        return config.load(path, environ)

    return loaded


def refusal(load: Load, text: str = "", **environ: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(text, **environ)
    return str(caught.value)


@pytest.mark.parametrize("key", ["gateway.password", "webhook.secret", "webhook.previous_secret", "dashboard.password"])
def test_a_secret_in_the_file_is_refused_and_not_shown(key: str, load: Load) -> None:
    section, name = key.split(".")
    message = refusal(load, f'[{section}]\n{name} = "hunter2"')
    assert f"use {name}_env" in message
    assert "hunter2" not in message
    message = refusal(load, **{f"CHATBOT_{section}__{name}".upper(): "hunter2"})
    assert f"{key}_env" in message
    assert "hunter2" not in message


def test_a_missing_secret_is_an_error_only_when_it_is_asked_for(load: Load) -> None:
    read = load()
    for ask, variable in (
        (read.gateway.password, "TYNTEC_PASSWORD"),
        (read.webhook.secret, "CHATBOT_WEBHOOK_SECRET"),
        (read.dashboard.password, "CHATBOT_DASHBOARD_PASSWORD"),
    ):
        with pytest.raises(ConfigError, match=f"set the environment variable {variable} "):
            ask()


def test_a_secret_comes_from_the_variable_or_else_from_the_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from the file\n")
    text = '[gateway]\npassword_env = "PW"\npassword_file = "password"'
    assert load(text).gateway.password().reveal() == "from the file"
    assert load(text, PW="from the variable").gateway.password().reveal() == "from the variable"


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe\xff"])
def test_a_secret_file_that_cannot_be_used_is_named(content: bytes | None, load: Load, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "password").write_bytes(content)
    with pytest.raises(ConfigError, match=r"the file password is empty|the secret file password cannot be read"):
        load('[dashboard]\npassword_file = "password"').dashboard.password()


@pytest.mark.parametrize(
    ("value", "what"),
    [("hunter2\n", "a control character"), ("hun\0ter2", "a control character"), ("hunter2\udcff", "is not UTF-8")],
)
def test_a_secret_that_cannot_be_written_into_a_header_is_refused_and_not_shown(
    value: str, what: str, load: Load
) -> None:
    with pytest.raises(ConfigError, match=rf"the secret in TYNTEC_PASSWORD .*{what}") as caught:
        load(TYNTEC_PASSWORD=value).gateway.password()
    assert "hun" not in str(caught.value)


def test_a_secret_may_hold_letters_of_any_script_spaces_and_colons(load: Load) -> None:
    assert load(TYNTEC_PASSWORD="p4ss: wörd 🔑").gateway.password().reveal() == "p4ss: wörd 🔑"


@pytest.mark.parametrize(
    "weak",
    [
        *("short", "x" * 21, "0" * 22, "abcdef0123" * 3, "1234567890" * 3, STRONG + "/", STRONG + "é"),
        *("a" * 22, "a" * 500, "changeme" * 3, "abcabcabcabcabcabcabcabc", "01" * 64),
    ],
)
def test_a_webhook_secret_that_can_be_guessed_or_breaks_a_url_is_refused(weak: str, load: Load) -> None:
    for variable in ("CHATBOT_WEBHOOK_SECRET", "CHATBOT_WEBHOOK_PREVIOUS_SECRET"):
        environ = {"CHATBOT_WEBHOOK_SECRET": STRONG} | {variable: weak}
        with pytest.raises(ConfigError, match=re.escape(NEW_SECRET)) as caught:
            load("", **environ).webhook.secrets()
        assert weak not in str(caught.value)
        assert variable in str(caught.value)


@pytest.mark.parametrize(
    "strong", [STRONG, STRONG * 2, "0123456789abcdef" * 2, "0123456789ABCDEF" * 2, "1234567890" * 4]
)
def test_a_secret_of_128_bits_is_taken(strong: str, load: Load) -> None:
    read = load("", CHATBOT_WEBHOOK_SECRET=strong)
    assert read.webhook.secret().reveal() == strong
    assert read.webhook.secrets() == (strong,)


def test_while_a_secret_is_rotated_both_are_accepted_the_new_one_first(load: Load) -> None:
    old = STRONG[::-1]
    environ = {"CHATBOT_WEBHOOK_SECRET": STRONG, "CHATBOT_WEBHOOK_PREVIOUS_SECRET": old}
    assert load("", **environ).webhook.secrets() == (STRONG, old)


def test_no_repr_format_or_error_shows_a_secret(load: Load) -> None:
    read = load("", TYNTEC_PASSWORD="hunter2", CHATBOT_WEBHOOK_SECRET=STRONG)
    secret = read.gateway.password()
    shown = f"{read!r} {read} {secret} {secret!r} {secret:>20} {secret!s} {[secret]} {Keyring({'A': 'hunter2'})}"
    shown += repr(dataclasses.asdict(read))
    assert "hunter2" not in shown
    assert STRONG not in shown
    assert secret.reveal() == "hunter2"


@given(st.text(min_size=8))
def test_a_secret_of_any_text_stays_hidden(value: str) -> None:
    assert f"{Secret(value)} {Secret(value)!r}" == "Secret(…) Secret(…)"
