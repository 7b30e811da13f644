"""What texts and addresses would do, and how they are taken apart."""

import pytest

from trafficflou.security import (
    Harm,
    address_names,
    fold_text,
    harms_of_form,
    harms_of_link,
    harms_of_words,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Konto LÖSCHEN!", "konto loschen"),
        ("log_out – now", "log out now"),
        ("Fußball", "fussball"),
        ("Pay €12", "pay € 12"),
        ("", ""),
    ],
)
def test_text_is_compared_without_case_accents_and_signs(text: str, folded: str) -> None:
    """Words remain, with single spaces between; signs of money stay."""
    assert fold_text(text) == folded


def test_address_comes_apart_at_separators_colons_and_camel_case() -> None:
    """Segments, fields that are set, and values that name an action are told apart; other values say nothing."""
    names = address_names("/wiki/Special:UserLogout/delete_post.php?action=do/logOut&q=delete&off=0")
    assert names == (
        ("wiki", "path"),
        ("special", "path"),
        ("user logout", "path"),
        ("delete post", "path"),
        ("action", "key"),
        ("do", "action"),
        ("log out", "action"),
        ("q", "key"),
    )


@pytest.mark.parametrize(
    ("words", "harms"),
    [
        ("sign out", {Harm.LOGOUT}),
        ("Log-Off", {Harm.LOGOUT}),
        ("remove", {Harm.DELETE}),
        ("rollback", {Harm.MODERATE}),
        ("pay for real", {Harm.PAY}),
        ("cancel", {Harm.CANCEL}),
        ("garden", set()),
        ("delete and unsubscribe", {Harm.DELETE, Harm.UNSUBSCRIBE}),
    ],
)
def test_words_of_an_owner_stand_for_their_like(words: str, harms: set[Harm]) -> None:
    """Who allows `sign out` allows logging out however a site calls it."""
    assert harms_of_words(words) == harms


def test_password_is_reset_by_a_form_and_not_by_the_link_to_it() -> None:
    """The link shows a page; sending the form writes to somebody."""
    assert not harms_of_link("/password/reset", "Reset password")
    assert harms_of_form("/password/reset", ("Reset password",)) == {Harm.RESET}


def test_account_in_a_cart_context_is_still_an_account() -> None:
    """Only what is taken out of a basket or a filter can be put in again."""
    assert not harms_of_link("/cart/remove?id=3", "x")
    assert harms_of_link("/cart/user/remove?id=3", "x") == {Harm.DELETE}
