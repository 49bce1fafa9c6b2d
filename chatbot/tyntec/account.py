"""The gateway as config.toml describes it."""

from __future__ import annotations

from dataclasses import replace

from chatbot.config import GatewayConfig
from chatbot.errors import ConfigError
from chatbot.http import Transport, open_transport
from chatbot.tyntec.client import Gateway


def open_gateway(
    settings: GatewayConfig, transport: Transport | None = None, *, sender: str | None = None, dry: bool = False
) -> Gateway:
    """Make the client of one account, over the fast transport unless told otherwise. Close it with ``close``.

    ``sender`` takes the place of the configured one; ``dry`` needs no password, and sends with none.

    Raises ConfigError when the password or something else that sending needs is not set, or the URL has no real host.
    """
    settings = replace(settings, sender=sender or settings.sender)
    settings.require(password=not dry)
    password = "" if dry else settings.password().reveal()
    try:
        return Gateway(
            transport=transport or open_transport(total=settings.timeout),
            url=settings.url,
            username=settings.username,
            password=password,
            sender=settings.sender,
            channels=settings.channels,
            sms_fallback=settings.sms_fallback,
            purpose=settings.purpose,
        )
    except ValueError as error:
        raise ConfigError(f"gateway.url: {settings.url} cannot be called: {error}") from error
