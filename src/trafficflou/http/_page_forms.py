"""The forms of a page: controls as they are found, joined with their forms, labels and groups afterwards."""

from typing import Final, Literal

from trafficflou.http._page_region import FieldGroup, Region
from trafficflou.http._page_tag import Tag
from trafficflou.http._page_veil import HIDDEN, SEEN_ONLY

__all__ = ["FormCollector", "FoundControl", "FoundForm", "FoundOption"]

_MOST_FOUND_FORMS: Final = 60
_MOST_CONTROLS: Final = 3000
_MOST_LABELS: Final = 3000
_MOST_OPTIONS: Final = 100
ButtonKind = Literal["submit", "image", ""]


class FoundForm:
    """A form as it was found; places in the text are indices."""

    __slots__ = ("begin", "end", "region", "tag")

    def __init__(self, tag: Tag, begin: int, region: Region) -> None:
        self.tag = tag
        self.begin = begin
        self.end = -1
        self.region = region


class _Label:
    __slots__ = ("begin", "end")

    def __init__(self, begin: int) -> None:
        self.begin = begin
        self.end = begin


class FoundOption:
    """An option of a select; its text stands apart from that of the page."""

    __slots__ = ("attributes", "begin", "end", "is_disabled")

    def __init__(self, attributes: dict[str, str], begin: int, *, is_disabled: bool) -> None:
        self.attributes = attributes
        self.begin = begin
        self.end = begin
        self.is_disabled = is_disabled


class FoundControl:
    """A field or button as it was found.

    Attributes:
        tag: Its start tag.
        kind: What it is, in the words of `FormField.kind`; `submit`, `image` and `button` are buttons.
        owner: The form it stands in.
        at: Where in the text it stands; `end` where what it holds itself ends.
        previous_at: Where the control before it ended: the words since then can be its own.
        label: The label around it.
        group: The fieldset around it.
        is_disabled: It is not sent.
        is_hidden: It is not seen.
        content: The raw text of a textarea.
        options: The first options of a select.
        option_texts: Their text.
        selected: The option that is chosen.
    """

    __slots__ = (
        "at",
        "content",
        "end",
        "group",
        "is_disabled",
        "is_hidden",
        "kind",
        "label",
        "option_texts",
        "options",
        "owner",
        "previous_at",
        "selected",
        "tag",
    )

    def __init__(self, tag: Tag, kind: str, owner: FoundForm | None, at: int) -> None:
        self.tag = tag
        self.kind = kind
        self.owner = owner
        self.at = at
        self.end = at
        self.previous_at = 0
        self.label: _Label | None = None
        self.group: FieldGroup | None = None
        self.is_disabled = False
        self.is_hidden = False
        self.content = b""
        self.options: list[FoundOption] = []
        self.option_texts: list[bytes] = []
        self.selected: FoundOption | None = None


