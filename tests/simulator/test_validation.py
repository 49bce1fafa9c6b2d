"""The gateway's validation messages, each alone and some combined, word for word from the manual."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import viber
from chatbot.errors import MatrixError
from chatbot.messages import Button, Message
from chatbot.simulator import validation
from chatbot.simulator.options import Options

GOOD = {"from": "MyCompany", "to": "+491622943176", "message": "This is an example."}
URL = "https://example.org/image.jpg"
URL_OF_62 = "https://example.org/".ljust(62, "x")
BUTTON = {"buttonCaption": "Track", "buttonActionUrl": URL}
EMOJI = "\N{DELIVERY TRUCK}"
OVER = {"long_sms": False}
STRICT = {"strict_purpose": True}
ALSO = {"mandatory_missing": "also"}
INSTEAD = {"mandatory_missing": "instead"}
INVALID = "The parameter {} is invalid."
BAD_CHANNELS = ["", "viber", "VIBER,VIBER", "VIBER;FACEBOOK", ["VIBER"], "WHATSAPP", "VIBER,"]
BAD_CALLBACKS = [
    "example.org",
    "ftp://example.org",
    "http://",
    "http://a:99999",
    "http://a b",
    7,
    "javascript:alert(1)",
]

CASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"from": None}, {}, "Sender is missing."),
    ({"from": "  "}, {}, "Sender is missing."),
    ({"to": None}, {}, "Receiver is missing."),
    ({"to": ""}, {}, "Receiver is missing."),
    ({"to": "+49abc"}, {}, "Receiver number is not numeric."),
    ({"to": "+49 162 2943176"}, {}, "Receiver number is not numeric."),
    ({"to": "+4916229431761234567"}, {}, INVALID.format("to")),
    ({"to": "0162"}, {}, INVALID.format("to")),
    ({"to": 491622943176}, {}, INVALID.format("to")),
    ({"message": None}, {}, "Message is empty."),
    ({"message": ""}, {}, "Message is empty."),
    ({"message": " \n"}, {}, "Message is empty."),
    ({"message": "x" * 1001}, {}, "Message exceeds maximum character length of 1000."),
    ({"message": EMOJI * 501}, {}, "Message exceeds maximum character length of 1000."),
    *(({"callbackUrl": url}, {}, "The respond-back URL is invalid.") for url in BAD_CALLBACKS),
    ({}, STRICT, "One or more mandatory parameters are missing."),
    ({"from": None}, ALSO, "Sender is missing. One or more mandatory parameters are missing."),
    ({"to": None}, ALSO, "Receiver is missing. One or more mandatory parameters are missing."),
    ({"from": None, "to": None}, INSTEAD, "One or more mandatory parameters are missing."),
    (
        {"from": None, "to": "abc"},
        INSTEAD,
        "Receiver number is not numeric. One or more mandatory parameters are missing.",
    ),
    ({"message": None}, ALSO, "Message is empty."),
    ({}, {**STRICT, **ALSO}, "One or more mandatory parameters are missing."),
    ({}, {**STRICT, **INSTEAD}, "One or more mandatory parameters are missing."),
    ({"message": "x" * 71}, OVER, "Your message is rejected because it has over-length."),
    ({"from": "TwelveLetter"}, {}, INVALID.format("from")),
    ({"from": "My-Company"}, {}, INVALID.format("from")),
    ({"from": 7}, {}, INVALID.format("from")),
    ({"message": 7}, {}, INVALID.format("message")),
    ({"message": None, "imageUrl": URL + "x" * 40}, {}, INVALID.format("imageUrl")),
    ({"message": None, "imageUrl": URL_OF_62 + "x"}, {}, INVALID.format("imageUrl")),
    ({"buttonCaption": "Track", "buttonActionUrl": URL_OF_62 + "x"}, {}, INVALID.format("buttonActionUrl")),
    ({"message": None, "imageUrl": "image.jpg"}, {}, INVALID.format("imageUrl")),
    ({"buttonCaption": "c" * 31, "buttonActionUrl": URL}, {}, INVALID.format("buttonCaption")),
    ({"buttonCaption": "Track", "buttonActionUrl": URL + "x" * 40}, {}, INVALID.format("buttonActionUrl")),
    ({"buttonCaption": "Track"}, {}, INVALID.format("buttonActionUrl")),
    ({"buttonActionUrl": URL}, {}, INVALID.format("buttonCaption")),
    ({"imageUrl": URL}, {}, INVALID.format("imageUrl")),
    (
        {"message": None, "imageUrl": URL, "buttonCaption": "T", "buttonActionUrl": URL},
        {},
        INVALID.format("buttonCaption"),
    ),
    ({"message": None, "buttonCaption": "T", "buttonActionUrl": URL}, {}, "Message is empty."),
    *(({"imChannels": channels}, {}, INVALID.format("imChannels")) for channels in BAD_CHANNELS),
    *(({"ttl": ttl}, {}, INVALID.format("ttl")) for ttl in [29, 86_401, 0, -1, True, 60.5, "soon", "60 "]),
    ({"ttl": 0}, {"ttl_checked": False}, INVALID.format("ttl")),
    ({"ttl": "60"}, {"string_values": False}, INVALID.format("ttl")),
    ({"deliverOnlyViaIM": "yes"}, {}, INVALID.format("deliverOnlyViaIM")),
    ({"deliverOnlyVialM": 1}, {}, INVALID.format("deliverOnlyVialM")),
    ({"deliverOnlyViaIM": "true"}, {"string_values": False}, INVALID.format("deliverOnlyViaIM")),
    ({"ttlExpiryText": []}, {}, INVALID.format("ttlExpiryText")),
    ({"messagePurpose": "Promotion"}, {}, INVALID.format("messagePurpose")),
    ({"messagePurpose": "other"}, STRICT, INVALID.format("messagePurpose")),
    ({"Message": "case counts"}, {}, INVALID.format("Message")),
    ({"userContext": "x"}, {}, INVALID.format("userContext")),
    ({"x" * 99: 1}, {}, INVALID.format("x" * 40 + "…")),
    ({"from": None, "to": None, "message": None}, {}, "Sender is missing. Receiver is missing. Message is empty."),
    (
        {"to": "abc", "ttl": 1, "callbackUrl": "x", "imChannels": "SMS"},
        {},
        "Receiver number is not numeric. The respond-back URL is invalid. "
        "The parameter imChannels is invalid. The parameter ttl is invalid.",
    ),
    (
        {"message": "x" * 1001},
        {**OVER, **STRICT},
        "Message exceeds maximum character length of 1000. One or more mandatory parameters are missing. "
        "Your message is rejected because it has over-length.",
    ),
]


@pytest.mark.parametrize(("change", "options", "says"), CASES)
def test_a_wrong_request_is_refused_in_the_manuals_words(
    change: dict[str, Any], options: dict[str, Any], says: str
) -> None:
    with pytest.raises(validation.Invalid) as caught:
        validation.read({**GOOD, **change}, Options(**options))
    assert " ".join(caught.value.messages) == says


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({}, {}),
        ({"from": "+491622943176"}, {}),
        ({"from": "12345"}, {}),
        ({"from": "ElevenChars"}, {}),
        ({"to": "00491622943176"}, {}),
        ({"to": "491622943176"}, {}),
        ({"message": "x" * 1000}, {}),
        ({"message": EMOJI * 500}, {}),
        ({"message": EMOJI * 1000}, {"length_unit": "characters"}),
        ({"message": None, "imageUrl": URL}, {}),
        ({"message": "", "imageUrl": URL_OF_62}, {}),
        ({"buttonCaption": "Track", "buttonActionUrl": URL_OF_62}, {}),
        ({"buttonCaption": "c" * 30, "buttonActionUrl": URL}, {}),
        ({"buttonCaption": "Track", "buttonActionUrl": URL, "imageUrl": URL}, {}),
        ({"imageUrl": URL}, {"matrix": "reject"}),
        ({"imageUrl": URL, "imChannels": "FACEBOOK"}, {}),
        ({"imChannels": "VIBER , FACEBOOK"}, {}),
        ({"imChannels": "FACEBOOK,VIBER"}, {}),
        ({"deliverOnlyViaIM": True}, {}),
        ({"deliverOnlyVialM": "TRUE"}, {}),
        ({"ttl": 30}, {}),
        ({"ttl": 86_400}, {}),
        ({"ttl": "60"}, {}),
        ({"ttl": 5}, {"ttl_checked": False}),
        ({"callbackUrl": "http://bot:8000/callbacks/secret/token?x=1"}, {}),
        ({"callbackUrl": "https://u:p@bot.example.org"}, {}),
        ({"messagePurpose": "transaction"}, STRICT),
        ({"imChannels": "FACEBOOK"}, STRICT),
        ({"message": "x" * 71, "deliverOnlyViaIM": True}, OVER),
        ({"message": "x" * 70}, OVER),
        ({"userContext": "x"}, {"unknown_parameters": "ignore"}),
        ({"ttl": None, "imageUrl": None}, {}),
    ],
)
def test_a_right_request_is_taken(change: dict[str, Any], options: dict[str, Any]) -> None:
    validation.read({**GOOD, **change}, Options(**options))


def test_a_request_is_read_with_its_defaults() -> None:
    request = validation.read(dict(GOOD), Options())
    assert request.route == ("VIBER", "FACEBOOK", "SMS")
    assert (request.ttl, request.only_im, request.purpose) == (None, False, "")


def test_both_spellings_switch_the_fallback_off() -> None:
    for name in ("deliverOnlyViaIM", "deliverOnlyVialM"):
        assert validation.read({**GOOD, name: True, "imChannels": "VIBER"}, Options()).route == ("VIBER",)


_texts = st.one_of(st.just(""), st.just("hello"), st.text(max_size=4), st.just("x" * 1001), st.just(EMOJI * 501))
_urls = st.one_of(st.none(), st.just(URL), st.just(URL + "y" * 40), st.just("no url"), st.just("http://"))
_captions = st.sampled_from(["Track", " ", "c" * 30, "c" * 31, EMOJI * 16])


@given(text=_texts, image=_urls, caption=_captions, url=_urls, ttl=st.sampled_from([None, 29, 30, 86_400, 86_401]))
def test_the_matrix_of_the_client_and_the_gateways_check_agree(
    text: str, image: str | None, caption: str, url: str | None, ttl: int | None
) -> None:
    button = None if url is None else Button(caption, url)
    parameters = {**GOOD, "message": text, "imageUrl": image, "ttl": ttl}
    if button is not None:
        parameters |= {"buttonCaption": button.caption, "buttonActionUrl": button.url}
    try:
        viber.check(Message(text, image=image, button=button, ttl=ttl))
    except MatrixError:
        with pytest.raises(validation.Invalid):
            validation.read(parameters, Options())
    else:
        validation.read(parameters, Options())


@given(
    st.dictionaries(st.text(max_size=5) | st.sampled_from(validation.PARAMETERS), st.none() | st.text() | st.integers())
)
def test_whatever_is_sent_is_read_or_refused(parameters: dict[str, Any]) -> None:
    try:
        validation.read(parameters, Options())
    except validation.Invalid as invalid:
        assert invalid.messages  # noqa: PT017 -- both ends are fine, a third is not
