"""Every setting of a run, in one table: its names, its default, what it means and what is valid.

The command line makes its flags from this table, the file and environment layers their keys, `RunConfig` its defaults and
descriptions, and a test compares `docs/configuration.md` with it. It needs nothing but the standard library, so that
`trafficflou --help` stays quick.
"""

from typing import Final

from trafficflou.config._people_settings import CARE_SETTINGS, PEOPLE_SETTINGS
from trafficflou.config.setting import ENV_PREFIX, Setting

__all__ = ["ENV_PREFIX", "SECTIONS", "SETTINGS", "Setting", "setting_named"]

DEFAULT_VISITORS: Final = 10
"""Visitors where neither `visitors` nor `arrivals` is given: enough to see something, too few to hurt anybody."""


_DURATION = "a duration with its unit, such as 30s, 1m30s or 250ms"

SETTINGS: Final = (
    Setting(
        field="target",
        key="target",
        section="run",
        metavar="TARGET",
        panel="Target and workload",
        help="The site: scheme, host and port, such as http://127.0.0.1:8080. Paths come from the model.",
        valid="http:// or https://, a host and maybe a port, such as http://127.0.0.1:8080",
    ),
    Setting(
        field="model",
        key="model",
        section="run",
        metavar="FILE",
        panel="Target and workload",
        help="The traffic model to play, made by `trafficflou learn`. Without one the site is looked at before the run.",
        valid="the path of a traffic model, such as model.json",
        is_path=True,
    ),
    Setting(
        field="strategy",
        key="strategy",
        section="run",
        metavar="SPEC",
        panel="Target and workload",
        help="Who decides what a visitor does next: a strategy, a class of your own, or a blend such as "
        "'organic-mimicry:0.8,phantom-flair:0.2'. Where none is given: organic-mimicry, which plays the statistics of recorded "
        "traffic, with a model, and phantom-flair, whose imagined visitors read the pages, without one.",
        valid="strategies by name, file or class, each maybe with settings in brackets and a weight",
        is_strategy=True,
    ),
    Setting(
        field="switches",
        key="switch",
        section="run",
        metavar="SPEC at TIME",
        panel="Target and workload",
        help="Let others play those who come from some time on ('phantom-flair at 30s'), or more and more of them "
        "('phantom-flair at 30s over 10s'); sessions under way end as they began. Repeatable.",
        valid="a strategy, at and a time after the start, and maybe over and a duration "
        "(a list in a file; separated by ; in the environment)",
        is_list=True,
        is_strategy=True,
    ),
    Setting(
        field="visitors",
        key="visitors",
        section="run",
        metavar="N",
        panel="Target and workload",
        help="Closed workload: keep N visitors on the site at once; who leaves is replaced. "
        f"{DEFAULT_VISITORS} where --arrivals is not given.",
        valid="a whole number from 1 to 100000; not together with arrivals",
    ),
    Setting(
        field="arrivals",
        key="arrivals",
        section="run",
        metavar="RATE|model",
        panel="Target and workload",
        help="Partly-open workload: new visitors come at this rate whatever the site does "
        "(10/s, 600/min), or as the model recorded them (model).",
        valid="a rate such as 10/s, 600/min or 5000/h, or the word model; not together with visitors",
        choices=("model",),
    ),
    Setting(
        field="subresources",
        key="subresources",
        section="run",
        default="auto",
        metavar="WHICH",
        panel="Target and workload",
        help="What a page view fetches besides its document: what the live page names (page), what the model recorded "
        "(model), both (auto) or nothing (none).",
        valid="auto, page, model or none",
        choices=("auto", "page", "model", "none"),
    ),
    Setting(
        field="duration_s",
        key="duration",
        section="run",
        default="60s",
        metavar="TIME",
        panel="Pace",
        help="How long to play, ramp and warm-up included.",
        valid=_DURATION + ", at most 30d",
        is_quantity=True,
    ),
    Setting(
        field="ramp_s",
        key="ramp",
        section="run",
        default="0s",
        metavar="TIME",
        panel="Pace",
        help="Bring the load up evenly over this time instead of at once.",
        valid=_DURATION + ", not above the duration",
        is_quantity=True,
    ),
    Setting(
        field="warmup_s",
        key="warmup",
        section="run",
        default="0s",
        metavar="TIME",
        panel="Pace",
        help="Play this time at the start without counting it in the results.",
        valid=_DURATION + ", below the duration",
        is_quantity=True,
    ),
    Setting(
        field="think_time",
        key="think_time",
        section="run",
        metavar="model|none|xN",
        panel="Pace",
        help="How long visitors pause between pages: as recorded (model), not at all (none), or "
        "a multiple of it (x0.5 is twice as hurried). Where none is given: model; but x0.1 for imagined visitors without a model, "
        "whose pauses are guesses anyway, so that a minute shows something of the site.",
        valid="model, none, or x and a factor above 0 and up to 100, such as x0.5",
        choices=("model", "none"),
    ),
    Setting(
        field="seed",
        key="seed",
        section="run",
        metavar="N",
        panel="Pace",
        help="Makes the same visitors with the same choices again. Drawn, and recorded in the results, where not given.",
        valid="a whole number from 0 to 4294967295",
    ),
    Setting(
        field="slos",
        key="slo",
        section="run",
        metavar="EXPR",
        panel="Judgement",
        help="A condition for the verdict, such as 'p95<300ms', 'errors<1%' or 'p99{template=/checkout}<1s'. Repeatable.",
        valid="expressions such as p95<300ms, errors<1% or p99{template=/checkout}<1s "
        "(a list in a file; separated by ; in the environment)",
        is_list=True,
    ),
    *PEOPLE_SETTINGS,
    *CARE_SETTINGS,
    Setting(
        field="workers",
        key="workers",
        section="engine",
        default="auto",
        metavar="N|auto",
        panel="Engine",
        help="Worker processes; auto is one for each core this process may use.",
        valid="a whole number from 1 to 256, or auto",
        choices=("auto",),
    ),
    Setting(
        field="http",
        key="http",
        section="engine",
        default="auto",
        metavar="VERSION",
        panel="Engine",
        help="The HTTP version. This version of TrafficFlou speaks HTTP/1.1 only, so auto is 1.1.",
        valid="auto or 1.1",
        choices=("auto", "1.1"),
    ),
    Setting(
        field="ca_file",
        key="ca_file",
        section="engine",
        metavar="FILE",
        panel="Engine",
        help="Certificates (PEM) to trust besides the system's, for a test site with its own authority.",
        valid="the path of a PEM file",
        is_path=True,
    ),
    Setting(
        field="timeout_s",
        key="timeout",
        section="engine",
        default="30s",
        metavar="TIME",
        panel="Engine",
        help="Longest wait for a whole response; then the request counts as failed.",
        valid=_DURATION + ", above 0 and at most 1h",
        is_quantity=True,
    ),
    Setting(
        field="connect_timeout_s",
        key="connect_timeout",
        section="engine",
        default="10s",
        metavar="TIME",
        panel="Engine",
        help="Longest wait for a connection, TLS included.",
        valid=_DURATION + ", above 0 and at most 1h",
        is_quantity=True,
    ),
    Setting(
        field="max_body_bytes",
        key="max_body",
        section="engine",
        default="16MB",
        metavar="SIZE",
        panel="Engine",
        help="Largest response body that is read, after decompression; a larger one counts as failed.",
        valid="a size with its unit, such as 512KiB or 16MB, from 1KiB to 1GiB",
        is_quantity=True,
    ),
    Setting(
        field="out",
        key="out",
        section="report",
        default="trafficflou-runs",
        metavar="DIR",
        panel="Output",
        help="Folder that holds a folder for each run.",
        valid="a path",
        is_path=True,
    ),
    Setting(
        field="name",
        key="name",
        section="report",
        default="run",
        metavar="NAME",
        panel="Output",
        help="Name of the run; part of its folder's name.",
        valid="1 to 60 letters, digits, dots, dashes and underscores, beginning with a letter or digit",
    ),
    Setting(
        field="quiet",
        key="quiet",
        section="report",
        default="false",
        metavar="",
        panel="Output",
        help="Print errors only; the exit code says the rest.",
        valid="true or false",
        is_switch=True,
    ),
    Setting(
        field="json_output",
        key="json",
        section="report",
        default="false",
        metavar="",
        panel="Output",
        help="Print exactly summary.json on standard output and everything else on standard error.",
        valid="true or false",
        is_switch=True,
    ),
)

SECTIONS: Final = tuple(dict.fromkeys(setting.section for setting in SETTINGS))
"""The tables of `trafficflou.toml`."""

_BY_NAME: Final = {name: setting for setting in SETTINGS for name in (setting.field, setting.key)}


def setting_named(name: str) -> Setting | None:
    """Find a setting by its key (`duration`) or field (`duration_s`)."""
    return _BY_NAME.get(name)
