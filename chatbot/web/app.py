"""The Starlette application: the webhook, and whether this process is well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chatbot.config import Config
from chatbot.engine.engine import Engine
from chatbot.engine.tokens import Tokens
from chatbot.flows.catalogue import Catalogue
from chatbot.http import Transport
from chatbot.store.opener import open_store
from chatbot.tyntec.account import open_gateway
from chatbot.tyntec.client import Gateway
from chatbot.web.readiness import Readiness
from chatbot.web.webhook import Webhook


def create_app(config: Config, catalogue: Catalogue, transport: Transport | None = None) -> Starlette:
    """Make the application of one bot. Its lifespan opens the store and runs the engine.

    ``transport`` is the way to the gateway; the fast one when left out. Raises ConfigError when a secret is missing.
    """
    service = _Service(config, catalogue, open_gateway(config.gateway, transport))
    app = Starlette(
        routes=[
            Route("/callbacks/{secret}", _callback, methods=["POST"]),
            Route("/callbacks/{secret}/", _callback, methods=["POST"]),
            Route("/callbacks/{secret}/{token}", _callback, methods=["POST"]),
            Route("/healthz", _alive),
            Route("/readyz", _ready),
        ],
        lifespan=service.lifespan,
    )
    app.router.redirect_slashes = False  # a redirect is no acceptance, and would repeat the secret
    return app


class _Service:
    """One bot's parts, opened and closed with the application."""

    def __init__(self, config: Config, catalogue: Catalogue, gateway: Gateway) -> None:
        self._config = config
        self._catalogue = catalogue
        self._gateway = gateway
        self._secrets = config.webhook.secrets()
        self._tokens = Tokens(self._secrets)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        config = self._config
        store = await open_store(config.store.url, config.folder)
        engine = Engine(
            store,
            self._catalogue,
            self._gateway,
            self._tokens,
            callback_url=self._callback_url,
            rate=config.gateway.rate,
            resend_ambiguous=config.gateway.on_ambiguous == "resend",
            keep_days=config.store.keep_days,
        )
        app.state.engine = engine
        app.state.readiness = Readiness(engine)
        app.state.webhook = Webhook(
            engine.intake, engine.complaints, self._tokens, self._secrets, config.webhook.max_bytes
        )
        await engine.start()
        try:
            yield
        finally:
            await engine.stop()
            await self._gateway.close()
            await store.close()

    def _callback_url(self, outbox_id: int) -> str | None:
        """Make the URL for the receipts of one message; None lets the account's own URL be used."""
        base = self._config.webhook.public_url
        return f"{base}/callbacks/{self._secrets[0]}/{self._tokens.sign(outbox_id)}" if base else None


async def _callback(request: Request) -> Response:
    webhook: Webhook = request.app.state.webhook
    return await webhook.receive(request)


async def _alive(_: Request) -> Response:
    return PlainTextResponse("alive\n")


async def _ready(request: Request) -> Response:
    readiness: Readiness = request.app.state.readiness
    return await readiness.answer()
