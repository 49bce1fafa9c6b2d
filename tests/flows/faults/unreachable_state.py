from chatbot import Embed, Flow, State, done, text


class Lost(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    island = State("Nobody comes here.", final=True)  # fault: unreachable-state
    ask.on(text, to=end)


class LostTogether(Flow[None]):
    ask = State("?", initial=True)
    end = State("End.", final=True)
    here = State("Here?")  # fault: unreachable-state
    there = State("There?")  # fault: unreachable-state
    ask.on(text, to=end)
    here.on(text, to=there)
    there.on(text, to=here)
    there.on(text("end"), to=end)


class Street(Flow[None]):
    street = State("Which street?", initial=True)
    number = State("Which number?")
    known = State("Thank you.", final=True)
    moved = State("Where were we?")
    landing = moved
    moved.on(text, to=number)
    street.on(text, to=number)
    number.on(text, to=known)


class LostEmbed(Flow[None]):
    ask = State("?", initial=True)
    where = Embed(Street)  # fault: unreachable-state
    end = State("End.", final=True)
    ask.on(text, to=end)
    where.on(done, to=end)


class Found(Flow[None]):
    ask = State("?", initial=True)
    where = Embed(Street)
    end = State("End.", final=True)
    landed = State("We have moved on. Write anything.")
    landing = landed
    ask.on(text, to=where)
    where.on(done, to=end)
    landed.on(text, to=ask)


class ComeBack(Flow[None]):
    ask = State("?", initial=True)
    where = Embed(Street)
    old = State("An old question?")
    older = State("An older question?")
    oldest = State("The oldest question?")
    end = State("End.", final=True)
    landing = where
    renamed = {"first": oldest, "split": lambda data: ComeBack.old if data else ComeBack.older}
    ask.on(text, to=end)
    where.on(done, to=end)
    old.on(text, to=end)
    older.on(text, to=end)
    oldest.on(text, to=end)
