from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chatbot import Choice, Date, Email, Flow, Number, State, YesNo, answer, choice, keep, text


@dataclass
class Order:
    count: int = 0
    price: Decimal = Decimal(0)
    day: date | None = None
    urgent: bool = False
    mail: str = ""


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
