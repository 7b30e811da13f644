"""The forms of a page: their fields as one sees them, and with what a browser would send."""

import pytest

from trafficflou.http import Form, FormField, Origin, PageContent, encode_form, read_page

ORIGIN = Origin.parse("http://127.0.0.1:8080")


def page(html: str, path: str = "/here?x=1") -> PageContent:
    """Read a page of the test's origin."""
    return read_page(html.encode(), path=path, origin=ORIGIN)


def form(html: str) -> Form:
    """Return the one form of a page."""
    (found,) = page(html).forms
    return found


def field(html: str) -> FormField:
    """Return the one field of a form with this inside."""
    (found,) = form(f"<form>{html}</form>").fields
    return found


@pytest.mark.parametrize(
    ("attributes", "path", "method", "encoding"),
    [
        ("", "/here?x=1", "GET", "application/x-www-form-urlencoded"),
        ("action=''", "/here?x=1", "GET", "application/x-www-form-urlencoded"),
        ("action=send method=POST", "/send", "POST", "application/x-www-form-urlencoded"),
        ("action='#' method=put", "/here?x=1", "GET", "application/x-www-form-urlencoded"),
        ("action=/a?b=1#c method=post enctype=Multipart/Form-Data", "/a?b=1", "POST", "multipart/form-data"),
        ("action=http://127.0.0.1:8080/a method=post enctype=text/plain", "/a", "POST", "text/plain"),
        ("action=/a enctype=rubbish", "/a", "GET", "application/x-www-form-urlencoded"),
    ],
)
def test_form_says_where_it_is_sent(attributes: str, path: str, method: str, encoding: str) -> None:
    """An empty action is the page itself with its query; unknown methods and encodings are the defaults."""
    found = form(f"<form {attributes}><input name=q></form>")
    assert (found.path, found.method, found.encoding) == (path, method, encoding)


@pytest.mark.parametrize(
    "html",
    [
        "<form action=https://b.example/x><input name=q></form>",
        "<form action=mailto:a@b.example><input name=q></form>",
        "<form action=javascript:go()><input name=q></form>",
        "<form method=dialog><button>OK</button></form>",
        "<form><button formmethod=dialog>OK</button></form>",
        "<form><input name=q><button formaction=//b.example/>Go</button></form>",
        "<base href=//b.example/><form action=a><input name=q></form>",
        "<form hidden><input name=q></form>",
        "<div style='display:none'><form><input name=q></form></div>",
        "<form></form>",
        "<input name=q><button>Go</button>",
        "<template><form><input name=q></form></template>",
    ],
)
def test_form_that_leads_elsewhere_or_is_not_seen_is_left_out(html: str) -> None:
    """A form is only offered where it is seen and sent to the target."""
    assert page(html).forms == ()


def test_button_can_say_where_the_form_goes() -> None:
    """The only button's own action, method and encoding win; of several buttons none speaks for the form."""
    one = form(
        "<form action=/a><button formaction=/b formmethod=post formenctype=text/plain>Go</button></form>"
    )
    assert (one.path, one.method, one.encoding) == ("/b", "POST", "text/plain")
    two = form("<form action=/a><button formaction=/b formmethod=post>B</button><button>A</button></form>")
    assert (two.path, two.method) == ("/a", "GET")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<input name=a>", FormField(name="a")),
        ("<input name=a type=EMAIL required maxlength=9>", FormField(name="a", kind="email", is_required=True, max_length=9)),
        ("<input name=a type=nonsense maxlength=-1>", FormField(name="a", kind="text")),
        ("<input name=a value='1 &lt; 2'>", FormField(name="a", value="1 < 2")),
        ("<input name=a type=hidden value=' x\ty '>", FormField(name="a", kind="hidden", value=" x\ty ")),
        ("<textarea name=a>\n<b>x</b> &amp; y\n</textarea>", FormField(name="a", kind="textarea", value="<b>x</b> & y\n")),
        ("<input name=a type=checkbox>", FormField(name="a", kind="checkbox", value="on")),
        ("<input name=a type=checkbox value=1 checked>", FormField(name="a", kind="checkbox", value="1", is_checked=True)),
        ("<input name=a type=submit value=Go>", FormField(name="a", kind="submit", label="Go", value="Go")),
        ("<button name=a value=1><b>G</b>o</button>", FormField(name="a", kind="submit", label="Go", value="1")),
        ("<input name=a type=image alt=Go>", FormField(name="a", kind="image", label="Go")),
        ("<input name=a type=file required>", FormField(name="a", kind="file", is_required=True)),
        ("<input name=a style='display:none' value=x required>", FormField(name="a", kind="hidden", value="x")),
        ("<select name=a hidden><option>x</select>", FormField(name="a", kind="hidden", value="x")),
        ("<input name=a type=file hidden>", FormField(name="a", kind="file")),
        ("<select name=b hidden><option disabled selected>x</select><input name=a>", FormField(name="a")),
        ("<div aria-hidden=true><label>Leave empty <input name=a></label></div>", FormField(name="a", kind="hidden")),
    ],
)  # fmt: skip
def test_field_is_read_as_it_stands(html: str, expected: FormField) -> None:
    """Kind, value and limits are what the markup says; what is not seen is hidden, whatever its kind."""
    assert field(html) == expected


