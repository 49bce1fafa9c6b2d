"""Starting a flow from outside: a shop's checkout, a cron job, a shell. It takes no HTTP and no running server."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

from chatbot import codec, phone
from chatbot.config import Config
from chatbot.errors import ConfigError
from chatbot.events import Start
from chatbot.flows.catalogue import Catalogue
from chatbot.store import inbox
from chatbot.store.opener import open_store
from chatbot.store.protocol import NewEvent


async def start_flow(
    settings: Config,
    catalogue: Catalogue,
    contact: str,
    flow: str,
    fields: Mapping[str, Any] | None = None,
    *,
    key: str | None = None,
) -> bool:
    """Ask that ``flow`` be started for ``contact`` with ``fields`` of its data; the server does it when it runs.

    A live conversation is interrupted and returned to. Calls with the same ``key`` have one effect: give one that your
    own records know, and a call may be repeated after a crash. Gives False when the key was known already.
    Raises ConfigError for an unknown flow, a field that is unknown or does not fit, a number that is none; StoreError.
    """
    try:
        number = phone.from_person(contact)
        catalogue.find(flow).new_data(fields)
    except (ValueError, codec.CodecError) as error:
        raise ConfigError(str(error)) from error
    event = NewEvent(
        contact=number,
        account=settings.gateway.account,
        kind="start",
        key=key or secrets.token_urlsafe(16),
        payload=codec.dumps(Start(flow, dict(fields or {}))),
        at=time.time(),
    )
    store = await open_store(settings.store.url, settings.folder, drives=False)
    try:
        return await store.write(inbox.accept, event) is not None
    finally:
        await store.close()
