from chatbot import Embed, Flow, State, done, text
from chatbot.flows.catalogue import Catalogue


class Main(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)


class Forgotten(Flow[None]):  # fault: unstartable-flow
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)


class Campaign(Flow[None], keyword=()):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=end)


class Street(Flow[None]):
    street = State("Which street?", initial=True)
    given = State("Thank you.", final=True)
    street.on(text, to=given)


class Order(Flow[None], keyword=("order", "buy")):
    ask = State("?", initial=True)
    where = Embed(Street)
    end = State("End.", final=True)
    ask.on(text, to=where)
    where.on(done, to=end)


BOT = Catalogue([Main, Forgotten, Campaign, Street, Order])