@pytest.mark.parametrize(
    ("html", "label"),
    [
        ("<label for=i>Your  name</label><input name=a id=i>", "Your name"),
        ("<label>Name <input name=a></label>", "Name"),
        ("<label><input name=a> Name</label>", "Name"),
        ("<label for=i></label><label>Inner <input name=a id=i></label>", "Inner"),
        ("<input name=a aria-label=Name placeholder=no>", "Name"),
        ("<input name=a placeholder='Your name'>", "Your name"),
        ("<input name=a title=Name>", "Name"),
        ("<p>Fill in</p><td>Name:</td><td><input name=a></td>", "Name:"),
        ("<input name=a type=checkbox> I agree", "I agree"),
        ("Terms <input name=a type=checkbox> I agree", "I agree"),
        ("<label>Size <select name=a><option>S<option>M</select> please</label>", "Size please"),
        ("<label><span class=sr-only>Search for</span><input name=a></label>", "Search for"),
        ("<input name=a>", ""),
    ],
)
def test_field_has_the_words_beside_it(html: str, label: str) -> None:
    """Labels count first, then what the attributes say, then the words that stand there."""
    assert field(html).label == label


def test_words_after_a_box_belong_to_the_box() -> None:
    """They are not the label of the next field."""
    found = form("<form><input type=checkbox name=a> I agree <input name=b> <input name=c></form>")
    assert [one.label for one in found.fields] == ["I agree", "", ""]


@pytest.mark.parametrize(
    ("html", "value", "options"),
    [
        ("<select name=a><option>One<option value=2>Two</select>", "One", (("One", "One"), ("2", "Two"))),
        ("<select name=a><option value=1>One<option value=2 selected> Two \n x</select>", "2", (("1", "One"), ("2", "Two x"))),
        ("<select name=a><option value='' disabled selected>Choose<option value=1>One</select>", "", (("1", "One"),)),
        ("<select name=a><option disabled>No<option value=1 label=Uno>One</select>", "1", (("1", "Uno"),)),
        ("<select name=a><optgroup disabled><option>No</optgroup><option>Yes</select>", "Yes", (("Yes", "Yes"),)),
        ("<select name=a size=4><option>1<option>2</select>", "", (("1", "1"), ("2", "2"))),
        ("<select name=a><option selected>1<option selected>2</select>", "2", (("1", "1"), ("2", "2"))),
        ("<select name=a></select>", "", ()),
    ],
)  # fmt: skip
def test_select_offers_its_options(html: str, value: str, options: tuple[tuple[str, str], ...]) -> None:
    """The chosen option is the value; without one the first that can be chosen; a placeholder cannot."""
    found = field(html)
    assert (found.kind, found.value, found.options) == ("select", value, options)


def test_select_without_end_ends_with_the_next_field() -> None:
    """The text after it belongs to the page again."""
    found = form("<form><select name=a><option>x<input name=b></form><h1>Title</h1>")
    assert [(one.name, one.options) for one in found.fields] == [("a", (("x", "x"),)), ("b", ())]
    nested = form("<form><select name=a><option>x<select name=b><option>y</select><input name=c></form>")
    assert [(one.name, one.value) for one in nested.fields] == [("a", "x"), ("c", "")]
    assert page("<select><option>x</select><h1>Title</h1>").headings == ("Title",)


def test_multiple_select_has_no_choice_of_its_own() -> None:
    """Nothing is chosen unless the page says so."""
    assert field("<select name=a multiple><option>1<option>2</select>").value == ""
    chosen = field("<select name=a multiple><option>1<option selected>2<option selected>3</select>")
    assert (chosen.kind, chosen.value) == ("select-multiple", "2")


