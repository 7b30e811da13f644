"""What just happened to a visitor: how it came to a page, and what it found there."""

from dataclasses import dataclass
from typing import Literal

from trafficflou.traffic.flair.seen_form import SeenForm
from trafficflou.traffic.flair.sight import Sight
from trafficflou.traffic.form_policy import FormPurpose

__all__ = ["Deed", "Scene"]


@dataclass(slots=True, kw_only=True)
class Deed:
    """What a visitor did to open a page.

    Attributes:
        kind: `open` an address, `click` a link, `submit` a form, go `back`, or `reload`.
        purpose: Of the form, or of the form that the link stands for; `None` for what only opens a page.
        form: The form that was sent.
        values: What was filled in.
        attempt: How often it has been sent in a row, this time counted.
        price: That stood beside the link.
        is_main: It stood in the main part of the page.
        from_search: It stood among the results of a search of this visitor.
    """

    kind: Literal["open", "click", "submit", "back", "reload"]
    purpose: FormPurpose | None = None
    form: SeenForm | None = None
    values: tuple[tuple[str, str], ...] = ()
    attempt: int = 1
    price: float | None = None
    is_main: bool = False
    from_search: bool = False

    @property
    def fills_basket(self) -> bool:
        """Whether it puts something into the basket."""
        return self.purpose is FormPurpose.CART and not (self.form is not None and self.form.takes_out)


@dataclass(slots=True, kw_only=True)
class Scene:
    """A page view, as a goal sees it.

    Attributes:
        sight: The page.
        deed: How it was opened.
        is_ok: It is there, and where a form was sent the site took it.
        is_refused: The site did not like what was filled in.
        is_new: It was not seen before in this visit.
        nearness: How near it comes to the subject of the visit, 0..1.
        is_near: That is near enough by now.
        pages: Page views so far.
    """

    sight: Sight
    deed: Deed
    is_ok: bool
    is_refused: bool = False
    is_new: bool = True
    nearness: float = 0.0
    is_near: bool = False
    pages: int = 1
