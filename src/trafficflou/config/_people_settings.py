"""The rows of the table of settings that say who visits: imagined people, the AI model that imagines them, and the care they take."""

from typing import Final

from trafficflou.config.setting import Setting

__all__ = ["CARE_SETTINGS", "PEOPLE_SETTINGS"]

_PANEL: Final = "AI"

PEOPLE_SETTINGS: Final = (
    Setting(
        field="intensity",
        key="intensity",
        section="run",
        metavar="0..1",
        panel=_PANEL,
        help="How strongly imagined visitors lean on what they prefer, and how far they leave the beaten track.",
        valid="a number from 0 to 1",
    ),
    Setting(
        field="sophistication",
        key="sophistication",
        section="run",
        metavar="1..5",
        panel=_PANEL,
        help="What imagined visitors can do: 1 weighted links, 2 interests, 3 goals and memory, 4 forms, search and comparison, "
        "5 adaptation.",
        valid="a whole number from 1 to 5",
    ),
    Setting(
        field="personas",
        key="personas",
        section="run",
        metavar="FILE",
        panel=_PANEL,
        help="Play these people instead of imagining some: the personas.json of an earlier run, maybe edited.",
        valid="the path of a personas.json",
        is_path=True,
    ),
    Setting(
        field="ai",
        key="ai",
        section="run",
        metavar="PROVIDER",
        panel=_PANEL,
        help="Who imagines, prefers and explains. Where none is given: the provider in [ai], which is athena unless set; she needs "
        "neither key nor network.",
        valid="athena, openai, anthropic, compatible, primal-genesis or one of another package",
    ),
    Setting(
        field="brief",
        key="brief",
        section="run",
        metavar="TEXT",
        panel=_PANEL,
        help="A sentence about the day to play, such as 'Black Friday: three times the visitors, mostly phones'. What is understood "
        "is shown for confirmation.",
        valid="up to 2000 characters of text",
    ),
    Setting(
        field="yes",
        key="yes",
        section="run",
        default="false",
        metavar="",
        panel=_PANEL,
        help="Play what was understood of the brief without asking.",
        valid="true or false",
        is_switch=True,
    ),
    Setting(
        field="ai_max_usd",
        key="ai_max_usd",
        section="run",
        metavar="USD",
        panel=_PANEL,
        help="What AI providers may cost in this run, in US dollars; at the limit Athena goes on alone.",
        valid="a number of at least 0, such as 0.50",
    ),
    Setting(
        field="ai_max_tokens",
        key="ai_max_tokens",
        section="run",
        metavar="N",
        panel=_PANEL,
        help="How many tokens AI providers may take in this run; at the limit Athena goes on alone.",
        valid="a whole number of at least 0",
    ),
    Setting(
        field="record_ai",
        key="record_ai",
        section="run",
        metavar="FILE",
        panel=_PANEL,
        help="Record every answer of an AI model into this cassette.",
        valid="a path; not together with replay_ai",
        is_path=True,
    ),
    Setting(
        field="replay_ai",
        key="replay_ai",
        section="run",
        metavar="FILE",
        panel=_PANEL,
        help="Answer from this cassette instead of asking providers: the same answers, without a key.",
        valid="the path of a cassette; not together with record_ai",
        is_path=True,
    ),
    Setting(
        field="show_prompts",
        key="show_prompts",
        section="run",
        default="false",
        metavar="",
        panel=_PANEL,
        help="Print every prompt that a provider is sent on standard error; they are kept in prompts.jsonl all the same.",
        valid="true or false",
        is_switch=True,
    ),
)

CARE_SETTINGS: Final = (
    Setting(
        field="allow_forms",
        key="allow_forms",
        section="care",
        default="search",
        metavar="PURPOSES",
        panel="Care",
        help="Which forms visitors may send, by what they are for, separated by commas. Searching changes nothing and is always "
        "allowed.",
        valid="search, cart, checkout, login, register, contact, comment, newsletter, settings, other, or all",
        choices=(
            *(
                "search",
                "cart",
                "checkout",
                "login",
                "register",
                "contact",
                "comment",
                "newsletter",
                "settings",
                "other",
            ),
            "all",
        ),
        is_list=True,
    ),
    Setting(
        field="allow_destructive",
        key="allow_destructive",
        section="care",
        metavar="WORDS",
        panel="Care",
        help="Words of links and buttons that visitors may use although they destroy, end or cost something, separated by commas.",
        valid="words such as logout or delete",
        is_list=True,
    ),
)
