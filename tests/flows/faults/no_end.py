from chatbot import Flow, State, days, text, timeout


class Roundabout(Flow[None]):
    ask = State("?", initial=True)
    left = State("Left?")  # fault: no-end
    right = State("Right?")  # fault: no-end
    end = State("End.", final=True)
    ask.on(text("end"), to=end)
    ask.on(text, to=left)
    left.on(text, to=right)
    right.on(text, to=left)


class Menu(Flow[None]):
    news = State("The news.", initial=True)
    sports = State("The sports.")
    news.on(text, to=sports)
    sports.on(text, to=news)


class WayOut(Flow[None]):
    ask = State("?", initial=True)
    left = State("Left?")
    right = State("Right?", timeout=days(1))
    end = State("End.", final=True)
    ask.on(text, to=left)
    left.on(text, to=right)
    right.on(text, to=left)
    right.on(timeout, to=end)
