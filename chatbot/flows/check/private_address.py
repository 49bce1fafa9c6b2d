"""A picture or a button that only this machine or this network could open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

from chatbot.flows.check.finding import Finding
from chatbot.flows.check.written import said
from chatbot.flows.compile import CompiledFlow
from chatbot.flows.says import static_messages


def find(flow: CompiledFlow) -> Iterator[Finding]:
    """Report each image and each button whose host is local, private or without a domain."""
    for one in said(flow):
        for message in static_messages(one.says):
            for url in filter(None, (message.image, message.button.url if message.button else None)):
                if _is_inside(urlsplit(url).hostname or ""):
                    advice = "write an address that the contact's phone can reach"
                    yield Finding(one.at, "private-address", f"{one.what}: no phone can open {url}", advice)


def _is_inside(host: str) -> bool:
    with suppress(ValueError):
        return not ip_address(host).is_global
    return "." not in host.rstrip(".") or host.endswith((".localhost", ".local", ".internal"))
