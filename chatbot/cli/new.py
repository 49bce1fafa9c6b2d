"""`chatbot new`: a bot to start from, with its transcript, and a config.toml where there is none."""

from __future__ import annotations

import importlib.util
import keyword
import os
import re
import shutil
import sys
from pathlib import Path

import click

import chatbot
from chatbot import config
from chatbot.cli.context import Context
from chatbot.cli.modules import with_module
from chatbot.errors import ConfigError

BOT = '''"""{title}: say in one line what it is for."""

from dataclasses import dataclass

from chatbot import Anywhere, Flow, State, Turn, choice, hours, text, timeout


@dataclass
class {title}Data:
    name: str = ""


def keep_name(turn: Turn[{title}Data]) -> None:
    turn.data.name = turn.text.strip()


class {title}(Flow[{title}Data], keyword="{words}"):
    """One question and a confirmation."""

    greeting = State("What is your name?", initial=True, timeout=hours(24))
    confirm = State("So you are {{name}}?", choices=["yes", "no"])
    thanks = State("Nice to meet you, {{name}}.", final=True)
    stopped = State("Write {words} to start again.", final=True)
    anywhere = Anywhere()

    greeting.on(text, to=confirm, do=keep_name)
    greeting.on(timeout, to=stopped)
    confirm.on(choice("yes"), to=thanks)
    confirm.on(choice("no"), to=greeting)
    anywhere.on(text("stop"), to=stopped)
'''

CHAT = """# the name is corrected once
flow     {name}

user     {words}
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

user     {words}
bot      What is your name?
wait     24h
bot      Write {words} to start again.
state    stopped
"""

CONFIG = """# `chatbot dev` needs only [bots]: it brings a gateway of its own. Every key: see the README of chatbot.
[gateway]
username = "username"  # of your account at tyntec; the environment holds its password: TYNTEC_PASSWORD
from = "MyCompany"  # who sends: an international number, a short code, or 1 to 11 letters and digits
channels = ["VIBER"]
sms_fallback = true

[webhook]
port = 8000  # the environment holds the secret of the callback URL: CHATBOT_WEBHOOK_SECRET
# public_url = "https://bot.example.org"  # where the gateway reaches you; without it, receipts are asked for

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
    """Write a bot called NAME to start from: bots/NAME.py and its transcript, tests/conversations/NAME.chat.

    config.toml is written where there is none; else the bot is added to its [bots] modules, and all else in it stays.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]+(_[a-z][a-z0-9]+){0,5}", name) or len(name) > 40 or keyword.iskeyword(name):
        raise ConfigError(
            f"{name!r} cannot name a bot; write two small letters or more, as in: chatbot new order_pizza"
        )
    title = name.title().replace("_", "")
    if title in chatbot.__all__:
        raise ConfigError(f"{name!r} cannot name a bot: {title} is a word of every flow; choose another name")
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
    words = {"name": name, "words": name.replace("_", " "), "title": title}
    done = [f"wrote {_write(path, text.format(**words))}" for path, text in files.items()]
    added = not fresh and _add_module(settings, f"bots.{name}")
    done += [f"added bots.{name} to [bots] modules in {_shown(settings)}"] if added else []
    context.show({"wrote": [_shown(path) for path in files], "listed": fresh or added}, "\n".join(done))
    if not fresh and not added:
        context.say(f'write into {_shown(settings)}, in the list of [bots] modules: "bots.{name}"')
    context.say(f"then: {_command('chatbot')} dev, and: {_command('pytest')}{'' if _has_pytest() else ' (install it)'}")


def _project() -> Path:
    try:
        return config.find(Path.cwd()).parent
    except ConfigError:
        return Path.cwd()


def _write(path: Path, text: str) -> str:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{_shown(path)} cannot be written: {error.strerror}") from error
    return _shown(path)


def _add_module(settings: Path, module: str) -> bool:
    """Add ``module`` to [bots] modules; False when that is left to a person."""
    text = with_module(settings.read_text(encoding="utf-8"), module)
    if text is not None:
        _write(settings, text)
    return text is not None


def _command(name: str) -> str:
    """Write how ``name``, which lies beside this Python, is called from here: by its name when it is on the PATH."""
    here = Path(sys.executable).with_name(name)
    found = shutil.which(name)
    return name if found is not None and Path(found) == here else _shown(here)


def _has_pytest() -> bool:
    return importlib.util.find_spec("pytest") is not None


def _shown(path: Path) -> str:
    return os.path.relpath(path)