def test_radio_buttons_of_a_name_are_one_field() -> None:
    """They stand where the first of them stands."""
    found = form(
        "<form><fieldset><legend>Pay by</legend><label><input type=radio name=p value=card>Card</label>"
        "<input name=x><input type=radio name=p value=cash checked>Cash<input type=radio name=q></fieldset></form>"
    )
    pay, other, lone = found.fields
    assert pay == FormField(
        name="p",
        kind="radio",
        label="Pay by",
        value="cash",
        options=(("card", "Card"), ("cash", "Cash")),
        is_checked=True,
    )
    assert other.name == "x"
    assert (lone.value, lone.options, lone.is_checked) == ("", (("on", ""),), False)


def test_disabled_fields_are_left_out() -> None:
    """Fieldsets disable what is in them, but not what is in their legend (HTML standard, "concept-fe-disabled")."""
    found = form(
        "<form><input name=a disabled><fieldset disabled><legend><input name=b></legend><input name=c>"
        "<fieldset><input name=d></fieldset></fieldset><input name=e></form>"
    )
    assert [one.name for one in found.fields] == ["b", "e"]


def test_fields_can_stand_outside_of_their_form() -> None:
    """The attribute `form` takes a field to the form of that name, or out of all."""
    content = page(
        "<input name=before form=f><form id=f action=/f><input name=in><input name=out form=g><input name=none form=x></form>"
        "<form id=g action=/g></form><button name=go form=f>Go</button><input name=lost>"
    )
    assert {found.path: [one.name for one in found.fields] for found in content.forms} == {
        "/f": ["before", "in", "go"],
        "/g": ["out"],
    }


def test_forms_do_not_nest() -> None:
    """The inner start tag is ignored, and the first end tag ends the form (HTML standard, "form element pointer")."""
    found = form("<form action=/a><div><form action=/b><input name=x></form><input name=y></div></form>")
    assert (found.path, [one.name for one in found.fields]) == ("/a", ["x"])


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<input name=q><button>Search</button>", "Search"),
        ("<button type=button>Help</button><input type=submit value=Send>", "Send"),
        ("<input name=q><input type=image alt=Find>", "Find"),
        ("<button aria-label=Search><svg/></button>", "Search"),
        ("<fieldset><legend>Sign in</legend><input name=q></fieldset>", "Sign in"),
        ("<h3>Newsletter</h3><input name=q>", "Newsletter"),
        ("<input type=hidden name=t><input name=q placeholder=Search>", "Search"),
        ("<input name=q>", ""),
    ],
)
def test_form_has_the_words_of_its_button(inside: str, text: str) -> None:
    """Without a button what is written over or beside it counts."""
    assert form(f"<form>{inside}</form>").text == text


def test_first_button_without_a_name_leaves_the_others_spare() -> None:
    """What the Enter key sends is never a second button, which may delete something."""
    found = form("<form method=post><button>Save</button><button name=do value=delete>Delete</button></form>")
    assert [(one.name, one.kind) for one in found.fields] == [("do", "button")]
    assert encode_form(found).body == b""
    named = form(
        "<form><button name=do value=save>Save</button><button name=do value=delete>Delete</button></form>"
    )
    assert [(one.value, one.kind) for one in named.fields] == [("save", "submit"), ("delete", "submit")]


def test_forms_are_bounded() -> None:
    """More than can be sensible is left out and told."""
    forms = page("<form action=/x><input name=a></form>" * 40)
    assert (len(forms.forms), forms.is_complete) == (30, False)
    fields = page("<form>" + "".join(f"<input name=a{number}>" for number in range(120)) + "</form>")
    assert (len(fields.forms[0].fields), fields.is_complete) == (100, False)
    options = page(
        "<form><select name=a>"
        + "".join(f"<option>{number}" for number in range(200))
        + "<option selected>last</select></form>"
    )
    assert (len(options.forms[0].fields[0].options), options.is_complete) == (100, False)
    assert options.forms[0].fields[0].value == "last"
    names = page(f"<form><input name={'x' * 2000}><input name=b></form>")
    assert ([one.name for one in names.forms[0].fields], names.is_complete) == (["b"], False)
    radios = page("<form>" + "<input type=radio name=a>" * 150 + "</form>")
    assert (len(radios.forms[0].fields[0].options), radios.is_complete) == (100, False)
    values = page(
        "<form>"
        + "".join(f"<input type=hidden name=a{n} value={'x' * 30_000}>" for n in range(20))
        + "</form>"
    )
    assert (values.forms, values.is_complete) == ((), False)


def test_long_hidden_value_is_sent_whole() -> None:
    """The state that some frameworks keep in a page is long, and worth nothing if it is cut."""
    state = "A/+=" * 20_000
    assert field(f'<input type=hidden name=__VIEWSTATE value="{state}">').value == state
