"""send, status and trigger: the gateway and a contact, reached by hand."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from chatbot.cli import main

Run = Callable[..., Any]
Start = Callable[..., Any]
Tell = Callable[..., Result]
CONTACT = "+491622943176"
SEND = ["send", CONTACT, "--text", "Hello"]


@pytest.fixture
def tell(project: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Run a command in this process: ``tell("send", CONTACT, env={...})``."""
    monkeypatch.chdir(project)
    return lambda *arguments, env=None: CliRunner().invoke(main, arguments, env=env)


@pytest.fixture
def gateway(project: Path, start: Start, secrets: dict[str, str]) -> dict[str, str]:
    """The environment of somebody whose gateway is a simulator."""
    simulator = start(project, "simulator", "--port", "0", "-o", "delivery_delay=0s")
    return {**secrets, "CHATBOT_GATEWAY__URL": simulator.pages["gateway"]}


@pytest.fixture
def closed() -> Iterator[str]:
    """A URL where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_a_message_is_sent_and_asked_after(project: Path, run: Run, gateway: dict[str, str]) -> None:
    sent = run("send", CONTACT, "--text", "Hello", env=gateway)
    assert sent.returncode == 0, sent.stderr
    request_id = sent.stdout.strip()
    asked = run("status", request_id, env=gateway)
    assert (asked.returncode, asked.stdout.split()[:2]) == (0, ["DELIVERED", "VIBER"])
    known = json.loads(run("--json", "status", request_id, env=gateway).stdout)
    assert (known["request_id"], known["state"]) == (request_id, "DELIVERED")
    assert run("status", "nobody-knows", env=gateway).returncode == 2


def test_a_request_is_shown_without_its_password_and_not_sent(project: Path, run: Run) -> None:
    shown = run("send", CONTACT, "--text", "Hello", "--dry-run")
    assert shown.returncode == 0
    assert shown.stdout.startswith("curl ")
    assert "$TYNTEC_PASSWORD" in shown.stdout


@pytest.mark.parametrize(
    "written",
    [CONTACT, "00491622943176", "491622943176", "0049 162 2943176", "+49 (0) 162-2943176", " 49.162.2943176 "],
)
def test_one_contact_is_written_in_many_ways(tell: Tell, written: str) -> None:
    shown = tell("send", written, "--text", "Hello", "--dry-run")
    assert '"to":"+491622943176"' in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([CONTACT], "a message needs a text or an image"),
        ([CONTACT, "--text", "Look", "--image", "https://example.org/i.png"], "send two messages"),
        (["12", "--text", "Hello"], "phone number"),
        (["0162 2943176", "--text", "Hello"], "write it as +491622943176"),
        ([CONTACT, "--text", "Hello", "--from", "My Company"], "sender: 'My Company' is no"),
        ([CONTACT, "--text", "Hello", "--callback-url", "bot.example.org"], "callback URL: it is no http or https URL"),
        ([CONTACT, "--text", "Hello", "--key", "1"], "--set and --key belong to a flow"),
        ([CONTACT, "--flow", "greter"], "did you mean greeter?"),
        ([CONTACT, "--flow", "greeter", "--set", "nome=Anna"], "flow greeter has no field nome; its fields are: name"),
    ],
)
def test_what_cannot_be_sent_ends_with_2_and_says_why(
    tell: Tell, secrets: dict[str, str], arguments: list[str], said: str
) -> None:
    ended = tell("send", *arguments, env=secrets)
    assert ended.exit_code == 2
    assert said in ended.stderr


def test_a_server_that_is_not_there_ends_with_3_and_is_named(
    project: Path, run: Run, secrets: dict[str, str], closed: str
) -> None:
    away = {**secrets, "CHATBOT_GATEWAY__URL": f"{closed}/messaging/im/v1"}
    for arguments, said in (
        (SEND, f"chatbot: no connection to the gateway at {closed}: Connection refused"),
        (["status", "1"], f"chatbot: no connection to the gateway at {closed}: Connection refused"),
        (["trigger", f"{closed}/secret", "--message", "Hello"], f"chatbot: no connection to {closed}: does a server"),
    ):
        ended = run(*arguments, env=away)
        assert ended.returncode == 3
        assert ended.stderr.startswith(said)
        assert ended.stderr.count("\n") == 1


ANSWERS: list[tuple[list[str], dict[str, Any], int, str]] = [
    (SEND, {"coming": ["error_503"]}, 3, "503: Please retry. If error persists,"),
    (SEND, {"coming": ["bad_gateway"]}, 3, "502: a server in between had no sound answer from the gateway; perhaps"),
    (["status", "1"], {"rates": {"status_500": 1}}, 3, "500: Unexpected error, please retry."),
    (["status", "1"], {"rates": {"status_500": 0}}, 2, "(this account has no message of this id)"),
]


def test_what_a_gateway_answers_is_said_in_words(tell: Tell, gateway: dict[str, str]) -> None:
    levers = gateway["CHATBOT_GATEWAY__URL"].replace("/messaging/im/v1", "/_control/faults")
    for command, fault, status, said in ANSWERS:
        httpx.post(levers, json=fault, trust_env=False).raise_for_status()
        ended = tell(*command, env=gateway)
        assert (ended.exit_code, ended.stdout) == (status, "")
        assert said in ended.stderr


def test_wrong_credentials_end_with_2(project: Path, run: Run, gateway: dict[str, str]) -> None:
    ended = run("send", CONTACT, "--text", "Hello", env={**gateway, "TYNTEC_PASSWORD": "wrong"})
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_a_callback_is_fired_at_a_server(project: Path, run: Run, start: Start, secrets: dict[str, str]) -> None:
    server = start(project, "run", env=secrets)
    server.words.wait_for("bots on http://")
    found = re.search(r"http://[^,]+", server.words.text)
    assert found is not None
    url = f"{found[0]}/callbacks/{secrets['CHATBOT_WEBHOOK_SECRET']}"
    taken = run("trigger", url, "--message", "hello")
    assert (taken.returncode, taken.stdout) == (0, "200 accepted\n")
    refused = run("trigger", url + "x", "--message", "hello")
    assert refused.returncode == 1
    assert refused.stdout.startswith("404 refused")


@pytest.mark.parametrize(
    ("state", "hint"),
    [
        ("DELIVERD", "DELIVERD is no state of the manual; did you mean DELIVERED? It is fired all the same"),
        ("on_its_way", "ON_ITS_WAY is no state of the manual. It is fired all the same"),
        ("delivered", ""),
    ],
)
def test_a_state_that_the_manual_does_not_know_is_fired_with_a_hint(
    tell: Tell, closed: str, state: str, hint: str
) -> None:
    ended = tell("trigger", closed, "--receipt", state, "--reply-to", "12-75")
    assert ended.exit_code == 3
    assert ended.stderr.startswith(hint)
    assert ("no state" in ended.stderr) == bool(hint)


@pytest.mark.parametrize(
    "arguments",
    [
        ["send", CONTACT, "--flow", "greeter", "--set", "name=\udcff"],
        ["send", CONTACT, "--flow", "greeter", "--key", "\udcff"],
        ["status", "\udcff"],
        ["trigger", "http://127.0.0.1:9/", "--message", "\udcff"],
        ["trigger", "http://127.0.0.1:9/\udcff", "--message", "Hello"],
    ],
    ids=["set", "key", "id", "message", "url"],
)
def test_what_is_not_utf8_is_refused(tell: Tell, secrets: dict[str, str], arguments: list[str]) -> None:
    ended = tell(*arguments, env=secrets)
    assert ended.exit_code == 2
    assert "it is not UTF-8" in ended.stderr


def test_a_flow_is_started_by_the_server_that_runs(
    project: Path, run: Run, start: Start, pick_up: Callable[..., Any], secrets: dict[str, str]
) -> None:
    phone = pick_up(start(project, "dev", "--port", "0", "--phone-port", "0"))
    theirs = {**secrets, "CHATBOT_STORE__URL": "sqlite:///chatbot-dev.db"}
    asked = run("send", CONTACT, "--flow", "greeter", "--key", "order-1", env=theirs)
    assert (asked.returncode, asked.stdout) == (0, "will be started\n")
    assert phone.hear() == "What is your name?"
    again = run("send", CONTACT, "--flow", "greeter", "--key", "order-1", env=theirs)
    assert (again.returncode, again.stdout) == (0, "was asked for before: nothing to do\n")
