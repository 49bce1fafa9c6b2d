from chatbot import Anywhere, Flow, State, again, choice, text
from chatbot.flows.catalogue import Catalogue


class Help(Flow[None], keyword=("help", "2"), interrupts=True):
    told = State("Ask away.", initial=True, final=True)


class Hours(Flow[None], keyword="hours"):
    told = State("From nine to five.", initial=True, final=True)


class Order(Flow[None], keyword="order"):
    ask = State("?", choices=["buy", "sell"], initial=True)  # fault: stolen-word
    more = State("More?", choices=["helping", "help!"])  # fault: stolen-word
    end = State("End.", final=True)
    anywhere = Anywhere()
    ask.on(choice, to=more)
    more.on(choice, to=end)
    anywhere.on(text("Help "), to=again)  # fault: stolen-word
    anywhere.on(text("hours"), says="From nine to five.")
    anywhere.on(text("order"), to=ask)


BOT = Catalogue([Order, Help, Hours])
