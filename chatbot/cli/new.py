"""`chatbot new`: a bot to start from, with its transcript, and a config.toml where there is none."""

from __future__ import annotations

import keyword
import os
import re
from pathlib import Path

import click

from chatbot import config
from chatbot.cli.context import Context
from chatbot.errors import ConfigError

BOT = '''"""{title}: say in one line what it is for."""

from dataclasses import dataclass

from chatbot import Anywhere, Flow, State, Turn, choice, hours, text, timeout


@dataclass
class {title}Data:
    name: str = ""


def keep_name(turn: Turn[{title}Data]) -> None:
    turn.data.name = turn.text.strip()


class {title}(Flow[{title}Data], keyword="{name}"):
    """One question and a confirmation."""

    greeting = State("What is your name?", initial=True, timeout=hours(24))
    confirm = State("So you are {{name}}?", choices=["yes", "no"])
    thanks = State("Nice to meet you, {{name}}.", final=True)
    stopped = State("Write {name} to start again.", final=True)
    anywhere = Anywhere()

    greeting.on(text, to=confirm, do=keep_name)
    greeting.on(timeout, to=stopped)
    confirm.on(choice("yes"), to=thanks)
    confirm.on(choice("no"), to=greeting)
    anywhere.on(text("stop"), to=stopped)
'''

CHAT = """# the name is corrected once
flow     {name}

user     {name}
bot      What is your name?
user     Ada
bot      So you are Ada?
         1. yes
         2. no
user     no
bot      What is your name?
user     Grace
bot      So you are Grace?
         1. yes
         2. no
user     1
bot      Nice to meet you, Grace.
state    thanks

# nobody answers for a day
flow     {name}

user     {name}
bot      What is your name?
wait     24h
bot      Write {name} to start again.
state    stopped
"""

CONFIG = """[gateway]
url = "https://rest.tyntec.com/messaging/im/v1"
username = "username"
password_env = "TYNTEC_PASSWORD"
from = "MyCompany"
channels = ["VIBER"]
sms_fallback = true

[webhook]
host = "127.0.0.1"
port = 8000
secret_env = "CHATBOT_WEBHOOK_SECRET"

[store]
url = "sqlite:///chatbot.db"

[bots]
modules = ["bots.{name}"]
default = "{name}"
"""


@click.command()
@click.argument("name")
@click.pass_obj
def new(context: Context, name: str) -> None:
    """Write a bot called NAME to start from: bots/NAME.py, its transcript, and config.toml where there is none."""
    if not re.fullmatch(r"[a-z][a-z0-9]+(_[a-z][a-z0-9]+){0,5}", name) or len(name) > 40 or keyword.iskeyword(name):
        raise ConfigError(
            f"{name!r} cannot name a bot; write two small letters or more, as in: chatbot new order_pizza"
        )
    folder = _project()
    settings = folder / config.FILE_NAME
    files = {
        folder / "bots" / f"{name}.py": BOT,
        folder / "tests" / "conversations" / f"{name}.chat": CHAT,
    }
    if there := [path for path in files if path.exists()]:
        raise ConfigError(f"{_shown(there[0])} is there already; choose another name")
    if fresh := not settings.exists():
        files[settings] = CONFIG
    words = {"name": name, "title": "".join(word.capitalize() for word in name.split("_"))}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**words), encoding="utf-8")
    wrote = [_shown(path) for path in files]
    context.show({"wrote": wrote}, "\n".join(f"wrote {path}" for path in wrote))
    if not fresh:
        context.say(f'add "bots.{name}" to [bots] modules in {_shown(settings)}')
    context.say("then: chatbot dev, and: pytest")


def _project() -> Path:
    try:
        return config.find(Path.cwd()).parent
    except ConfigError:
        return Path.cwd()


def _shown(path: Path) -> str:
    return os.path.relpath(path)
