"""A sentence about a day becomes a plan: "Black Friday: three times the visitors, a spike at nine, mostly phones".

The sentence is cut into clauses; each clause is one edit, told by what it speaks of (an hour, reading, a device, a kind of page,
visitors) and by the number in it (`numerals`). What cannot be read is said, never guessed; a size that was not said ("more",
"a spike") gets a usual one, and the edit says so. A person confirms the plan.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from trafficflou.ai_models.athena.numerals import Factor, find_factor, find_hour, find_share, tidy
from trafficflou.ai_models.athena.words import STOP_WORDS, content_words, stem, synonyms_of, word_set, words
from trafficflou.ai_models.tasks import BriefRequest, Device, Plan, PlanEdit, SiteFacts

__all__ = ["read_brief"]

_MAX: Final = 12
_MAX_CLAUSES: Final = 60
_MAX_FACTOR: Final = 1000.0
_MAX_QUOTE: Final = 160
_SPIKE_FACTOR: Final = 3.0
_SLOWLY: Final = 1.5
_QUICKLY: Final = 0.6
_MORE_OF_A_KIND: Final = {"mostly": 3.0, "mainly": 3.0}

_CUT: Final = re.compile(
    r"[,;!?\n]|(?<!\d)\.|\.(?!\d)|(?<!\d):|:(?!\d)|\s[-–—]+\s|\b(?:and|with|but|while|plus|then)\b"
)
_SPIKE: Final = re.compile(
    r"\b(?:spikes?|peaks?|rush|surge|burst|flood|wave|jump|stampede|starts?|begins?|opens?)\b"
)
_VISITORS: Final = word_set(
    "visitor visitors people user users traffic load session sessions customer customers shopper shoppers visits visit guests "
    "audience crowd everyone everybody demand reader readers"
)
_DEVICES: Final[dict[Device, re.Pattern[str]]] = {
    "mobile": re.compile(r"\b(?:(?:smart)?phones?|mobiles?|iphones?|androids?|handys?|cell ?phones?)\b"),
    "tablet": re.compile(r"\b(?:tablets?|ipads?)\b"),
    "desktop": re.compile(r"\b(?:desktops?|laptops?|notebooks?|computers?|pcs?|macs?)\b"),
}
_READING: Final = re.compile(
    r"\b(?:reads?|reading|think|thinks|thinking|paces?|pauses?|clicks?|hurry|hurried|rushed|browse|impatient|patient|linger)\b"
)
_SLOW: Final = re.compile(
    r"\b(?:slow|slowly|slower|long|longer|patient|patiently|leisurely|linger|carefully|thoroughly)\b"
)
_FAST: Final = re.compile(
    r"\b(?:fast|faster|quick|quickly|quicker|hurry|hurried|rushed|short|shorter|impatient|impatiently|hastily)\b"
)
_OCCASION: Final = word_set(
    "black friday cyber monday christmas easter singles valentine valentines mothers fathers thanksgiving new year eve summer winter spring autumn "
    "sale sales launch campaign day days week weekend holiday holidays event school like imagine play think picture usual"
)
_HOME: Final = "home homepage front landing start"


@dataclass(slots=True)
class _Reading:
    site: SiteFacts
    edits: list[PlanEdit] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)

    def refuse(self, clause: str, why: str) -> None:
        """Say what was not understood."""
        text = f"{why}: {_quote(clause)}"
        if len(self.not_understood) < _MAX and text not in self.not_understood:
            self.not_understood.append(text)

    def edit(self, kind: str, factor: float, clause: str, note: str = "", **more: object) -> None:
        """Add an edit, if its factor is one that can be played and there is room."""
        if not 0 < factor <= _MAX_FACTOR:
            self.refuse(clause, "A factor must be above 0 and at most 1000")
        elif len(self.edits) >= _MAX:
            self.refuse(clause, "More than twelve changes at once")
        else:
            because = _quote(clause) + (f"; {note}" if note else "")
            edit = PlanEdit.model_validate(
                {"kind": kind, "factor": round(factor, 6) or factor, "because": because, **more}
            )
            if edit not in self.edits:
                self.edits.append(edit)


def read_brief(request: BriefRequest) -> Plan:
    """Read a sentence; never raises, and what was not understood is said."""
    reading = _Reading(request.site)
    text = re.sub(r"\bbetween (\S{1,20}) and (\S{1,20})", r"at \1", tidy(request.brief))
    clauses = [clause.strip() for clause in _CUT.split(text)]
    occasions: list[str] = []
    for clause in [clause for clause in clauses if clause][:_MAX_CLAUSES]:
        if set(words(clause)) <= _OCCASION | STOP_WORDS:
            occasions.append(clause)
        else:
            _read_clause(reading, clause)
    if not reading.edits and not reading.not_understood:
        reading.refuse(" ".join(occasions) or text, "No change of the traffic was found in this")
    _check_shares(reading)
    return Plan(edits=tuple(reading.edits), not_understood=tuple(reading.not_understood))


def _read_clause(reading: _Reading, clause: str) -> None:
    factor, hour = find_factor(clause), find_hour(clause)
    is_spike = _SPIKE.search(clause) is not None
    devices = [device for device, pattern in _DEVICES.items() if pattern.search(clause)]
    if (hour is not None and (is_spike or factor is not None) and not devices) or (is_spike and not devices):
        _read_spike(reading, clause, factor, hour)
    elif _READING.search(clause) and (
        factor is not None or _SLOW.search(clause) or _FAST.search(clause) or "hurry" in clause
    ):
        _read_pace(reading, clause, factor)
    elif devices:
        _read_device(reading, clause, factor, devices)
    elif (template := _template_of(clause, reading.site)) is not None:
        _read_template(reading, clause, factor, template)
    else:
        _read_visitors(reading, clause, factor)


def _read_spike(reading: _Reading, clause: str, factor: Factor | None, hour: int | None) -> None:
    if hour is None:
        reading.refuse(clause, 'A spike needs an hour, as in "a spike at nine"')
        return
    said = factor is not None and not factor.is_vague
    value = factor.value if factor is not None else _SPIKE_FACTOR
    note = "" if said else f"the size was not said, {value:.2g} times is taken"
    reading.edit("spike", value, clause, note, hour=hour)


def _read_pace(reading: _Reading, clause: str, factor: Factor | None) -> None:
    is_fast = _FAST.search(clause) is not None
    if factor is None or factor.is_vague:
        value = _QUICKLY if is_fast else _SLOWLY
        reading.edit(
            "think_factor", value, clause, f"the size was not said, {value:g} times the think time is taken"
        )
        return
    turned = is_fast and re.search(r"\bshort", clause) is None and factor.value > 0
    reading.edit("think_factor", 1 / factor.value if turned else factor.value, clause)


def _read_device(reading: _Reading, clause: str, factor: Factor | None, devices: list[Device]) -> None:
    device, share = devices[0], find_share(clause)
    if len(devices) > 1:
        reading.refuse(clause, "Say one kind of device at a time")
    elif share is not None:
        note = "taken as one visit in a thousand" if share < 0.01 else ""
        note = f"taken as {share:.0%}" if re.search(r"\bmost|mainly|few|hardly", clause) else note
        reading.edit("device_share", share, clause, note, device=device)
    elif factor is None:
        reading.refuse(clause, "How many there are was not found")
    elif (now := reading.site.devices.get(device)) is None:
        reading.refuse(
            clause,
            "The present share of this device is not known, so it cannot be multiplied; say the new share",
        )
    else:
        note = f"{now:.0%} now" + (
            f"; the size was not said, {factor.value:.2g} times is taken" if factor.is_vague else ""
        )
        reading.edit("device_share", min(1.0, now * factor.value), clause, note, device=device)


def _read_template(reading: _Reading, clause: str, factor: Factor | None, template: str) -> None:
    vague = next(
        (value for word, value in _MORE_OF_A_KIND.items() if re.search(rf"\b{word}\b", clause)), None
    )
    if factor is None and vague is None:
        reading.refuse(clause, "How much more or less was not found")
        return
    value = factor.value if factor is not None else vague or 1.0
    note = f"the size was not said, {value:.2g} times is taken" if factor is None or factor.is_vague else ""
    reading.edit("template_factor", value, clause, note, template=template)


def _read_visitors(reading: _Reading, clause: str, factor: Factor | None) -> None:
    speaks_of_visitors = not _VISITORS.isdisjoint(words(clause))
    if factor is not None and (speaks_of_visitors or not _strange_words(clause)):
        note = f"the size was not said, {factor.value:.2g} times is taken" if factor.is_vague else ""
        reading.edit("scale_visitors", factor.value, clause, note)
    elif speaks_of_visitors and re.search(r"\d", clause):
        reading.refuse(clause, "A number of visitors belongs in --visitors or --arrivals; a plan multiplies")
    else:
        reading.refuse(clause, "What it changes was not found")


def _strange_words(clause: str) -> list[str]:
    """Return the words that speak of something else than an amount."""
    amounts = word_set(
        "double doubled triple tripled twice thrice half halved times fold percent cent factor usual normal quarter third"
    )
    known = _VISITORS | _OCCASION | amounts
    return [
        word
        for word in content_words(clause)
        if word.isalpha() and word not in known and find_factor(f"{word} times") is None
    ]


def _template_of(clause: str, site: SiteFacts) -> str | None:
    """Return the template whose address (or, if none does, title) shares most with the clause; the more visited of equals."""
    wanted = {stem(word) for word in content_words(clause) if word not in _VISITORS and word.isalpha()}
    near = wanted.union(*(synonyms_of(word) for word in wanted))
    best: tuple[float, float, str] | None = None
    for facts in site.templates:
        address = _HOME if facts.template == "/" else facts.template.replace("{", " ").replace("}", " ")
        own, title = ({stem(word) for word in content_words(text)} for text in (address, facts.title))
        score = 3.0 * len(own & wanted) + 1.0 * len(own & near) + 0.5 * len(title & wanted)
        if score > 0 and (best is None or (score, facts.share, facts.template) > best):
            best = (score, facts.share, facts.template)
    return best[2] if best is not None else None


def _check_shares(reading: _Reading) -> None:
    shares = [edit for edit in reading.edits if edit.kind == "device_share"]
    if sum({edit.device: edit.factor for edit in shares}.values()) > 1.001:
        reading.refuse(shares[-1].because, "The devices' shares add up to more than all visits")


def _quote(clause: str) -> str:
    shown = clause if len(clause) <= _MAX_QUOTE else clause[: _MAX_QUOTE - 1] + "…"
    return f'"{shown}"'
