"""A token says which message a receipt is for, and nobody else can write one."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from chatbot.engine.tokens import Tokens

OURS = Tokens(["new secret", "old secret"])
IDS = st.integers(1, 2**63 - 1)
SECRETS = st.text(min_size=1).filter(lambda secret: secret not in ("new secret", "old secret"))


@given(IDS)
def test_a_token_names_the_message_that_it_was_signed_for(outbox_id: int) -> None:
    assert OURS.read(OURS.sign(outbox_id)) == outbox_id


@given(IDS)
def test_a_token_that_was_signed_before_the_secret_was_changed_is_still_ours(outbox_id: int) -> None:
    assert OURS.read(Tokens(["old secret"]).sign(outbox_id)) == outbox_id
    assert OURS.sign(outbox_id) == Tokens(["new secret"]).sign(outbox_id)


@given(IDS, SECRETS)
def test_a_token_that_another_secret_has_signed_is_not_ours(outbox_id: int, secret: str) -> None:
    assert OURS.read(Tokens([secret]).sign(outbox_id)) is None


@given(IDS, IDS)
def test_the_signature_of_one_message_does_not_fit_another(one: int, other: int) -> None:
    assume(one != other)
    name, _, _ = OURS.sign(one).partition("-")
    _, _, signature = OURS.sign(other).partition("-")
    assert OURS.read(f"{name}-{signature}") is None


@given(IDS, st.integers(0), st.characters())
def test_a_token_with_one_character_changed_is_not_ours(outbox_id: int, place: int, character: str) -> None:
    token = OURS.sign(outbox_id)
    place %= len(token)
    assume(token[place] != character)
    assert OURS.read(token[:place] + character + token[place + 1 :]) is None


@given(st.text() | st.from_regex(r"[0-9a-z]{1,13}-[0-9a-f]{32}", fullmatch=True))
def test_whatever_else_comes_is_not_ours(text: str) -> None:
    assert OURS.read(text) is None


@given(IDS)
def test_a_token_fits_a_url_and_shows_nothing_of_the_secret(outbox_id: int) -> None:
    token = OURS.sign(outbox_id)
    assert token.replace("-", "").isalnum()
    assert token.isascii()
    assert len(token) <= 46
    assert "secret" not in token
