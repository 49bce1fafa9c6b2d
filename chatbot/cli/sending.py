"""The commands that reach a contact, the gateway or a bot by hand: send, status, trigger."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from chatbot import codec, viber
from chatbot.cli.arguments import read_contact, text
from chatbot.cli.context import FINDINGS, Context
from chatbot.config import Config
from chatbot.engine.outside import start_flow
from chatbot.errors import Ambiguous, ConfigError, Unreachable
from chatbot.http import NOT_CONNECTED
from chatbot.messages import Button, Message, Receipt, ReceiptState
from chatbot.simulator import by_hand
from chatbot.simulator.requests import FACEBOOK, SMS, VIBER
from chatbot.simulator.schedule import Callback
from chatbot.tyntec.account import open_gateway


@click.command()
@click.argument("contact")
@click.option("--flow", type=text, help="Start this flow for the contact, instead of sending one message.")
@click.option(
    "--set", "fields", type=text, multiple=True, metavar="FIELD=VALUE", help="Fill a field of the flow's data."
)
@click.option("--key", type=text, help="With --flow: the same key has one effect, however often it is said.")
@click.option("--text", default="", help="The message's text.")
@click.option("--image", help="URL of an image.")
@click.option("--button", nargs=2, metavar="CAPTION URL", help="A button that opens a URL.")
@click.option("--channels", help="VIBER, FACEBOOK or both, in the order they are tried.")
@click.option("--sms/--no-sms", default=None, help="Whether SMS is tried when they fail.")
@click.option("--ttl", type=int, help="Seconds that the message is valid, 30 to 86400.")
@click.option("--ttl-text", help="Shown instead when it arrives later.")
@click.option("--purpose", type=click.Choice(["transaction", "promotion"]), help="Viber's purpose of the message.")
@click.option("--from", "sender", help="The sender, instead of config.toml's.")
@click.option("--callback-url", help="Where receipts of this message go.")
@click.option("--dry-run", is_flag=True, help="Print the request as a curl command; send nothing.")
@click.pass_obj
@click.pass_context
def send(
    ctx: click.Context,
    context: Context,
    /,
    contact: str,
    flow: str | None,
    fields: tuple[str, ...],
    key: str | None,
    **given: Any,
) -> None:
    """Send one message to CONTACT, or start a flow for them.

    A message goes out at once and outside every conversation. A flow is started by the server that runs.
    """
    settings = context.config()
    to = read_contact(contact)
    if flow is None:
        if fields or key:
            raise ConfigError("--set and --key belong to a flow: say --flow NAME too")
        asyncio.run(_send_message(context, settings, to, given))
        return
    if any(ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in given):
        raise ConfigError("--flow starts a flow, which knows itself what to say: use only --set and --key with it")
    values = dict(_field(one) for one in fields)
    fresh = asyncio.run(start_flow(settings, context.catalogue(settings), to, flow, values, key=key))
    context.show({"started": fresh}, "will be started" if fresh else "was asked for before: nothing to do")


def _field(written: str) -> tuple[str, Any]:
    name, found, value = written.partition("=")
    if not found or not name.isidentifier():
        raise ConfigError(f"--set {written}: write FIELD=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


async def _send_message(context: Context, settings: Config, to: str, given: dict[str, Any]) -> None:
    message = _message(given)
    gateway = open_gateway(settings.gateway, sender=message.sender, dry=given["dry_run"])
    try:
        if given["dry_run"]:
            command = gateway.curl(message, to, given["callback_url"], revealed_by=_password(settings))
            context.show({"curl": command}, command)
            return
        request_id = await gateway.send(message, to, given["callback_url"])
    except Ambiguous as error:
        raise Ambiguous(f"{error}; perhaps it was sent all the same: look before you send it again") from error
    finally:
        await gateway.close()
    context.show({"requestId": request_id}, request_id)


def _message(given: dict[str, Any]) -> Message:
    """Make the message, as the manual's parameters say it. Raises MatrixError for one that would be refused."""
    channels = given["channels"]
    message = Message(
        given["text"],
        image=given["image"],
        button=Button(*given["button"]) if given["button"] else None,
        purpose=given["purpose"],
        channels=tuple(one.strip().upper() for one in channels.split(",")) if channels is not None else None,
        sms_fallback=given["sms"],
        ttl=given["ttl"],
        ttl_text=given["ttl_text"],
        sender=given["sender"],
    )
    viber.check(message)
    return message


