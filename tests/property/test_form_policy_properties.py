"""What holds for any link and any form, whatever a page writes."""

import time

from hypothesis import given
from hypothesis import strategies as st

from trafficflou.http import Form, FormField, Link
from trafficflou.security import Harm, harms_of_words
from trafficflou.traffic import FormPolicy, FormPurpose, purpose_of

WORDS = st.sampled_from(
    ["delete", "logout", "log out", "Cart", "remove", "search", "q", "pay now", "how", "unsubscribe", "löschen", "x", "12", "?", "/"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=5).map(" ".join))
PATHS = st.one_of(
    st.text(max_size=60).map("/".__add__),
    st.lists(WORDS, max_size=5).map(lambda words: "/" + "/".join(words)),
)
LINKS = st.builds(Link, path=PATHS, text=TEXTS, title=TEXTS)
FIELDS = st.builds(
    FormField,
    name=TEXTS,
    kind=st.sampled_from(["text", "hidden", "submit", "email", "password", "textarea", "search", "zz"]),
    label=TEXTS,
    value=TEXTS,
)
FORMS = st.builds(
    Form,
    path=PATHS,
    method=st.sampled_from(["GET", "POST"]),
    text=TEXTS,
    fields=st.lists(FIELDS, max_size=5).map(tuple),
)
PURPOSES = st.frozensets(st.sampled_from([*FormPurpose, "all"]))
HARMS = st.frozensets(st.sampled_from([harm.value for harm in Harm]))
POLICIES = st.builds(FormPolicy, allow_forms=PURPOSES, allow_destructive=HARMS)


@given(POLICIES, PURPOSES, HARMS, LINKS, FORMS)
def test_allowing_more_forbids_nothing(
    policy: FormPolicy, purposes: frozenset[str], harms: frozenset[str], link: Link, form: Form
) -> None:
    """What a policy allows, one that names more allows too."""
    wider = FormPolicy(
        allow_forms=policy.allow_forms | purposes, allow_destructive=policy.allow_destructive | harms
    )
    assert not policy.allows_link(link) or wider.allows_link(link)
    assert not policy.allows_form(form) or wider.allows_form(form)


@given(LINKS, FORMS)
def test_everything_named_allows_everything(link: Link, form: Form) -> None:
    """An owner who names all purposes and all words forbids nothing."""
    policy = FormPolicy(allow_forms=frozenset({"all"}), allow_destructive=frozenset(Harm))
    assert policy.allows_link(link)
    assert policy.allows_form(form)
    assert purpose_of(form) in FormPurpose


@given(PATHS, st.sampled_from(["logout", "LogOut", "log-out", "sign_out", "signOut.php", "sign%20out"]))
def test_last_part_of_an_address_that_logs_out_is_never_followed(path: str, deed: str) -> None:
    """Whatever stands before it, `/logout` in any spelling ends a session."""
    before = path.partition("?")[0]
    assert not FormPolicy(allow_forms=frozenset({"all"})).allows_link(Link(path=f"{before}/{deed}"))


@given(st.sampled_from([harm.value for harm in Harm]))
def test_every_harm_is_allowed_by_its_own_name(word: str) -> None:
    """The word that stands for a harm in the settings is understood."""
    assert harms_of_words(word) >= {Harm(word)}


def test_hostile_texts_take_linear_time() -> None:
    """Texts of any length and shape are judged in milliseconds."""
    policy = FormPolicy()
    began_s = time.perf_counter()
    for piece in ("cancel my ", "new ", "log", "%25", "a:", "&action=x", "/", "[", "ä", "filter[\n"):
        text = piece * (100_000 // len(piece))
        policy.allows_link(Link(path="/" + text, text=text, title=text))
        fields = (FormField(name=text, label=text), FormField(name="action", kind="hidden", value=text))
        policy.allows_form(Form(path="/" + text, text=text, fields=fields))
    assert time.perf_counter() - began_s < 5
