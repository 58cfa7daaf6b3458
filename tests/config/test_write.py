"""The written file: it loads, it shows every key, and it takes nobody's place."""

import re
import stat
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.base import Model
from config.guide import MetricId, Role
from config.load import ConfigError, load, parse
from config.model import CallField, Deployment, MinuteCount
from config.rollback import LivePhase, Step
from config.rule import RuleMetric
from config.write import InitAnswers, initial, render, write_new

NEEDED: dict[str, Any] = {"name": "claims-triage", "version": "v2.4.0", "exposure": "internal"}
ANSWERS = InitAnswers(**NEEDED)


def uncommented(text: str) -> str:
    """The text with every example key in use."""
    return re.sub(r"^#(?! )", "", text, flags=re.MULTILINE)


def test_few_answers_make_a_file_that_loads() -> None:
    made = parse(initial(ANSWERS).encode())
    assert made.agent.name == "claims-triage"
    assert made.feeds["calls"].path == "calls.jsonl"
    assert made.rollback.owner == "rollback owner"
    assert {role for person in made.people for role in person.roles} == {
        role for role in get_args(Role) if role != "observer"
    }
    assert made.deployment != parse(initial(InitAnswers(**NEEDED)).encode()).deployment


def test_all_answers_stand_in_the_file() -> None:
    made = parse(
        initial(
            InitAnswers(
                name='a "quoted" name',
                version="v2",
                stable_version="v1",
                description="Sorts claims",
                platform="n8n",
                exposure="customer-facing",
                flags=("regulated", "tool_using"),
                workflow="complex-b2b",
                logs="https://host/calls.jsonl",
                prometheus="http://127.0.0.1:9090",
                people={"agent-lead": "dana", "rollback-owner": "dana", "tech-lead": "kim"},
                deployment="0123456789abcdef",
            )
        ).encode()
    )
    assert made.deployment == "0123456789abcdef"
    assert made.agent.model_dump() == {
        "name": 'a "quoted" name',
        "description": "Sorts claims",
        "platform": "n8n",
        "version": "v2",
        "stable_version": "v1",
        "go_live": None,
        "feedback": False,
        "tools": None,
        "success_criteria": (),
    }
    assert made.context.exposure == "customer-facing"
    assert made.context.regulated
    assert made.context.tool_using
    assert not made.context.personal_data
    assert made.context.workflow == "complex-b2b"
    assert {name: (feed.kind, feed.url) for name, feed in made.feeds.items()} == {
        "calls": ("jsonl-http", "https://host/calls.jsonl"),
        "prometheus": ("prometheus", "http://127.0.0.1:9090"),
    }
    assert made.rollback.owner == "dana"
    owner = made.person("dana")
    assert owner is not None
    assert owner.roles == ("agent-lead", "rollback-owner")


def test_a_prometheus_alone_is_enough() -> None:
    answers = InitAnswers(**NEEDED, prometheus="http://127.0.0.1:9090")
    assert list(parse(initial(answers).encode()).feeds) == ["prometheus"]


def test_bad_answers_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^agent\.stable_version: is the version that"):
        initial(InitAnswers(**NEEDED, stable_version="v2.4.0"))
    with pytest.raises(ConfigError, match=r'^context\.regulatd: .* did you mean "regulated"'):
        initial(InitAnswers(**NEEDED, flags=("regulatd",)))


