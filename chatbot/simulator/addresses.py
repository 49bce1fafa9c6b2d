"""Where receipts and inbound messages are posted."""

from __future__ import annotations

from urllib.parse import urlsplit

from chatbot.errors import ConfigError


def is_url(url: str) -> bool:
    """Tell whether ``url`` is ``http(s)://host(:port)`` with anything printable behind it."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
            and url.isprintable()
            and " " not in url
        )
    except ValueError:
        return False


def checked(name: str, url: str) -> str:
    """Give ``url``, or "" for none. Raises ConfigError, naming ``name`` and what to write."""
    if url and not is_url(url):
        raise ConfigError(f"{name}: {url!r} is no URL; write http://host or https://host, with a path if need be")
    return url
