from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, StrEnum

from chatbot import Flow, Plural, State, text


class Size(Enum):
    SMALL = "small"


class Speed(StrEnum):
    FAST = "fast"


@dataclass
class Street:
    name: str = ""


@dataclass
class Town:
    name: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass
class Order:
    price: Decimal = Decimal(0)
    day: date = date.min
    night: date | None = None
    nights: int | None = None
    name: str = ""
    tip: int | str = ""
    hours: list[str] = field(default_factory=list)
    street: Street = field(default_factory=Street)
    town: Town = field(default_factory=Town)
    other: Town | None = None
    size: Size = Size.SMALL
    speed: Speed = Speed.FAST

    @property
    def count(self) -> int:
        return 2

    @property
    def rate(self) -> Decimal | None:
        return None


class NoNumber(Flow[Order]):
    ask = State("{name:EUR}?", initial=True)  # fault: unwritable-field
    end = State("{name}", final=True)
    ask.on(text, to=end, says="{price:date}")  # fault: unwritable-field


class NoFormat(Flow[Order]):
    ask = State("{price:euro}?", initial=True)  # fault: unwritable-field
    end = State("{count:date}", final=True)  # fault: unwritable-field
    ask.on(text, to=end)


class PerhapsNone(Flow[Order]):
    ask = State("On {night:date}?", initial=True)  # fault: unwritable-field
    more = State(Plural("{nights} night", "{nights} nights", of="nights"))  # fault: unwritable-field
    end = State("For {rate:EUR}", final=True)  # fault: unwritable-field
    ask.on(text, to=more)
    more.on(text, to=end)


class NothingToCount(Flow[Order]):
    ask = State(Plural("{name} night", "{name} nights", of="name"), initial=True)  # fault: unwritable-field
    end = State(Plural("{count} night", "{count} nights", of="day"), final=True)  # fault: unwritable-field
    ask.on(text, to=end)


class PythonsOwn(Flow[Order]):
    ask = State("At {hours}?", initial=True)  # fault: unwritable-field
    size = State("A {size} one?")  # fault: unwritable-field
    end = State("In {street}.", final=True)  # fault: unwritable-field
    ask.on(text, to=size)
    size.on(text, to=end)


class Writable(Flow[Order]):
    ask = State("{day:date}: {price:EUR} for {name:>10} in {town}, {other}, {speed}?", initial=True)
    more = State(Plural("{count} for {price}, {tip:EUR}", "{count} for {price}", of="count"))
    most = State(Plural("{price:EUR}", "{price:EUR}", of="price"))
    end = State("{count:number} of {price:.2f}, {count}, {nights}", final=True)
    ask.on(text, to=more)
    more.on(text, to=most)
    most.on(text, to=end)
