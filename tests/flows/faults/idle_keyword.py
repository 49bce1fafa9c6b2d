from chatbot import Embed, Flow, State, done, text
from chatbot.flows.catalogue import Catalogue


class Street(Flow[None], keyword="street"):  # fault: idle-keyword
    street = State("Which street?", initial=True)
    given = State(final=True)
    street.on(text, to=given)


class Town(Flow[None], keyword="town"):
    town = State("Which town?", initial=True)
    given = State(final=True)
    town.on(text, to=given, says="Thank you.")


class Order(Flow[None], keyword="order"):
    ask = State("?", initial=True)
    where = Embed(Street)
    town = Embed(Town)
    end = State("End.", final=True)
    ask.on(text, to=where)
    where.on(done, to=town)
    town.on(done, to=end)


class Hours(Flow[None], keyword=(), interrupts=True):  # fault: idle-keyword
    told = State("From nine to five.", initial=True, final=True)


BOT = Catalogue([Order, Town, Hours])
