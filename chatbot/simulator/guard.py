"""Who may use the phone page and the levers: this machine, under names that it has."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chatbot.simulator.options import Options


class Guard:
    """Wraps an app. Refuses other machines, foreign Host names (DNS rebinding) and other sites' pages (Origin)."""

    def __init__(self, app: ASGIApp, options: Options) -> None:
        self._app = app
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403 with what to do."""
        reason = self._reason(Request(scope)) if scope["type"] == "http" else ""
        if reason:
            await PlainTextResponse(reason + "\n", 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _reason(self, request: Request) -> str:
        host = request.headers.get("host", "")
        if _name(host) not in self._options.allowed_hosts:
            return "This Host name is not allowed. Start the simulator with the option allowed_hosts."
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return "Pages of other sites may not use the simulator."
        if self._options.loopback_only and not _is_loopback(request.client.host if request.client else ""):
            return "Only this machine may look in here. Start the simulator with the option loopback_only=no."
        return ""


def _name(host: str) -> str | None:
    """Give the name in a Host header, without the port; None when it cannot be read."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
