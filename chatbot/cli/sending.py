"""The commands that reach a contact or the gateway by hand: send, status, trigger."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from typing import Any

import click

from chatbot import codec, http, phone
from chatbot.cli.context import Context
from chatbot.engine.outside import start_flow
from chatbot.errors import ConfigError, MatrixError, Unreachable
from chatbot.messages import Button, Message, Receipt
from chatbot.tyntec.account import open_gateway


@click.command()
@click.argument("contact")
@click.option("--flow", help="Start this flow for the contact, instead of sending one message.")
@click.option("--set", "fields", multiple=True, metavar="FIELD=VALUE", help="Fill a field of the flow's data.")
@click.option("--key", help="With --flow: the same key has one effect, however often it is said.")
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
def send(
    context: Context, /, contact: str, flow: str | None, fields: tuple[str, ...], key: str | None, **given: Any
) -> None:
    """Send one message to CONTACT, or start a flow for them.

    A message goes out at once and outside every conversation. A flow is started by the server that runs.
    """
    if flow is None:
        asyncio.run(_send_message(context, contact, given))
        return
    settings = context.config()
    values = dict(_field(one) for one in fields)
    fresh = asyncio.run(start_flow(settings, context.catalogue(settings), contact, flow, values, key=key))
    context.show({"started": fresh}, "will be started" if fresh else "was asked for before: nothing to do")


def _field(written: str) -> tuple[str, Any]:
    name, found, value = written.partition("=")
    if not found or not name.isidentifier():
        raise ConfigError(f"--set {written}: write FIELD=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


async def _send_message(context: Context, contact: str, given: dict[str, Any]) -> None:
    settings = context.config().gateway
    try:
        to = phone.from_person(contact)
        channels = given["channels"]
        message = Message(
            given["text"],
            image=given["image"],
            button=Button(*given["button"]) if given["button"] else None,
            purpose=given["purpose"],
            channels=tuple(one.strip().upper() for one in channels.split(",")) if channels else None,
            sms_fallback=given["sms"],
            ttl=given["ttl"],
            ttl_text=given["ttl_text"],
        )
        gateway = open_gateway(settings, sender=given["sender"], dry=given["dry_run"])
        if given["dry_run"]:
            click.echo(gateway.curl(message, to, given["callback_url"]))
            return
        try:
            request_id = await gateway.send(message, to, given["callback_url"])
        finally:
            await gateway.close()
    except (ValueError, MatrixError) as error:
        raise ConfigError(str(error)) from error
    context.show({"requestId": request_id}, request_id)


@click.command()
@click.argument("request_id")
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
@click.argument("url")
@click.option("--from", "contact", default="+491622943176", show_default=True, help="Who writes.")
@click.option("--account", default="customer_account", show_default=True, help="The account written to.")
@click.option("--message", help="What they write.")
@click.option("--request-id", help="The gateway's id; a new one when left out.")
@click.option("--reply-to", help="originalRequestId: the message that it answers, or that the receipt is for.")
@click.option("--receipt", help="Fire a receipt of this state instead: DELIVERED, UNDELIVERABLE, ...")
@click.option("--error-code", default="", help="The receipt's error code.")
@click.option("--channel", default="Viber", show_default=True, help="The receipt's channel; SMS for SMS.")
@click.pass_obj
def trigger(context: Context, /, url: str, **given: Any) -> None:
    """Fire an inbound message or a receipt at URL, as the gateway would."""
    if not given["message"] and not given["receipt"]:
        raise ConfigError("say --message TEXT or --receipt STATE")
    body = _receipt(given) if given["receipt"] else _inbound(given)
    answer = asyncio.run(_post(url, json.dumps(body).encode()))
    accepted = answer in (200, 201, 202)
    context.show(
        {"status": answer, "body": body}, f"{answer} {'accepted' if accepted else 'refused: the gateway repeats it'}"
    )


def _inbound(given: dict[str, Any]) -> dict[str, Any]:
    body = {
        "from": given["contact"],
        "to": given["account"],
        "message": given["message"],
        "sentDate": str(int(time.time() * 1000)),
        "requestId": given["request_id"] or f"trigger-{secrets.token_hex(8)}",
    }
    return {**body, "originalRequestId": given["reply_to"]} if given["reply_to"] else body


def _receipt(given: dict[str, Any]) -> dict[str, Any]:
    request_id = given["reply_to"] or given["request_id"]
    if not request_id:
        raise ConfigError("say --reply-to REQUEST_ID: the message that the receipt is for")
    sms, state = given["channel"].upper() == "SMS", given["receipt"].upper()
    part = {
        "contentExcerpt": "",
        "currency": "EUR",
        "deliveryState": state,
        "deliveryStateDate": int(time.time() * 1000),
        "errorCode": given["error_code"],
        "messagePartId": 1,
    }
    return {
        "deliveryChannel": {"channel": "SMS"} if sms else {"channel": "IM", "ott": given["channel"]},
        "from": given["account"],
        "overallState": state,
        "requestId": request_id,
        "sendParts": [part],
        "size": 1,
        "to": given["contact"],
        "userContext": None,
    }


async def _post(url: str, body: bytes) -> int:
    transport = http.open_transport()
    request = http.Request("POST", url, headers={"Content-Type": "application/json"}, content=body)
    try:
        answer = await transport.handle_async_request(request)
        await answer.aread()
    except http.RequestError as error:
        raise Unreachable(f"{url}: {error}") from error
    finally:
        await transport.aclose()
    return answer.status_code
