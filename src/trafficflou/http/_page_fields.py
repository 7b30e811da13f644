"""Makes forms and their fields of what was found: names, values and labels as a browser would send and show them."""

from typing import Final, Literal

from trafficflou.http._page_forms import FormCollector, FoundControl, FoundForm, FoundOption
from trafficflou.http._page_text import PageText, clean, clean_value, decoded, raw_words
from trafficflou.http._page_veil import UNREACHABLE
from trafficflou.http.page_base import PageBase
from trafficflou.http.page_content import Form, FormField

__all__ = ["FormBuilder"]

_MOST_FORMS: Final = 30
_MOST_FIELDS: Final = 100
_LONGEST_NAME_CHARS: Final = 1000
_BUTTONS: Final = frozenset({"submit", "image", "button"})
_BOXES: Final = frozenset({"checkbox", "radio"})
_SELECTS: Final = frozenset({"select", "select-multiple"})
# Where these are not seen they are not like a hidden field: what they send depends on more than a value.
_KEEPS_KIND_UNSEEN: Final = _BUTTONS | _BOXES | {"file"}
_ENCODINGS: Final[dict[str, Literal["multipart/form-data", "text/plain"]]] = {
    "multipart/form-data": "multipart/form-data",
    "text/plain": "text/plain",
}
_MOST_DIGITS: Final = 9


