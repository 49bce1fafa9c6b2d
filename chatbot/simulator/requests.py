"""An outbound request that has passed validation: what the bot asked for."""

from __future__ import annotations

from dataclasses import dataclass

VIBER = "VIBER"
FACEBOOK = "FACEBOOK"
SMS = "SMS"
DEFAULT_CHANNELS = (VIBER, FACEBOOK)
"""The order when imChannels is not given (manual, *imChannels*)."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """A request in the gateway's words, typed; "" stands for absent. ``to`` is ``+E.164``; ``ttl`` seconds or None."""

    sender: str
    to: str
    text: str = ""
    image_url: str = ""
    button_caption: str = ""
    button_url: str = ""
    channels: tuple[str, ...] = DEFAULT_CHANNELS
    only_im: bool = False
    ttl: int | None = None
    ttl_text: str = ""
    callback_url: str = ""
    purpose: str = ""

    @property
    def route(self) -> tuple[str, ...]:
        """The channels in the order in which they are tried; SMS last unless deliverOnlyViaIM."""
        return self.channels if self.only_im else (*self.channels, SMS)

    @property
    def shape(self) -> tuple[bool, bool, bool]:
        """Whether there are a text, an image and a button."""
        return bool(self.text.strip()), bool(self.image_url), bool(self.button_caption)

    @property
    def fits_viber(self) -> bool:
        """Whether Viber shows this message type (manual, table *Viber*, *Message types*)."""
        text, image, button = self.shape
        return (text or image) and (not image or text == button)
