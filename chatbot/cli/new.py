"""`chatbot new`: a bot to start from, with its transcript, and a config.toml where there is none."""

from __future__ import annotations

import keyword
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

    ask = State("What is your name?", initial=True, timeout=hours(24))
    confirm = State("So you are {{name}}?", choices=["yes", "no"])
    thanks = State("Nice to meet you, {{name}}.", final=True)
    stopped = State("Write {name} to start again.", final=True)
    anywhere = Anywhere()

    ask.on(text, to=confirm, do=keep_name)
    ask.on(timeout, to=stopped)
    confirm.on(choice("yes"), to=thanks)
    confirm.on(choice("no"), to=ask)
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
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) or keyword.iskeyword(name):
        raise ConfigError(f"{name!r} cannot name a Python module; write it as in: chatbot new order_pizza")
    folder = _project()
    words = {"name": name, "title": "".join(word.capitalize() for word in name.split("_"))}
    files = {
        folder / "bots" / f"{name}.py": BOT,
        folder / "tests" / "conversations" / f"{name}.chat": CHAT,
    }
    if there := [path for path in files if path.exists()]:
        raise ConfigError(f"{there[0]} is there already; choose another name")
    settings = folder / config.FILE_NAME
    if fresh := not settings.exists():
        files[settings] = CONFIG
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**words), encoding="utf-8")
        context.say(f"wrote {path.relative_to(folder)}")
    if not fresh:
        context.say(f'add "bots.{name}" to [bots] modules in {settings.name}')
    context.say("then: chatbot dev, and: pytest")


def _project() -> Path:
    try:
        return config.find(Path.cwd()).parent
    except ConfigError:
        return Path.cwd()