class FormCollector:
    """Keeps the forms, controls and labels of one page in the order of the document."""

    __slots__ = (
        "_button",
        "_group_of_options_is_disabled",
        "_label",
        "_last_at",
        "_legend",
        "_open",
        "_option",
        "controls",
        "forms",
        "is_complete",
        "labels",
        "select",
    )

    def __init__(self) -> None:
        self.forms: list[FoundForm] = []
        self.controls: list[FoundControl] = []
        self.labels: dict[str, _Label] = {}
        self.select: FoundControl | None = None
        self.is_complete = True
        self._open: FoundForm | None = None
        self._button: FoundControl | None = None
        self._label: _Label | None = None
        self._legend: tuple[FieldGroup, int] | None = None
        self._option: FoundOption | None = None
        self._group_of_options_is_disabled = False
        self._last_at = 0

    def begin_form(self, tag: Tag, at: int, region: Region) -> None:
        """Take the start of a form; one inside of another is none."""
        if self._open is not None:
            return
        form = FoundForm(tag, at, region)
        self._open = form
        self._last_at = at
        if len(self.forms) < _MOST_FOUND_FORMS:
            self.forms.append(form)
        else:
            self.is_complete = False

    def end_form(self, at: int) -> None:
        """Take the end of a form."""
        self.end_select()
        if self._open is not None:
            self._open.end = at
            self._open = None

    def control(self, tag: Tag, kind: str, at: int, region: Region) -> FoundControl | None:
        """Take a control; `None` where it belongs to no form or is one too many."""
        if self._open is None and "form" not in tag.attributes:
            return None
        if len(self.controls) >= _MOST_CONTROLS:
            self.is_complete = False
            return None
        control = FoundControl(tag, kind, self._open, at)
        group = region.group
        control.group = group
        control.label = self._label
        control.previous_at = self._last_at
        control.is_hidden = bool((region.veil | tag.veil) & (HIDDEN | SEEN_ONLY))
        control.is_disabled = "disabled" in tag.attributes or (
            group is not None and (group.is_outer_disabled if self._legend is not None else group.is_disabled)
        )
        self.controls.append(control)
        # The words after a box are its own.
        self._last_at = at + 1 if kind in {"checkbox", "radio"} else at
        return control

    def begin_button(self, tag: Tag, at: int, region: Region) -> None:
        """Take the start of a `<button>`."""
        self.end_button(at)
        kind = tag.attributes.get("type", "").strip().lower()
        if kind not in {"button", "reset"}:
            self._button = self.control(tag, "submit", at, region)

    def end_button(self, at: int) -> None:
        """Take the end of a `<button>`."""
        if self._button is not None:
            self._button.end = self._last_at = at
            self._button = None

    def begin_label(self, tag: Tag, at: int) -> None:
        """Take the start of a label."""
        self.end_label(at)
        label = self._label = _Label(at)
        wanted = tag.attributes.get("for", "")
        if wanted and len(self.labels) < _MOST_LABELS:
            self.labels.setdefault(wanted, label)

    def end_label(self, at: int) -> None:
        """Take the end of a label."""
        if self._label is not None:
            self._label.end = at
            self._label = None

    def begin_legend(self, at: int, region: Region) -> None:
        """Take the start of a fieldset's legend; its first counts."""
        if region.group is not None and region.group.legend is None:
            self._legend = (region.group, at)

    def end_legend(self, at: int) -> None:
        """Take the end of a legend."""
        if self._legend is not None:
            group, begin = self._legend
            group.legend = (begin, at)
            self._legend = None

    def begin_select(self, tag: Tag, at: int, region: Region) -> list[bytes]:
        """Take the start of a select; the text of its options is to go where this says."""
        self.end_select()
        kind = "select-multiple" if "multiple" in tag.attributes else "select"
        # One that belongs to no form still holds its options, whose text is none of the page's.
        self.select = self.control(tag, kind, at, region) or FoundControl(tag, kind, None, at)
        return self.select.option_texts

    def end_select(self) -> None:
        """Take the end of a select."""
        if self.select is not None:
            self.end_option()
            self.select = None
            self._group_of_options_is_disabled = False

    def begin_option_group(self, tag: Tag) -> None:
        """Take the start of a group of options."""
        self.end_option()
        self._group_of_options_is_disabled = "disabled" in tag.attributes

    def end_option_group(self) -> None:
        """Take the end of a group of options."""
        self.end_option()
        self._group_of_options_is_disabled = False

    def begin_option(self, tag: Tag) -> None:
        """Take the start of an option."""
        self.end_option()
        select = self.select
        if select is None:
            return
        option = FoundOption(
            tag.attributes,
            len(select.option_texts),
            is_disabled=self._group_of_options_is_disabled or "disabled" in tag.attributes,
        )
        self._option = option
        is_selected = "selected" in tag.attributes
        # Of several that are selected the last one counts, but where several may be.
        if is_selected and (select.selected is None or select.kind == "select"):
            select.selected = option
        if len(select.options) < _MOST_OPTIONS:
            if not option.is_disabled:
                select.options.append(option)
        elif not is_selected:
            # Its text is not needed: neither offered nor sent.
            self._option = None
            self.is_complete = False

    def end_option(self) -> None:
        """Take the end of an option."""
        if self._option is not None and self.select is not None:
            self._option.end = len(self.select.option_texts)
        self._option = None
