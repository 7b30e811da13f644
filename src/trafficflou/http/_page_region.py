"""What holds for everything inside an element: the part of the page, whether it is seen, the group of fields."""

from typing import Final, NamedTuple

from trafficflou.http._page_place import area_inside
from trafficflou.http._page_tag import Tag
from trafficflou.http.page_content import Place

__all__ = ["ROOT_REGION", "FieldGroup", "Region", "region_inside"]


class FieldGroup:
    """A `<fieldset>`.

    Attributes:
        legend: Where the text of its legend begins and ends.
        is_disabled: It or one around it is; its fields are not sent.
        is_outer_disabled: One around it is; fields in its legend go by that.
    """

    __slots__ = ("is_disabled", "is_outer_disabled", "legend")

    def __init__(self, outer: "FieldGroup | None", *, is_disabled: bool) -> None:
        self.is_outer_disabled: bool = outer is not None and outer.is_disabled
        self.is_disabled: bool = is_disabled or self.is_outer_disabled
        self.legend: tuple[int, int] | None = None


class Region(NamedTuple):
    """What an element hands down to what stands in it.

    Attributes:
        landmark: The nearest landmark.
        area: The part of the page that words say it is, which counts where there is no landmark.
        veil: Who sees what is in it.
        group: The fieldset around.
    """

    landmark: Place | None = None
    area: Place | None = None
    veil: int = 0
    group: FieldGroup | None = None

    @property
    def place(self) -> Place:
        """Where on the page it is."""
        return self.landmark or self.area or "unknown"


ROOT_REGION: Final = Region()
_HAS_HEADING_OF_ITS_OWN: Final = frozenset({"main", "aside", "navigation"})


def region_inside(outer: Region, tag: Tag) -> Region:
    """Return what holds inside of an element."""
    landmark = tag.landmark
    name = tag.name
    if (
        landmark is None
        and name in {"header", "footer"}
        and outer.landmark not in _HAS_HEADING_OF_ITS_OWN
        and (outer.area != "main" or outer.landmark is not None)
    ):
        landmark = "header" if name == "header" else "footer"
    group = outer.group
    if name == "fieldset":
        group = FieldGroup(outer.group, is_disabled="disabled" in tag.attributes)
    return Region(
        landmark or outer.landmark,
        area_inside(outer.area, tag.area, is_by_id=tag.is_area_by_id),
        outer.veil | tag.veil,
        group,
    )
