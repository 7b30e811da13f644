"""Parts of Phantom Flair's tests: personas, pages, visitors, ready to be looked at."""

from functools import cache
from random import Random
from typing import Any

from trafficflou.ai_models.athena import AthenaFactory
from trafficflou.ai_models.athena.factory import AthenaModel, AthenaSettings
from trafficflou.ai_models.tasks import Persona
from trafficflou.http import Form, FormField, Link, PageContent
from trafficflou.testing.imagined_site import ImaginedSite
from trafficflou.traffic import FormPolicy, Page, SiteKnowledge, StrategyContext
from trafficflou.traffic.flair.beaten_track import BeatenTrack
from trafficflou.traffic.flair.mind import Habits, Mind
from trafficflou.traffic.flair.scene import Deed, Scene
from trafficflou.traffic.flair.seen_form import FormJudge, SeenForm
from trafficflou.traffic.flair.sight import Eyes, Sight
from trafficflou.traffic.flair.subject import subjects_of
from trafficflou.traffic.flair.visit import FlairVisit
from trafficflou.traffic.strategies.phantom_flair import PhantomFlair, PhantomFlairSettings

__all__ = [
    "EVERYTHING",
    "athena",
    "eyes",
    "field",
    "flair",
    "form",
    "links",
    "mind",
    "ok_page",
    "page",
    "persona",
    "scene",
    "seen",
    "sight",
    "template_of",
    "visit",
]

EVERYTHING = FormPolicy(allow_forms=frozenset({"all"}))


@cache
def athena() -> AthenaModel:
    """Return Athena, by words alone: quick, and the same with and without the extra."""
    return AthenaFactory(AthenaSettings(relevance="lexical")).model()


def template_of(path: str) -> str:
    """Name the template of a path: products and articles are one each, everything else is itself."""
    path = path.partition("?")[0]
    for kind in ("product", "journal", "month"):
        if path.startswith(f"/{kind}/"):
            return f"/{kind}/{{slug}}"
    return path


def persona(**changes: Any) -> Persona:
    """Make a persona who looks for lamps."""
    fields: dict[str, Any] = {
        "name": "Reader",
        "description": "Looks for a lamp.",
        "goals": ("find a lamp",),
        "interests": {"lamp": 1.0},
        "patience": 0.5,
        "pace": 1.0,
        "device": "desktop",
        "pages": 6.0,
        "actions": ("browse",),
        "weight": 1.0,
    }
    return Persona(**(fields | changes))


def mind(
    who: Persona | None = None,
    *,
    number: int = 0,
    attention: int = 100,
    site: SiteKnowledge | None = None,
    **habits: float,
) -> Mind:
    """Make a mind."""
    who = who or persona()
    return Mind(
        number=number,
        persona=who,
        vector=athena().persona_vector(who),
        habits=Habits(**habits),
        attention=attention,
        subjects=subjects_of(athena().relevance, who, site or SiteKnowledge(), template_of),
    )


def visit(who: Mind | None = None, *, seed: int = 1, **given: Any) -> FlairVisit:
    """Make a visit whose first page was asked for."""
    made = FlairVisit(Random(seed), who or mind(), **({"budget": 10} | given))
    made.memory.go("open", "/", "/")
    made.pages = 1
    return made


def links(*paths: str, place: Any = "main", **given: Any) -> tuple[Link, ...]:
    """Make links whose texts are the words of their paths."""
    return tuple(
        Link(path=path, text=path.strip("/").replace("/", " ").replace("-", " "), place=place, **given)
        for path in paths
    )


def field(name: str, kind: str = "text", **given: Any) -> FormField:
    """Make a field of a form."""
    return FormField(name=name, kind=kind, **given)


def form(path: str, *fields: FormField, method: Any = "POST", text: str = "Send") -> Form:
    """Make a form."""
    return Form(path=path, method=method, fields=fields, text=text, place="main")


def page(
    *offered: Link, forms: tuple[Form, ...] = (), title: str = "", headings: tuple[str, ...] = ()
) -> PageContent:
    """Make the content of a page."""
    return PageContent(title=title, headings=headings, links=offered, forms=forms)


def eyes(policy: FormPolicy = EVERYTHING) -> Eyes:
    """Make eyes that know no traffic model."""
    return Eyes(template_of, BeatenTrack(None), policy)


def sight(content: PageContent, path: str = "/", policy: FormPolicy = EVERYTHING) -> Sight:
    """Look at a page."""
    return eyes(policy).look(content, path, template_of(path))


def seen(which: Form, policy: FormPolicy = EVERYTHING) -> SeenForm:
    """Judge a form."""
    return FormJudge(policy).look(which)


def scene(
    content: PageContent | None = None, path: str = "/thing", deed: Deed | None = None, **given: Any
) -> Scene:
    """Make what a goal sees: by default a page that is there, reached by a click."""
    looked = sight(content or page(*links("/elsewhere")), path)
    return Scene(sight=looked, deed=deed or Deed(kind="click", is_main=True), **({"is_ok": True} | given))


def ok_page(path: str, content: PageContent | None = None, **given: Any) -> Page:
    """Make a page view that went well."""
    return Page(path, template_of(path), 200, 0.1, content=content, **given)


def flair(site: ImaginedSite, context: dict[str, Any] | None = None, **settings: Any) -> PhantomFlair:
    """Make the strategy for a shop in memory, everything allowed."""
    given: dict[str, Any] = {
        "label": "phantom-flair",
        "site": site.knowledge(),
        "make_athena": athena,
        "forms": EVERYTHING,
        "seed": 3,
    }
    return PhantomFlair.create(PhantomFlairSettings(**settings), StrategyContext(**(given | (context or {}))))
