"""The Starlette application: the webhook, and whether this process is well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from chatbot.config import Config
from chatbot.engine.engine import Engine
from chatbot.engine.tokens import Tokens
from chatbot.errors import StoreError
from chatbot.flows.catalogue import Catalogue
from chatbot.http import Transport
from chatbot.store import outbox
from chatbot.store.opener import open_store
from chatbot.tyntec.account import open_gateway
from chatbot.web.webhook import Webhook


def create_app(config: Config, catalogue: Catalogue, transport: Transport | None = None) -> Starlette:
    """Make the application of one bot. Its lifespan opens the store and runs the engine.

    ``transport`` is the way to the gateway; the fast one when left out. Raises ConfigError when a secret is missing.
    """
    secrets = config.webhook.secrets()
    tokens = Tokens(secrets)
    gateway = open_gateway(config.gateway, transport)

    def callback_url(outbox_id: int) -> str | None:
        base = config.webhook.public_url
        return f"{base.rstrip('/')}/callbacks/{secrets[0]}/{tokens.sign(outbox_id)}" if base else None

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        store = await open_store(config.store.url, config.folder)
        engine = Engine(
            store,
            catalogue,
            gateway,
            tokens,
            callback_url=callback_url,
            rate=config.gateway.rate,
            resend_ambiguous=config.gateway.on_ambiguous == "resend",
        )
        webhook = Webhook(engine.intake, tokens, secrets, config.webhook.max_bytes)
        app.state.engine, app.state.webhook = engine, webhook
        await engine.start()
        try:
            yield
        finally:
            await engine.stop()
            await gateway.close()
            await store.close()

    app = Starlette(
        routes=[
            Route("/callbacks/{secret}", _callback, methods=["POST"]),
            Route("/callbacks/{secret}/{token}", _callback, methods=["POST"]),
            Route("/healthz", _alive),
            Route("/readyz", _ready),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirect is no acceptance, and would repeat the secret
    return app


async def _callback(request: Request) -> Response:
    webhook: Webhook = request.app.state.webhook
    return await webhook.receive(request)


async def _alive(_: Request) -> Response:
    return PlainTextResponse("alive\n")


async def _ready(request: Request) -> Response:
    """Ready means: the store can be read. A pause of the sender is told, and is no reason to take no messages."""
    engine: Engine = request.app.state.engine
    try:
        counts = await engine.store.read(outbox.counts)
    except StoreError as error:
        return JSONResponse({"ready": False, "why": str(error)}, status_code=503)
    return JSONResponse({"ready": True, "sending": engine.sender.paused or "yes", "outbox": counts})