class FormBuilder:
    """Makes the forms of one page."""

    __slots__ = ("_base", "_collector", "_path", "_text", "is_complete", "room_chars")

    def __init__(
        self, collector: FormCollector, text: PageText, base: PageBase, path: str, room_chars: int
    ) -> None:
        """Take what was found.

        Args:
            collector: What was found.
            text: The text of the page.
            base: What the forms' actions are resolved against.
            path: The page itself, to which a form without an action is sent.
            room_chars: How many characters there may be in all forms.
        """
        self._collector = collector
        self._text = text
        self._base = base
        self._path = path
        self.room_chars = room_chars
        self.is_complete = collector.is_complete

    def build(self) -> tuple[Form, ...]:
        """Return the forms that are seen and lead to the target, in document order."""
        members = self._members()
        forms: list[Form] = []
        for form in self._collector.forms:
            if (form.region.veil | form.tag.veil) & UNREACHABLE:
                continue
            made = self._form(form, members.get(form, []))
            if made is None:
                continue
            if len(forms) >= _MOST_FORMS or self.room_chars < 0:
                self.is_complete = False
                break
            forms.append(made)
        return tuple(forms)

    def _members(self) -> dict[FoundForm, list[FoundControl]]:
        """Return the controls of each form; the attribute `form` takes a control to another form, or out of all."""
        by_id: dict[str, FoundForm] = {}
        for form in self._collector.forms:
            if identifier := form.tag.attributes.get("id", ""):
                by_id.setdefault(identifier, form)
        members: dict[FoundForm, list[FoundControl]] = {}
        for control in self._collector.controls:
            owner_id = control.tag.attributes.get("form")
            owner = control.owner if owner_id is None else by_id.get(owner_id)
            if owner is not None and not control.is_disabled:
                members.setdefault(owner, []).append(control)
        return members

    def _form(self, form: FoundForm, controls: list[FoundControl]) -> Form | None:
        buttons = [control for control in controls if control.kind in _BUTTONS]
        shown = [button for button in buttons if not button.is_hidden]
        attributes = form.tag.attributes
        only = buttons[0].tag.attributes if len(buttons) == 1 else {}
        action = only.get("formaction") or attributes.get("action", "")
        path = self._base.resolve(action).path if action.strip() else self._path
        method = (only.get("formmethod") or attributes.get("method", "")).strip().lower()
        if not controls or path is None or method == "dialog":
            return None
        encoding = (only.get("formenctype") or attributes.get("enctype", "")).strip().lower()
        made = Form(
            path=path,
            method="POST" if method == "post" else "GET",
            encoding=_ENCODINGS.get(encoding, "application/x-www-form-urlencoded"),
            fields=self._fields(controls),
            text=self._form_text(form, controls, shown or buttons),
            place=form.region.place,
        )
        self.room_chars -= len(path) + len(made.text)
        return made

    def _form_text(self, form: FoundForm, controls: list[FoundControl], buttons: list[FoundControl]) -> str:
        for button in buttons[:1]:
            if said := self._button_text(button):
                return said
        for control in controls:
            if control.group is not None and control.group.legend is not None:
                return self._text.words(*control.group.legend)
        attributes = form.tag.attributes
        if label := clean(attributes.get("aria-label", "")) or clean(attributes.get("title", "")):
            return label
        return self._first_label(controls)

    def _first_label(self, controls: list[FoundControl]) -> str:
        labels = (self._label(control) for control in controls if control.kind != "hidden")
        return next((label for label in labels if label), "")

    def _button_text(self, button: FoundControl) -> str:
        attributes = button.tag.attributes
        return (
            self._text.words(button.at, button.end)
            or (clean(attributes.get("value", "")) if button.tag.name == "input" else "")
            or clean(attributes.get("alt", ""))
            or clean(attributes.get("aria-label", ""))
            or clean(attributes.get("title", ""))
        )

    def _fields(self, controls: list[FoundControl]) -> tuple[FormField, ...]:
        fields: list[FormField] = []
        radios: dict[str, list[FoundControl]] = {}
        places: dict[str, int] = {}
        default_button = next((control for control in controls if control.kind in {"submit", "image"}), None)
        for control in controls:
            name = control.tag.attributes.get("name", "")
            if not name or (control.is_hidden and control.kind in _SELECTS and _chosen(control) is None):
                continue
            if len(fields) >= _MOST_FIELDS or len(name) > _LONGEST_NAME_CHARS or self.room_chars < 0:
                self.is_complete = False
                continue
            if control.kind == "radio":
                if name not in radios:
                    places[name] = len(fields)
                    fields.append(FormField(name=clean_value(name), kind="radio"))
                radios.setdefault(name, []).append(control)
                continue
            is_spare = (
                control.kind == "submit" and default_button is not None and not _has_name(default_button)
            )
            fields.append(self._counted(self._field(control, name, is_spare=is_spare)))
        for name, group in radios.items():
            fields[places[name]] = self._counted(self._radio(name, group))
        return tuple(fields)

    def _counted(self, field: FormField) -> FormField:
        self.room_chars -= len(field.name) + len(field.label) + len(field.value)
        self.room_chars -= sum(len(value) + len(label) for value, label in field.options)
        return field

    def _field(self, control: FoundControl, name: str, *, is_spare: bool) -> FormField:
        attributes = control.tag.attributes
        kind = control.kind
        is_unseen = control.is_hidden and kind not in _KEEPS_KIND_UNSEEN
        options = self._options(control) if control.options and not is_unseen else ()
        return FormField(
            name=clean_value(name),
            kind="hidden" if is_unseen else "button" if is_spare else kind,
            label="" if kind == "hidden" or is_unseen else self._label(control),
            value=self._value(control),
            options=options,
            is_required="required" in attributes and not is_unseen,
            is_checked="checked" in attributes and kind == "checkbox",
            max_length=_count(attributes.get("maxlength", "")),
        )

    def _value(self, control: FoundControl) -> str:
        if control.kind == "textarea":
            return clean_value(_textarea_value(control.content))
        if control.kind in _SELECTS:
            chosen = _chosen(control)
            return "" if chosen is None else self._option_value(control, chosen)
        default = "on" if control.kind == "checkbox" else ""
        return clean_value(control.tag.attributes.get("value", default))

    def _options(self, control: FoundControl) -> tuple[tuple[str, str], ...]:
        return tuple(
            (self._option_value(control, option), _option_label(control, option))
            for option in control.options
        )

    def _option_value(self, control: FoundControl, option: FoundOption) -> str:
        value = option.attributes.get("value")
        return clean_value(value) if value is not None else _option_text(control, option)

    def _radio(self, name: str, group: list[FoundControl]) -> FormField:
        values = [clean_value(control.tag.attributes.get("value", "on")) for control in group]
        checked = [
            value for value, control in zip(values, group, strict=True) if "checked" in control.tag.attributes
        ]
        first = group[0]
        legend = ""
        if first.group is not None and first.group.legend is not None:
            legend = self._text.words(*first.group.legend)
        shown = group[:_MOST_FIELDS]
        self.is_complete = self.is_complete and len(shown) == len(group)
        return FormField(
            name=clean_value(name),
            kind="radio",
            label=legend or self._words_before(first),
            value=checked[-1] if checked else "",
            options=tuple(
                (value, self._label(control)) for value, control in zip(values, shown, strict=False)
            ),
            is_required=any("required" in control.tag.attributes for control in group),
            is_checked=bool(checked),
        )

    def _label(self, control: FoundControl) -> str:
        """Return the words for a control: its label, else what its attributes say, else those that stand beside it."""
        attributes = control.tag.attributes
        if control.kind in _BUTTONS:
            return self._button_text(control)
        for label in (control.label, self._collector.labels.get(attributes.get("id", ""))):
            if label is not None and (said := self._text.words(label.begin, label.end)):
                return said
        for name in ("aria-label", "placeholder", "title"):
            if said := clean(attributes.get(name, "")):
                return said
        return self._words_after(control) if control.kind in _BOXES else self._words_before(control)

    def _words_before(self, control: FoundControl) -> str:
        begin = max(control.previous_at, control.at - 1)
        return self._text.words(begin, control.at) if begin < control.at else ""

    def _words_after(self, control: FoundControl) -> str:
        form = control.owner
        end = len(self._text.runs) if form is None or form.end < 0 else form.end
        return self._text.words(control.at, control.at + 1) if control.at < end else ""


def _chosen(control: FoundControl) -> FoundOption | None:
    """Return the option of a select that would be sent."""
    chosen = control.selected
    if chosen is None and control.kind == "select" and control.options and not _is_list(control):
        chosen = control.options[0]
    return None if chosen is None or chosen.is_disabled else chosen


def _is_list(control: FoundControl) -> bool:
    """Judge whether a select shows several options at once; then none is chosen at first."""
    return (_count(control.tag.attributes.get("size", "")) or 1) > 1


def _has_name(control: FoundControl) -> bool:
    return bool(control.tag.attributes.get("name"))


def _option_text(control: FoundControl, option: FoundOption) -> str:
    if option.end <= option.begin:
        return ""
    return " ".join(clean_value(raw_words(control.option_texts, option.begin, option.end)).split())


def _option_label(control: FoundControl, option: FoundOption) -> str:
    return clean(option.attributes.get("label", "")) or clean(_option_text(control, option))


def _textarea_value(content: bytes) -> str:
    text = decoded(content)
    # The standard drops one line end at the beginning, which is there to make the source readable.
    return text.removeprefix("\r").removeprefix("\n") if text[:1] in {"\r", "\n"} else text


def _count(text: str) -> int | None:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else None
