from chatbot import Button, Flow, Message, State, text

SHOP = Button("Shop", "https://shop.example.org")


class Inside(Flow[None]):
    local = State(Message(image="http://localhost:8000/van.jpg"), initial=True)  # fault: private-address
    loopback = State(Message("Look.", button=Button("Open", "http://127.0.0.1/a")))  # fault: private-address
    ipv6 = State(Message("Look.", button=Button("Open", "http://[fd00::1]/a")))  # fault: private-address
    metadata = State(Message(image="http://169.254.169.254/latest"))  # fault: private-address
    intranet = State(["Look.", Message("Here.", image="http://files/a", button=SHOP)])  # fault: private-address
    end = State("End.", final=True)
    local.on(text("said"), says=Message(image="https://printer.local/a"))  # fault: private-address
    local.on(text, to=loopback)
    loopback.on(text, to=ipv6)
    ipv6.on(text, to=metadata)
    metadata.on(text, to=intranet)
    intranet.on(text, to=end)


class Outside(Flow[None]):
    domain = State(Message("Look.", image="https://cdn.example.org/a", button=SHOP), initial=True)
    number = State(Message(image="https://9.9.9.9/a"))
    built = State(lambda turn: Message(image=turn.text))
    end = State("End.", final=True)
    domain.on(text, to=number)
    number.on(text, to=built)
    built.on(text, to=end)