def shapes(annotation: Any) -> Iterator[type[Model]]:
    """Every model inside a type."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for inner in get_args(annotation):
        yield from shapes(inner)


def keys_of(model: type[Model], path: str = "") -> Iterator[str]:
    """Every key that can stand in the file, as `table.key`."""
    for name, field in model.model_fields.items():
        if field.exclude:
            continue
        key = f"{path}.{field.alias or name}".removeprefix(".")
        yield key
        for inner in shapes(field.annotation):
            # A step's keys are shown with those of the rollback, and not once more elsewhere.
            again = inner is Step and key != "rollback.steps"
            if inner.__name__ not in {"Secret", "FieldPath"} and not again:
                yield from keys_of(inner, key)


def written_keys(data: Any, path: str = "") -> Iterator[str]:
    """Every key of parsed TOML as `table.key`; lists of tables share their key."""
    if isinstance(data, list):
        for entry in data:
            yield from written_keys(entry, path)
    elif isinstance(data, dict):
        for key, value in data.items():
            place = f"{path}.{key}".removeprefix(".")
            yield place
            yield from written_keys(value, place)


def other_switches(text: str) -> Iterator[Any]:
    """The switches that stand beside the first as remarks: one table, so one of them is used."""
    before, first, rest = text.partition("[traffic.switch]")
    _, after, end = rest.partition("\n\n[invoke]")
    for block in re.findall(r"#\[traffic\.switch\]\n((?:#.+\n?)+)", rest):
        whole = f"{before}{first}\n{uncommented(block)}{after}{end}"
        parse(whole.encode())
        yield tomllib.loads(whole)["traffic"]["switch"]


def test_every_key_of_the_models_is_shown_and_every_example_is_valid() -> None:
    text = uncommented(initial(ANSWERS))
    parse(text.encode())
    data = tomllib.loads(text)
    data["traffic"]["switch"] = [data["traffic"]["switch"], *other_switches(text)]
    for phase in data["phases"].values():
        phase["criteria"] = list(phase["criteria"].values())
    for named in ("feeds", "metrics", "items", "prices", "phases"):
        data[named] = list(data[named].values())
    data["rollback"]["procedures"] = list(data["rollback"]["procedures"].values())
    shown = set(written_keys(data))
    assert set(keys_of(Deployment)) - shown == set()


def test_what_is_said_about_roles_names_them_all() -> None:
    assert f"# {', '.join(get_args(Role))}\n" in initial(ANSWERS)


LINE = st.text(st.characters(categories=("L", "M", "N", "P", "S")), min_size=1, max_size=8)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
MONEY = st.floats(0.001, 1e6)
FRACTION = st.floats(0.001, 0.999)
SECRET = st.one_of(TEXT, st.just({"env": "AGENT_TOKEN"}), st.fixed_dictionaries({"file": TEXT}))
URL = st.sampled_from(["http://127.0.0.1:9000/x?y=1", "https://[::1]/a", "http://host"])
HEADERS = st.dictionaries(st.sampled_from(["Accept", "X-Key", "a.b"]), SECRET, max_size=2)


def some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


def table(
    needed: dict[str, st.SearchStrategy[Any]], **keys: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(needed, optional=keys)


def one_of_type(annotation: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(get_args(annotation))


TIMES = {"poll_s": st.floats(0.5, 60), "stale_after_s": MONEY, "deadline_s": MONEY}
FIELDS = st.dictionaries(
    one_of_type(CallField),
    TEXT | st.fixed_dictionaries({"path": TEXT, "as": st.just("ms")}),
    max_size=3,
)
NATIVE = st.just("native")
FEED = st.one_of(
    table(
        {"kind": st.just("jsonl"), "path": TEXT}, preset=st.just("native"), fields=FIELDS, **TIMES
    ),
    table(
        {"kind": st.just("jsonl-http"), "url": URL},
        by=st.sampled_from(["range", "since", "cursor"]),
        since_param=LINE,
        since_format=st.sampled_from(["rfc3339", "unix", "unix-ms"]),
        cursor_param=LINE,
        next_header=st.just("X-Next"),
        headers=HEADERS,
        fields=FIELDS,
        **TIMES,
    ),
    table(
        {"kind": st.just("prometheus"), "url": URL, "preset": st.just("warroom-prometheus")},
        headers=HEADERS,
        minutes=st.dictionaries(one_of_type(MinuteCount), TEXT, max_size=2),
        values=st.dictionaries(one_of_type(MetricId), TEXT, max_size=2),
        **TIMES,
    ),
)
READ_BACK = table(
    {"url": URL, "path": LINE, "equals": TEXT | st.integers(-9, 9) | st.booleans() | MONEY},
    headers=HEADERS,
)
ARGV = st.lists(TEXT, max_size=2).map(lambda rest: ["/bin/true", *rest])
PROOF = st.one_of(
    READ_BACK.map(lambda proof: {"read_back": proof}),
    st.builds(lambda argv, line: {"prove": {"argv": argv, "contains": line}}, ARGV, LINE),
)
STEP = st.one_of(
    table(
        {
            "title": LINE,
            "kind": st.just("http"),
            "url": URL,
            "manual": TEXT,
            "read_back": READ_BACK,
        },
        method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
        headers=HEADERS,
        body=TEXT,
        expect_status=st.lists(st.integers(100, 599), min_size=1, max_size=3),
        timeout_s=st.floats(0.1, 900),
    ),
    st.builds(
        lambda step, proof: {**step, **proof},
        table(
            {"title": LINE, "kind": st.just("command"), "argv": ARGV, "manual": TEXT},
            cwd=LINE,
            idempotent=st.booleans(),
            timeout_s=st.floats(0.1, 900),
        ),
        PROOF,
    ),
    table(
        {
            "title": LINE,
            "kind": st.just("notify"),
            "to": st.just(["rollback-owner"]),
            "manual": TEXT,
        },
        text=LINE,
    ),
    st.builds(
        lambda step, proof: {**step, **proof},
        table({"title": LINE, "kind": st.just("manual"), "manual": TEXT}),
        PROOF | st.just({}),
    ),
    table(
        {"preset": st.just("n8n-off"), "fill": st.just({"url": "http://n8n", "id": "7"})},
        title=LINE,
        headers=HEADERS,
        timeout_s=st.floats(0.1, 900),
    ),
)


@st.composite
def steps(draw: st.DrawFn, least: int = 0) -> list[dict[str, Any]]:
    """Steps that can be ordered."""
    ids = draw(st.lists(LINE, min_size=least, max_size=3, unique=True))
    return [{"id": name, "after": ids[:place], **draw(STEP)} for place, name in enumerate(ids)]


SUSPENSION = table(
    {"id": LINE, "title": LINE, "steps": steps(1)},
    kind=st.sampled_from(["tool", "agent"]),
    users=LINE,
)
RULE = table(
    {
        "id": st.from_regex(r"[a-z0-9-]{1,6}", fullmatch=True),
        "metric": one_of_type(RuleMetric),
        "window_s": st.integers(1, 1440).map(lambda minutes: minutes * 60),
        "under": FRACTION,
        "recipient": st.just("rollback-owner"),
    },
    for_s=st.sampled_from([0, 60, 86_400]),
    severity=st.sampled_from(["page", "ticket", "info"]),
)
PERSON = table(
    {"roles": st.lists(one_of_type(Role), min_size=1, max_size=3)},
    phone=LINE,
    notify=st.lists(SECRET, max_size=2),
)


@st.composite
def deployments(draw: st.DrawFn) -> dict[str, Any]:
    """Values of the shape of `warroom.toml` that are valid."""
    names = draw(st.lists(LINE, min_size=1, max_size=3, unique=True))
    people = [{"name": name, **draw(PERSON)} for name in names]
    people[0]["roles"] = ["rollback-owner"]
    feeds = draw(
        st.dictionaries(st.from_regex(r"[a-z0-9-]{1,6}", fullmatch=True), FEED, min_size=1)
    )
    optional = some(
        nfr=some(
            latency_sla_s=MONEY,
            availability=FRACTION,
            error_budget=FRACTION,
            cost_per_call=MONEY,
            cost_per_workflow=MONEY,
            cost_per_hour=MONEY,
            currency=st.just("EUR"),
        ),
        forecast=some(cost_per_call=MONEY, calls_per_hour=MONEY),
        metrics=st.dictionaries(
            one_of_type(MetricId), st.just({"feed": next(iter(feeds))}), max_size=3
        ),
        traffic=some(shares=st.just([5, 25, 75, 100])),
        rules=st.lists(RULE, max_size=3, unique_by=lambda rule: rule["id"]),
        watch=some(
            source_share=FRACTION,
            source_calls=st.integers(20, 999),
            phrases=st.lists(st.just("open sesame"), max_size=2),
            burn=st.just([{"times": 2.0, "long_s": 120, "short_s": 60}]),
            off=st.just(["model"]),
        ),
        suspensions=st.lists(SUSPENSION, max_size=2, unique_by=lambda one: one["id"]),
    )
    return {
        "version": 1,
        "deployment": draw(st.from_regex(r"[0-9a-f]{16}", fullmatch=True)),
        "agent": draw(
            table(
                {"name": LINE, "version": st.just("v2"), "stable_version": st.just("v1")},
                description=LINE,
                platform=LINE,
                go_live=st.dates(date(2000, 1, 1)),
            )
        ),
        "context": draw(
            table(
                {"exposure": st.sampled_from(["internal", "customer-facing"])},
                regulated=st.booleans(),
                cross_market=st.booleans(),
                workflow=st.sampled_from(["saas", "complex-b2b"]),
            )
        ),
        "people": people,
        "feeds": feeds,
        **draw(optional),
        "rollback": {
            "owner": names[0],
            "deputy": names[-1],
            **draw(
                some(
                    budget_s=st.integers(1, 900),
                    fresh_calls=st.integers(1, 9),
                    fallback=LINE,
                    procedures=st.dictionaries(
                        one_of_type(LivePhase), table({"steps": steps(1)}, target=LINE), max_size=2
                    ),
                    drill=st.fixed_dictionaries(
                        {"replace": st.dictionaries(LINE, LINE, min_size=1, max_size=2)},
                        optional={"reset": LINE},
                    ),
                )
            ),
            "steps": draw(steps()),
        },
    }


@given(deployments())
@settings(max_examples=100)
def test_what_is_rendered_loads_as_it_was(values: dict[str, Any]) -> None:
    assert parse(render(values).encode()) == Deployment.model_validate(values)


def test_a_file_is_new_private_and_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "agent"
    path = write_new(home, initial(ANSWERS))
    assert path == home / "warroom.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load(home).deployment.agent.name == "claims-triage"
    assert [each.name for each in home.iterdir()] == ["warroom.toml"]


def test_an_existing_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "warroom.toml"
    path.write_text("mine")
    with pytest.raises(ConfigError) as caught:
        write_new(tmp_path, "other")
    assert str(caught.value) == f"{path} is there already; edit it, or name another directory"
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["warroom.toml"]


def test_of_many_writers_one_wins(tmp_path: Path) -> None:
    def attempt(number: int) -> int | None:
        try:
            write_new(tmp_path, f"{number}" * 10_000)
        except ConfigError:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(attempt, range(8)) if number is not None]
    assert len(winners) == 1
    assert (tmp_path / "warroom.toml").read_text() == f"{winners[0]}" * 10_000


def test_a_file_in_the_directorys_place(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(ConfigError) as caught:
        write_new(tmp_path / "taken", "text")
    assert str(caught.value) == f"{tmp_path / 'taken'} cannot be made: File exists"


def test_a_disk_that_refuses() -> None:
    with pytest.raises(ConfigError) as caught:
        write_new(Path("/proc"), "text")
    assert re.fullmatch(r"/proc/warroom.toml cannot be written: .+", str(caught.value))
