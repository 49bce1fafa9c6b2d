from chatbot import Embed, Flow, State, done, text


class Street(Flow[None]):
    street = State("Which street?", initial=True)
    given = State("Thank you.", final=True)
    refused = State("All right.", final=True)
    street.on(text("no"), to=refused)
    street.on(text, to=given)


class OneOfTwo(Flow[None]):
    where = Embed(Street)  # fault: unheard-end
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=where)
    where.on(done("given"), to=end)


class Sometimes(Flow[None]):
    where = Embed(Street)  # fault: unheard-end
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=where)
    where.on(done, to=end, when=lambda turn: turn.ended == "given")


class SometimesAndElse(Flow[None]):
    where = Embed(Street)
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=where)
    where.on(done("given"), to=end, when=lambda turn: turn.now.hour > 20)
    where.on(done, to=ask)


class AnyEnd(Flow[None]):
    where = Embed(Street)
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=where)
    where.on(done("given"), to=end)
    where.on(done, to=ask)
