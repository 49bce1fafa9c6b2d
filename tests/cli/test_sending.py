"""send, status and trigger: the gateway and a contact, reached by hand."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Start = Callable[..., Any]
CONTACT = "+491622943176"


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
    ("arguments", "said"),
    [
        ([CONTACT], "a message needs a text or an image"),
        ([CONTACT, "--text", "Look", "--image", "https://example.org/i.png"], "send two messages"),
        (["12", "--text", "Hello"], "phone number"),
        ([CONTACT, "--text", "Hello", "--key", "1"], "--set and --key belong to a flow"),
        ([CONTACT, "--flow", "greter"], "did you mean greeter?"),
    ],
)
def test_what_cannot_be_sent_ends_with_2_and_says_why(
    project: Path, run: Run, secrets: dict[str, str], arguments: list[str], said: str
) -> None:
    ended = run("send", *arguments, env=secrets)
    assert ended.returncode == 2
    assert said in ended.stderr


def test_a_gateway_that_is_not_there_ends_with_3(project: Path, run: Run, secrets: dict[str, str], closed: str) -> None:
    away = {**secrets, "CHATBOT_GATEWAY__URL": closed}
    for arguments in (["send", CONTACT, "--text", "Hello"], ["status", "1"], ["trigger", closed, "--message", "Hello"]):
        ended = run(*arguments, env=away)
        assert ended.returncode == 3
        assert ended.stderr.startswith("chatbot: ")
        assert ended.stderr.count("\n") == 1


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
