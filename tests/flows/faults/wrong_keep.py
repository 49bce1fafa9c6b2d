from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from chatbot import Choice, Date, Email, Embed, Flow, Number, State, YesNo, answer, choice, done, error, keep, text


@dataclass
class Person:
    name: str = ""


@dataclass
class Town:
    street: str = ""


@dataclass
class Order:
    count: int = 0
    price: Decimal = Decimal(0)
    day: date | None = None
    urgent: bool = False
    mail: str = ""
    free: list[str] = field(default_factory=list)
    person: Person = field(default_factory=Person)
    town: Town = field(default_factory=Town)


async def hours(_order: Order) -> list[str]:
    return ["08:30"]


async def quote(_order: Order) -> str:
    return "12.50"


class Who(Flow[Person]):
    ask = State("Who?", initial=True)
    end = State(final=True)
    ask.on(text, to=end, do=keep("name"))


class Crossed(Flow[Order]):
    count = State("How many?", ask=Number(), initial=True)
    day = State("When?", ask=Date())
    urgent = State("Urgent?", ask=YesNo())
    size = State("Which size?", choices=[Choice(1, "small"), Choice("XL", "large")])
    mail = State("Where to?", ask=Email())
    end = State("End.", final=True)
    count.on(answer, to=day, do=keep("mail"))  # fault: wrong-keep
    day.on(answer, to=urgent, do=keep("count"))  # fault: wrong-keep
    urgent.on(answer, to=size, do=keep("day"))  # fault: wrong-keep
    size.on(choice, to=mail, do=keep("count"))  # fault: wrong-keep
    mail.on(answer, to=end, do=keep("urgent"))  # fault: wrong-keep
    mail.on(text("none"), to=end, do=keep("price"))  # fault: wrong-keep


class WrongResults(Flow[Order]):
    calls = State(invoke=hours, says="One moment.", initial=True)
    who = Embed(Who)
    end = State("End.", final=True)
    calls.on(done, to=who, do=keep("count"))  # fault: wrong-keep
    calls.on(error, to=end)
    who.on(done, to=end, do=keep("mail"))  # fault: wrong-keep


class OtherData(Flow[Order]):
    who = Embed(Who, initial=True)
    end = State("End.", final=True)
    who.on(done, to=end, do=keep("town"))  # fault: wrong-keep


class RightResults(Flow[Order]):
    calls = State(invoke=hours, says="One moment.", initial=True)
    counts = State(invoke=quote, says="One moment.")
    who = Embed(Who)
    end = State("End.", final=True)
    calls.on(done, to=counts, do=keep("free"))
    calls.on(error, to=end)
    counts.on(done, to=who, do=keep("price"))
    counts.on(error, to=end)
    who.on(done, to=end, do=keep("person"))


class Straight(Flow[Order]):
    count = State("How many?", ask=Number(), initial=True)
    day = State("When?", ask=Date())
    urgent = State("Urgent?", ask=YesNo())
    size = State("Which size?", choices=[Choice(1, "small"), Choice("XL", "large")])
    mail = State("Where to?", ask=Email())
    end = State("End.", final=True)
    count.on(answer, to=day, do=keep("count"))
    day.on(answer, to=urgent, do=keep("day"))
    urgent.on(answer, to=size, do=keep("urgent"))
    size.on(choice(1), to=mail, do=keep("count"))
    size.on(choice, to=mail, do=keep("mail"))
    mail.on(answer, to=end, do=keep("mail"))
    mail.on(text("none"), to=end, do=keep("mail"))
