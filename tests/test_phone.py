"""Phone numbers: however a number is written, it is one contact, and no log shows it whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot import phone

NUMBER = st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True).filter(str.isascii)


@pytest.mark.parametrize("number", ["+491622943176", "+4917912345678", "+1234567", "+123456789012345"])
def test_e164_is_a_plus_and_7_to_15_digits(number: str) -> None:
    assert phone.is_e164(number)


@pytest.mark.parametrize(
    "number",
    [
        "",
        "+",
        "491622943176",
        "+0491622943176",
        "+123456",
        "+1234567890123456",
        "+49 162",
        "+49162294317\n",
        "+4９162294317",
    ],
)
def test_nothing_else_is_e164(number: str) -> None:
    assert not phone.is_e164(number)


@given(NUMBER, st.sampled_from(["+", "00", ""]), st.sampled_from(["", " ", "\n"]))
def test_each_of_the_gateways_spellings_is_one_contact(digits: str, prefix: str, space: str) -> None:
    contact = phone.from_wire(space + prefix + digits + space)
    assert contact == "+" + digits
    assert phone.is_e164(contact)
    assert phone.from_wire(contact) == contact


@pytest.mark.parametrize(
    "number",
    [
        "",
        "customer_account",
        "+0491622943176",
        "000491622943176",
        "12345",
        "+49 162 2943176",
        "４91622943176",
        "1" * 16,
    ],
)
def test_what_is_no_international_number_is_refused_and_masked(number: str) -> None:
    with pytest.raises(ValueError, match="not an international phone number") as caught:
        phone.from_wire(number)
    assert not number or number not in str(caught.value)


@pytest.mark.parametrize("number", ["+49 (0) 162-2943176", "+49 162 2943176", "+49.162.2943176", "tel:+491622943176"])
def test_people_write_numbers_as_they_like(number: str) -> None:
    assert phone.from_person(number) == "+491622943176"


def test_a_region_makes_national_numbers_readable() -> None:
    assert phone.from_person("0162 2943176", region="DE") == "+491622943176"
    with pytest.raises(ValueError, match=r"write it as \+491622943176"):
        phone.from_person("0162 2943176")


@pytest.mark.parametrize("number", ["", "hello", "+49", "+4912", "+49123456789012345678", "\ud800", "+" * 1000])
def test_what_people_write_is_refused_with_an_example(number: str) -> None:
    with pytest.raises(ValueError, match=r"write it as \+491622943176"):
        phone.from_person(number)


@given(st.text())
def test_any_text_is_a_number_or_a_value_error(text: str) -> None:
    for read in (phone.from_wire, phone.from_person):
        try:
            assert phone.is_e164(read(text))
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("number", "region"), [("+491622943176", "DE"), ("+12125550123", "US"), ("+999123456789", None)]
)
def test_the_region_of_a_number_is_told_if_it_has_one(number: str, region: str | None) -> None:
    assert phone.region_of(number) == region


def test_what_is_no_number_has_no_region() -> None:
    assert phone.region_of("customer_account") is None


def test_a_masked_number_shows_its_country_and_its_end() -> None:
    assert phone.mask("+491622943176") == "+4916…76"


@given(st.text())
def test_a_mask_is_short_printable_and_never_the_whole(text: str) -> None:
    masked = phone.mask(text)
    assert len(masked) <= 8
    assert masked.isprintable()
    assert len(text) < 8 or text not in masked


@given(NUMBER)
def test_a_mask_hides_at_least_the_middle_of_a_number(digits: str) -> None:
    number = "+" + digits
    assert phone.mask(number).replace("…", "") == number[:5] + number[-2:]
