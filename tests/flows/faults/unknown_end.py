from chatbot import Embed, Flow, State, done, error, text


async def quote(data: object) -> str:
    return "12.50"


class Street(Flow[None]):
    street = State("Which street?", initial=True)
    given = State("Thank you.", final=True)
    refused = State("All right.", final=True)
    street.on(text("no"), to=refused)
    street.on(text, to=given)


class Mistyped(Flow[None]):
    where = Embed(Street)
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=where)
    where.on(done("refuesd"), to=end)  # fault: unknown-end
    where.on(done, to=end)


class CallsHaveOneEnd(Flow[None]):
    wait = State("One moment.", invoke=quote, initial=True)
    end = State("End.", final=True)
    wait.on(done("ok"), says="Never said.")  # fault: unknown-end
    wait.on(done, to=end)
    wait.on(error, to=end)


class Named(Flow[None]):
    where = Embed(Street)
    ask = State("?", initial=True)
    end = State("End.", final=True)
    ask.on(text, to=where)
    where.on(done("refused"), to=ask)
    where.on(done("given"), to=end)
