from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chatbot import Flow, State, text


@dataclass
class Order:
    price: Decimal = Decimal(0)
    day: date | None = None
    name: str = ""

    @property
    def count(self) -> int:
        return 2


class NoNumber(Flow[Order]):
    ask = State("{name:EUR}?", initial=True)  # fault: unwritable-field
    end = State("{name}", final=True)
    ask.on(text, to=end, says="{price:date}")  # fault: unwritable-field


class NoFormat(Flow[Order]):
    ask = State("{price:euro}?", initial=True)  # fault: unwritable-field
    end = State("{count:date}", final=True)  # fault: unwritable-field
    ask.on(text, to=end)


class Writable(Flow[Order]):
    ask = State("{day:date}: {price:EUR} for {name:>10}?", initial=True)
    end = State("{count:number} of {price:.2f}, {count}", final=True)
    ask.on(text, to=end)
