"""run and simulator: what serves until it is stopped."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

Run = Callable[..., Any]
Start = Callable[..., Any]
DEV_STORE = {"CHATBOT_STORE__URL": "sqlite:///chatbot-dev.db"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_server_takes_callbacks_and_ends_well_when_it_is_told_to(
    project: Path, start: Start, secrets: dict[str, str], number: signal.Signals
) -> None:
    server = start(project, "run", env=secrets)
    callbacks = address_of(server) + "/callbacks/"
    body = {"from": "+491622943176", "to": "customer_account", "message": "hello", "requestId": "1"}
    assert httpx.post(callbacks + secrets["CHATBOT_WEBHOOK_SECRET"], json=body).status_code == 200
    assert httpx.post(callbacks + "guessed", json=body).status_code == 404
    server.process.send_signal(number)
    assert server.process.wait(60) == 0
    server.words.wait_for_end()
    assert "Traceback" not in server.words.text
    assert secrets["CHATBOT_WEBHOOK_SECRET"] not in server.words.text


@pytest.mark.parametrize("missing", ["TYNTEC_PASSWORD", "CHATBOT_WEBHOOK_SECRET"])
def test_a_secret_that_is_missing_is_named(project: Path, run: Run, secrets: dict[str, str], missing: str) -> None:
    ended = run("run", env={name: value for name, value in secrets.items() if name != missing})
    assert ended.returncode == 2
    assert f"set the environment variable {missing}" in ended.stderr


def test_all_that_is_missing_is_told_at_once(project: Path, run: Run) -> None:
    settings = project / "config.toml"
    settings.write_text(settings.read_text().replace('username = "username"\n', ""))
    ended = run("run")
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[0] == "chatbot: 3 things are to be set:"
    for line, word in zip(
        ended.stderr.splitlines()[1:], ("gateway.username", "TYNTEC_PASSWORD", "CHATBOT_WEBHOOK_SECRET"), strict=True
    ):
        assert line.startswith("  ")
        assert word in line


def test_without_a_public_url_it_is_said_that_receipts_are_asked_for(
    project: Path, start: Start, secrets: dict[str, str]
) -> None:
    said = "receipts are asked for, minutes late, and not pushed: set [webhook] public_url"
    server = start(project, "run", env=secrets)
    server.words.wait_for("bots on http://")
    assert said in server.words.text
    server.interrupt()
    server = start(project, "run", env={**secrets, "CHATBOT_WEBHOOK__PUBLIC_URL": "https://bot.example.org"})
    server.words.wait_for("bots on http://")
    assert "receipts" not in server.words.text


def test_a_secret_that_can_be_guessed_is_refused_with_a_way_to_make_one(
    project: Path, run: Run, secrets: dict[str, str]
) -> None:
    ended = run("run", env={**secrets, "CHATBOT_WEBHOOK_SECRET": "hunter2"})
    assert ended.returncode == 2
    assert "secrets.token_urlsafe(32)" in ended.stderr
    assert "hunter2" not in ended.stderr


def test_a_second_server_on_one_store_ends_with_3_and_one_line(
    project: Path, start: Start, run: Run, secrets: dict[str, str]
) -> None:
    address_of(start(project, "run", env=secrets))
    second = run("run", env=secrets)
    assert second.returncode == 3
    assert "SQLite serves one process: stop it first" in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_store_that_cannot_be_made_ends_with_3_and_one_line(project: Path, run: Run, secrets: dict[str, str]) -> None:
    ended = run("run", env={**secrets, "CHATBOT_STORE__URL": "sqlite:///nowhere/chatbot.db"})
    assert ended.returncode == 3
    assert "does not exist; create it first" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["run", "simulator"])
def test_a_port_that_is_taken_ends_with_2_and_advice(
    project: Path, run: Run, secrets: dict[str, str], command: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        options = [command] if command == "run" else [command, "--port", port]
        ended = run(*options, env={**secrets, "CHATBOT_WEBHOOK__PORT": port})
    assert ended.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use; choose another host or port" in ended.stderr


def test_a_server_refuses_to_start_over_conversations_that_could_not_go_on(
    project: Path, start: Start, pick_up: Callable[..., Any], run: Run, secrets: dict[str, str]
) -> None:
    dev = start(project, "dev", "--port", "0", "--phone-port", "0")
    phone = pick_up(dev)
    phone.write("hello")
    assert phone.hear() == "What is your name?"
    dev.interrupt()
    bot = project / "bots" / "greeter.py"
    bot.write_text(bot.read_text().replace("who", "whom"))
    refused = run("run", env={**secrets, **DEV_STORE})
    assert refused.returncode == 2
    assert "1 in greeter.who: " in refused.stderr
    assert "start with --land-stranded" in refused.stderr
    found = run("check", "--against-store", env=DEV_STORE)
    assert found.returncode == 1
    assert found.stdout.startswith("stranded: 1 in greeter.who: ")
    server = start(project, "run", "--land-stranded", env={**secrets, **DEV_STORE})
    server.words.wait_for("these conversations begin anew, or lose data:")
    assert httpx.get(address_of(server) + "/readyz").json()["ready"] is True


def test_the_simulator_answers_as_the_gateway_and_shows_a_phone(tmp_path: Path, start: Start) -> None:
    simulator = start(tmp_path, "simulator", "--port", "0", "-o", "accepted_status=202")
    pages = simulator.pages
    body = {"from": "MyCompany", "to": "+491622943176", "message": "Hello", "messagePurpose": "transaction"}
    sent = httpx.post(pages["gateway"] + "/outbound/requests", json=body, auth=("username", "password"))
    assert sent.status_code == 202
    assert sent.json()["requestId"]
    assert httpx.get(pages["phone"]).status_code == 200
    assert httpx.get(pages["levers"]).status_code == 200
    assert simulator.interrupt() == 0
    assert simulator.words.text == ""


def address_of(server: Any) -> str:
    """Wait until the server has said where it listens."""
    server.words.wait_for("bots on http://")
    found = re.search(r"http://[^,]+", server.words.text)
    assert found is not None
    return found[0]
