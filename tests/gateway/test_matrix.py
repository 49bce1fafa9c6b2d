"""The table "Viber" of the manual (Step 1): message types and lengths, held by both sides over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatbot.errors import Rejected
from chatbot.messages import Button, Message
from chatbot.tyntec.client import Gateway

# What the fixtures of conftest.py give.
OpenSite = Callable[..., Any]
Connect = Callable[..., Gateway]

NUMBER = "+491622943176"
IMAGE = "https://example.org/van.jpg"
TRACK = Button("Track", "https://example.org/t")
TRUCK = "\N{DELIVERY TRUCK}"
TYPES = {
    "Text only": (Message("Booked."), True),
    "Image only": (Message(image=IMAGE), True),
    "Text + image": (Message("Booked.", image=IMAGE), False),
    "Text + button": (Message("Booked.", button=TRACK), True),
    "Image + button": (Message(image=IMAGE, button=TRACK), False),
    "Text + image + button": (Message("Booked.", image=IMAGE, button=TRACK), True),
    "Button only": (Message(button=TRACK), False),
}


def raw(message: Message) -> dict[str, Any]:
    """Write a message as its parameters, whatever Viber's rules say."""
    button = message.button
    return {
        "message": message.text or None,
        "imageUrl": message.image,
        "buttonCaption": button.caption if button else None,
        "buttonActionUrl": button.url if button else None,
    }


@pytest.mark.parametrize("name", TYPES)
async def test_a_type_that_viber_shows_is_sent_and_taken_and_another_is_neither(
    name: str, open_site: OpenSite, connect: Connect
) -> None:
    message, shown = TYPES[name]
    site = open_site()
    answer = await site.send(**raw(message))
    assert answer.status_code == (200 if shown else 400)
    assert len(await site.phone()) == shown
    if shown:
        assert await connect(site).send(message, NUMBER, None)
    else:
        with pytest.raises(Rejected, match="not sent"):
            await connect(site).send(message, NUMBER, None)
    assert len(await site.sends()) == 2 * shown


@pytest.mark.parametrize("name", [name for name, (_, shown) in TYPES.items() if not shown and name != "Button only"])
async def test_a_gateway_that_leaves_the_types_to_viber_takes_them_and_reports_rejected(
    name: str, open_site: OpenSite
) -> None:
    site = open_site(matrix="reject")
    parameters = raw(TYPES[name][0])
    request_id = (await site.send(**parameters, imChannels="VIBER", deliverOnlyViaIM=True)).json()["requestId"]
    assert (await site.ask(request_id))["overallState"] == "REJECTED"


def of_length(url: int) -> str:
    return "https://example.org/".ljust(url, "x")


LENGTHS = {
    "message-1000": (Message("x" * 1000), True),
    "message-1001": (Message("x" * 1001), False),
    "message-500-emoji": (Message(TRUCK * 500), True),
    "message-501-emoji": (Message(TRUCK * 501), False),
    "caption-30": (Message("Hi", button=Button("c" * 30, TRACK.url)), True),
    "caption-31": (Message("Hi", button=Button("c" * 31, TRACK.url)), False),
    "caption-15-emoji": (Message("Hi", button=Button(TRUCK * 15, TRACK.url)), True),
    "caption-16-emoji": (Message("Hi", button=Button(TRUCK * 16, TRACK.url)), False),
    "imageUrl-62": (Message(image=of_length(62)), True),
    "imageUrl-63": (Message(image=of_length(63)), False),
    "buttonActionUrl-62": (Message("Hi", button=Button("Track", of_length(62))), True),
    "buttonActionUrl-63": (Message("Hi", button=Button("Track", of_length(63))), False),
    "ttl-29": (Message("Hi", ttl=29), False),
    "ttl-30": (Message("Hi", ttl=30), True),
    "ttl-86400": (Message("Hi", ttl=86_400), True),
    "ttl-86401": (Message("Hi", ttl=86_401), False),
}


@pytest.mark.parametrize("name", LENGTHS)
async def test_each_length_is_held_to_the_last_character_by_both_sides(
    name: str, open_site: OpenSite, connect: Connect
) -> None:
    message, fits = LENGTHS[name]
    site = open_site()
    assert (await site.send(**raw(message), ttl=message.ttl)).status_code == (200 if fits else 400)
    if fits:
        assert await connect(site).send(message, NUMBER, None)
    else:
        with pytest.raises(Rejected, match="not sent"):
            await connect(site).send(message, NUMBER, None)


async def test_a_gateway_that_counts_characters_takes_what_the_client_would_never_send(open_site: OpenSite) -> None:
    site = open_site(length_unit="characters")
    assert (await site.send(message=TRUCK * 1000)).status_code == 200
    assert (await site.send(message=TRUCK * 1001)).status_code == 400


URLS = {
    "https://example.org/van.jpg": True,
    "http://example.org:8080/van.jpg?size=s#top": True,
    "https://[::1]/van.jpg": True,
    "example.org/van.jpg": False,
    "ftp://example.org/van.jpg": False,
    "javascript:alert(1)": False,
    "https:///van.jpg": False,
    "https://example.org/my van.jpg": False,
    "van": False,
}


@pytest.mark.parametrize("parameter", ["imageUrl", "buttonActionUrl"])
@pytest.mark.parametrize("url", URLS)
async def test_a_valid_url_is_taken_by_both_sides_and_another_by_neither(
    url: str, parameter: str, open_site: OpenSite, connect: Connect
) -> None:
    message = Message(image=url) if parameter == "imageUrl" else Message("Hi", button=Button("Track", url))
    site = open_site()
    answer = await site.send(**raw(message))
    if URLS[url]:
        assert answer.status_code == 200
        assert await connect(site).send(message, NUMBER, None)
    else:
        assert answer.json()["responseText"] == f"The parameter {parameter} is invalid."
        with pytest.raises(Rejected, match=r"not sent: (image|button) URL"):
            await connect(site).send(message, NUMBER, None)
    assert len(await site.sends()) == 2 * URLS[url]


@pytest.mark.parametrize("sender", ["+491622943176", "12345", "ElevenChars", "TwelveLetter", "My Company", "+49x", ""])
async def test_a_sender_is_a_number_a_short_code_or_up_to_11_letters_and_digits_on_both_sides(
    sender: str, open_site: OpenSite, connect: Connect
) -> None:
    site = open_site()
    taken = (await site.send(**{"from": sender})).status_code == 200
    assert taken == (sender in ("+491622943176", "12345", "ElevenChars"))
    if taken:
        await connect(site, sender=sender).send(Message("Hi"), NUMBER, None)
    else:
        with pytest.raises(Rejected, match="not sent: sender"):
            await connect(site, sender=sender).send(Message("Hi"), NUMBER, None)
    assert len(await site.sends()) == 2 * taken


@pytest.mark.parametrize("to", ["+491622943176", "00491622943176", "491622943176"])
async def test_a_receiver_is_an_international_number_however_it_is_written(to: str, open_site: OpenSite) -> None:
    site = open_site()
    assert (await site.send(to=to)).status_code == 200
    assert [sent["to"] for sent in await site.sends()] == [NUMBER]
