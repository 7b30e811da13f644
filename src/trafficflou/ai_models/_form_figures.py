"""The forms of the tasks about figures: `name_groups` and `explain`."""

from typing import Annotated, Any, Final

from pydantic import Field

from trafficflou.ai_models._prompt_piece import (
    LABEL_CHARS,
    SENTENCE_CHARS,
    WORD_CHARS,
    MaybeWords,
    Number,
    PromptForm,
    WireShape,
    Words,
    maybe_words,
    no_wish,
    pick,
    template_rows,
    words,
)
from trafficflou.ai_models.tasks import (
    Citation,
    Explanation,
    GroupNames,
    NameGroupsRequest,
    RunFigures,
    ToldFinding,
)
from trafficflou.security.sanitising import clean_text

__all__ = ["EXPLAIN", "NAME_GROUPS"]


class _Name(WireShape):
    group: Number
    name: Annotated[str, Field(min_length=1, max_length=WORD_CHARS * 2)]


class _WireNames(WireShape):
    names: Annotated[list[_Name], Field(min_length=1, max_length=24)]


def _groups(request: NameGroupsRequest) -> dict[str, Any]:
    return {
        "groups": [
            {
                "number": number,
                "share": round(group.share, 4),
                "top_templates": template_rows(group.top_templates),
                "pages_per_session": round(group.pages_per_session, 2),
                "think_median_s": round(group.think_median_s, 2),
            }
            for number, group in enumerate(request.groups, start=1)
        ]
    }


def _group_names(wire: _WireNames, request: NameGroupsRequest) -> GroupNames:
    names = {
        pick(request.groups, entry.group, "group").key: words(entry.name, WORD_CHARS, "a name")
        for entry in wire.names
    }
    if len(names) != len(request.groups):
        raise ValueError(f"each of the {len(request.groups)} groups needs a name")
    return GroupNames(names=names)


class _Finding(WireShape):
    message: Words
    likely_cause: MaybeWords
    next_experiment: MaybeWords
    cites: Annotated[list[Number], Field(min_length=1, max_length=8)]


class _WireExplanation(WireShape):
    findings: Annotated[list[_Finding], Field(max_length=12)]


def _figures(request: RunFigures) -> dict[str, Any]:
    return {
        "verdict": request.verdict,
        "reasons": [clean_text(reason, SENTENCE_CHARS) for reason in request.reasons[:20]],
        "figures": [
            {
                "number": number,
                "place": clean_text(figure.place, 120),
                "value": clean_text(figure.value, LABEL_CHARS)
                if isinstance(figure.value, str)
                else figure.value,
            }
            for number, figure in enumerate(request.figures, start=1)
        ],
    }


def _explanation(wire: _WireExplanation, request: RunFigures) -> Explanation:
    return Explanation(findings=tuple(_told(finding, request) for finding in wire.findings))


def _told(finding: _Finding, request: RunFigures) -> ToldFinding:
    cited = [pick(request.figures, number, "figure") for number in dict.fromkeys(finding.cites)]
    return ToldFinding(
        message=words(finding.message, SENTENCE_CHARS, "a message"),
        likely_cause=maybe_words(finding.likely_cause, SENTENCE_CHARS),
        next_experiment=maybe_words(finding.next_experiment, SENTENCE_CHARS),
        cites=tuple(Citation(place=figure.place, value=figure.value) for figure in cited),
    )


NAME_GROUPS: Final = PromptForm(
    "Give each behaviour group, by its number, a short plain name that tells it from the others by what its visitors do, such as "
    "`Bargain hunters` or `One-page readers`.",
    _WireNames,
    no_wish,
    _groups,
    _group_names,
)

EXPLAIN: Final = PromptForm(
    "Explain the outcome of a load test: what broke or slowed down first, why that may be, and what to try next. Most important first, "
    "few findings, none where nothing is remarkable. Every finding cites, by number, the figures that it rests on. Claim nothing that "
    "the figures do not show; say that a cause is likely, not that it is certain.",
    _WireExplanation,
    no_wish,
    _figures,
    _explanation,
)
