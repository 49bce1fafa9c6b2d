"""The simulator as a web application: the gateway's interface, the phone page and the levers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send

from chatbot.simulator import answers, validation
from chatbot.simulator.answers import refusal
from chatbot.simulator.callbacks import Callbacks, OpenTransport
from chatbot.simulator.control import Levers
from chatbot.simulator.delivery import Clock
from chatbot.simulator.guard import Guard
from chatbot.simulator.options import Options
from chatbot.simulator.phone_page import PhonePage
from chatbot.simulator.rest import PREFIX, Rest
from chatbot.simulator.simulator import Simulator

DESCRIPTION = Path(__file__).with_name("openapi.yaml")
"""The gateway's resources in OpenAPI, as the simulator answers them."""


class _Application(Starlette):
    """Starlette, called so that a connection can be broken on purpose."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answers.call_with_transport(super().__call__, scope, receive, send)


def create_app(
    options: Options | None = None, clock: Clock = time.time, *, open_door: OpenTransport | None = None
) -> Starlette:
    """Make the simulator.

    ``clock`` gives seconds since 1970; ``open_door`` opens another transport for callbacks than real HTTP. The
    `Simulator` is ``app.state.simulator``. Callbacks are posted while the lifespan runs.
    """
    simulator = Simulator(options or Options(), clock)
    callbacks = Callbacks(simulator, open_door)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loop = asyncio.create_task(callbacks.run(), name="simulator callbacks")
        try:
            yield
        finally:
            loop.cancel()
            with suppress(asyncio.CancelledError):
                await loop

    phone, levers = Router(PhonePage(simulator).routes()), Router(Levers(simulator, callbacks).routes())
    app = _Application(
        routes=[
            *Rest(simulator, callbacks).routes(),
            Mount("/_control", Guard(levers, simulator.options)),
            Route("/phone", _to_phone),
            Mount("/phone", Guard(phone, simulator.options)),
            Route("/", _to_phone),
            Route("/openapi.yaml", _description),
        ],
        exception_handlers={HTTPException: _refuse, Exception: _unexpected},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.simulator = simulator
    return app


async def _to_phone(_request: Request) -> Response:
    return RedirectResponse("/phone/")


async def _description(_request: Request) -> Response:
    return FileResponse(DESCRIPTION, media_type="application/yaml")


async def _refuse(request: Request, error: Exception) -> Response:
    """Answer an unknown path or method, on the gateway's paths in the manual's words."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if not request.url.path.startswith(PREFIX):
        return PlainTextResponse(f"{status}\n", status, headers)
    text = answers.METHOD if status == 405 else validation.URI_NOT_FOUND
    return refusal(_options(request), status, "", text, headers)


async def _unexpected(request: Request, _error: Exception) -> Response:
    return refusal(_options(request), 500, "", validation.UNEXPECTED)


def _options(request: Request) -> Options:
    simulator: Simulator = request.app.state.simulator
    return simulator.options
