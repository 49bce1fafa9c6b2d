from chatbot import Flow, State, text
from chatbot.flows.catalogue import Catalogue


class Order(Flow[None], keyword="order", formerly="purchase"):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)


class Booking(Flow[None], keyword="book", formerly=("order", "reservation")):  # fault: idle-former
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)


BOT = Catalogue([Order, Booking])