def _password(settings: Config) -> str:
    """Say in the shell's words where the password is: where the configuration finds it."""
    variable, file = settings.gateway.password_env, settings.gateway.password_file
    if file and not os.environ.get(variable):
        return f'"$(cat {shlex.quote(str(settings.folder / file))})"'
    is_name = variable.isascii() and variable.isidentifier()
    return f'"${variable}"' if is_name else f'"$(printenv {shlex.quote(variable)})"'


@click.command()
@click.argument("request_id", type=text)
@click.pass_obj
def status(context: Context, request_id: str) -> None:
    """Ask the gateway what became of the message REQUEST_ID."""

    async def ask() -> Receipt:
        gateway = open_gateway(context.config().gateway)
        try:
            return await gateway.status(request_id)
        finally:
            await gateway.close()

    receipt = asyncio.run(ask())
    lines = [f"{receipt.word}  {receipt.channel or ''}  {receipt.error_code}".rstrip()]
    for number, part in enumerate(receipt.parts, 1):
        lines.append(
            f"  part {number}: {part.state.value}  {part.at or ''}  {part.price or ''} {part.currency or ''}".rstrip()
        )
    context.show(codec.plain(receipt), "\n".join(lines))


@click.command()
@click.argument("url", type=text)
@click.option("--from", "contact", default="+491622943176", show_default=True, help="Who writes, or was written to.")
@click.option("--account", type=text, default="customer_account", show_default=True, help="The account written to.")
@click.option("--message", type=text, help="What they write.")
@click.option("--request-id", type=text, help="The gateway's id of the message; a new one when left out.")
@click.option(
    "--reply-to", type=text, help="originalRequestId: the message that it answers, or that the receipt is for."
)
@click.option("--receipt", type=text, help="Fire a receipt instead: DELIVERED, UNDELIVERABLE, ... or any word.")
@click.option("--error-code", type=text, default="", help="The receipt's error code.")
@click.option(
    "--channel",
    type=click.Choice([VIBER, FACEBOOK, SMS], case_sensitive=False),
    default=VIBER,
    show_default=True,
    help="The receipt's channel.",
)
@click.pass_obj
@click.pass_context
def trigger(ctx: click.Context, context: Context, /, url: str, **given: Any) -> None:
    """Fire an inbound message or a receipt at URL, as the gateway would: once. Exit status 1 when it is refused."""
    place = _place(url)
    callback = _callback(context, url, given)
    outcome = asyncio.run(by_hand.fire(callback))
    if outcome.error in _NOT_CONNECTED:
        raise Unreachable(f"no connection to {place}: does a server listen there?")
    if outcome.status is None:
        raise Unreachable(f"{place} {outcome}")
    result = {"status": outcome.status, "accepted": outcome.accepted, "body": json.loads(callback.body)}
    words = "accepted" if outcome.accepted else "refused: the gateway accepts 200, 201 and 202"
    context.show(result, f"{outcome.status} {words}")
    ctx.exit(0 if outcome.accepted else FINDINGS)


_NOT_CONNECTED = [error.__name__ for error in NOT_CONNECTED]


def _callback(context: Context, url: str, given: dict[str, Any]) -> Callback:
    if (given["message"] is None) == (given["receipt"] is None):
        raise ConfigError("say either --message TEXT or --receipt STATE")
    number = read_contact(given["contact"])
    if given["receipt"] is None:
        return by_hand.message(
            url, number, given["account"], given["message"], request_id=given["request_id"], reply_to=given["reply_to"]
        )
    request_id, state = given["reply_to"] or given["request_id"], given["receipt"].upper()
    if not request_id:
        raise ConfigError("say --reply-to REQUEST_ID: the message that the receipt is for")
    if state not in _STATES:
        near = "".join(f"; did you mean {one}?" for one in get_close_matches(state, _STATES, 1))
        context.say(
            f"{state} is no state of the manual{near or '.'} It is fired all the same, and a bot takes it as not final."
        )
    return by_hand.receipt(url, number, request_id, state, channel=given["channel"], error_code=given["error_code"])


_STATES = [state.value for state in ReceiptState if state is not ReceiptState.UNKNOWN]


def _place(url: str) -> str:
    """Give scheme and host of ``url``: its path holds a secret, and is not for the screen. Raises ConfigError."""
    if not viber.is_url(url):
        raise ConfigError("this is no URL that can be called; write it as http://127.0.0.1:8000/callbacks/SECRET")
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
