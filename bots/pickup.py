"""Book a parcel pickup: what, where, a price and a confirmation."""

from dataclasses import dataclass

from chatbot import (
    Anywhere,
    Button,
    Flow,
    Message,
    State,
    Turn,
    choice,
    done,
    error,
    failed,
    minutes,
    previous,
    text,
    timeout,
)

VAN = "https://example.org/van.jpg"
PRICES = {"parcel": "12.50", "letter": "4.80"}


@dataclass
class Booking:
    kind: str = ""
    address: str = ""
    price: str = ""


def is_served(turn: Turn[Booking]) -> bool:
    return turn.text.strip().casefold().endswith("berlin")


def keep_kind(turn: Turn[Booking]) -> None:
    turn.data.kind = turn.choice


def keep_address(turn: Turn[Booking]) -> None:
    turn.data.address = turn.text.strip()


def keep_price(turn: Turn[Booking]) -> None:
    turn.data.price = turn.result


async def quote(data: Booking) -> str:
    """A stand-in for a price service; a real one would await an HTTP client here."""
    return PRICES[data.kind]


class Pickup(Flow[Booking], keyword="pickup"):
    """Two questions, a price and a confirmation."""

    kind = State("Parcel or letter?", choices=["parcel", "letter"], initial=True)
    address = State("Where do we collect the {kind}?", timeout=minutes(30))
    pricing = State(invoke=quote)
    confirm = State("Collect the {kind} at {address} for {price} EUR?", choices=["yes", "no"])
    booked = State(Message("Booked.", image=VAN, button=Button("Track", "https://example.org/t")), final=True)
    lapsed = State("Write pickup to start again.", final=True)
    on_call = State(final=True)
    anywhere = Anywhere()

    kind.on(choice, to=address, do=keep_kind)
    address.on(text, to=pricing, when=is_served, do=keep_address)
    address.on(text, says="Sorry, only Berlin so far.")
    address.on(timeout, to=lapsed)
    pricing.on(done, to=confirm, do=keep_price)
    pricing.on(error, to=on_call)
    confirm.on(choice("yes"), to=booked)
    confirm.on(choice("no"), to=address)
    booked.on(failed, to=on_call)

    anywhere.on(text("cancel"), to=lapsed)
    anywhere.on(text("back"), to=previous)
