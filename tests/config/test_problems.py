"""What a file may get wrong: each problem is one exact sentence with its line."""

import pytest

from config.load import ConfigError, parse
from config.presets import preset_names
from tests.config.sample import changed, longer

STEP = """\
[[rollback.steps]]
id = "traffic"
title = "Send all traffic back"
kind = "http"
url = "http://127.0.0.1:9000/control"
manual = "call the desk"
"""
READ_BACK = """\
[rollback.steps.read_back]
url = "http://127.0.0.1:9000/control"
path = "share"
equals = 0
"""
COMMAND = """\
[[rollback.steps]]
id = "workers"
title = "Restore the workers"
kind = "command"
argv = ["/bin/true"]
manual = "call the desk"
"""
ROLES = (
    "agent-lead, tech-lead, rollback-owner, bu-operations-lead, legal, executive-sponsor, "
    "reviewer, observer"
)
FIELDS = (
    "id, at, latency_s, cost, tokens_in, tokens_out, error, escalation, flags, version, variant, "
    "model, tools, tools_failed, conversation, feedback, user, input, output, format, correction, "
    "synthetic"
)
METRICS = (
    "accuracy, escalation-rate, latency-p95, error-rate, cost-per-call, spend-rate, traffic, "
    "safety-flags"
)

BAD = {
    "version of another time": (
        changed("version = 1\n", "version = 2\n"),
        ["1: version: 2 is not a value of `version` (one of: 1)"],
    ),
    "made-up deployment": (
        changed("9f2c4e5d6b7a8091", "prod"),
        ["2: deployment: must be the 16 hex digits that `warroom init` made"],
    ),
    "missing key": (changed('name = "claims-triage"\n', ""), ["4: agent.name: is missing"]),
    "missing table": (
        changed('[rollback]\nowner = "rollback owner"\n', ""),
        ["1: rollback: is missing"],
    ),
    "unknown key": (
        changed('version = "v2.4.0"', 'version = "v2"\nstabel_version = "v1"'),
        [
            '7: agent.stabel_version: is not a known key; did you mean "stable_version"? '
            "(one of: name, description, platform, version, stable_version, go_live, feedback, "
            "tools, success_criteria)"
        ],
    ),
    "unknown table": (
        longer("[rolback]\n"),
        [
            '23: rolback: is not a known key; did you mean "rollback"? (one of: version, '
            "deployment, agent, context, people, nfr, forecast, feeds, prices, metrics, rules, "
            "watch, notices, console, items, traffic, phases, gates, invoke, integrations, "
            "staging, escalation, load, signing, sync, rollback, suspensions)"
        ],
    ),
    "unknown key in an inline table": (
        changed('path = "calls.jsonl"', 'path = "x"\nfields = { cost = { pat = "c" } }'),
        [
            "18: feeds.calls.fields.cost.path: is missing",
            '18: feeds.calls.fields.cost.pat: is not a known key; did you mean "path"? '
            "(one of: path, as)",
        ],
    ),
    "a feed has no key for its name": (
        changed('path = "calls.jsonl"', 'path = "calls.jsonl"\nid = "other"'),
        ["18: feeds.calls.id: the table's name is the id; remove this key"],
    ),
    "unknown role": (
        changed('["rollback-owner"]', '[\n  "rollback-owner",\n  "agent-laed",\n]'),
        [
            '15: people[0].roles: "agent-laed" is not a role; did you mean "agent-lead"? '
            f"(one of: {ROLES})"
        ],
    ),
    "nobody's role": (
        changed('["rollback-owner"]', "[]"),
        ["13: people[0].roles: must not be empty"],
    ),
    "two of a name": (
        longer('[[people]]\nname = "rollback owner"\nroles = ["legal"]\n'),
        ['24: people[1].name: "rollback owner" is the name of an earlier person'],
    ),
    "one's own exposure": (
        changed('"internal"', '"customer_facing"'),
        [
            '9: context.exposure: "customer_facing" is not a value of `exposure`; '
            'did you mean "customer-facing"? (one of: customer-facing, internal)'
        ],
    ),
    "wrong types": (
        longer(
            "[nfr]\nlatency_sla_s = '3'\ncurrency = 5\n[traffic]\nshares = 5\n"
            "[forecast]\ncost_per_call = inf\n[metrics]\ntraffic = 5\n"
        ),
        [
            "24: nfr.latency_sla_s: must be a number",
            "25: nfr.currency: must be text in quotes",
            "27: traffic.shares: must be a list in [ ]",
            "29: forecast.cost_per_call: must be a finite number",
            "31: metrics.traffic: must be a table",
        ],
    ),
    "flags and dates": (
        changed('exposure = "internal"', 'exposure = "internal"\nregulated = "yes"\n').replace(
            'version = "v2.4.0"', 'version = "v2.4.0"\ngo_live = "2026-12-01"'
        ),
        [
            "7: agent.go_live: must be a date such as 2026-12-01",
            "11: context.regulated: must be true or false",
        ],
    ),
    "tables that are none": (
        changed('[feeds.calls]\nkind = "jsonl"\npath = "calls.jsonl"', "[feeds]\ncalls = 1"),
        ["16: feeds.calls: must be a table"],
    ),
    "no feed": (
        changed('[feeds.calls]\nkind = "jsonl"\npath = "calls.jsonl"', "[feeds]"),
        ["15: feeds: must not be empty"],
    ),
    "percent for a fraction": (
        longer("[nfr]\navailability = 99.5\nerror_budget = 0\ncost_per_call = -1\n"),
        [
            "24: nfr.availability: must be a fraction between 0 and 1, such as 0.995",
            "25: nfr.error_budget: must be a fraction between 0 and 1, such as 0.995",
            "26: nfr.cost_per_call: must be more than 0",
        ],
    ),
    "currency": (
        longer('[nfr]\ncurrency = "usd"\n'),
        ["24: nfr.currency: must be a currency's three capital letters, such as USD"],
    ),
    "a name that writes on the screen": (
        changed('"claims-triage"', r'"a\u001b[31m"'),
        ["5: agent.name: must be one line of 1 to 200 printable characters"],
    ),
    "an empty name": (
        changed('"claims-triage"', '""'),
        ["5: agent.name: must be one line of 1 to 200 printable characters"],
    ),
    "stable is what goes live": (
        changed('version = "v2.4.0"', 'version = "v2"\nstable_version = "v2"'),
        [
            "7: agent.stable_version: is the version that goes live; "
            "name the one that a rollback restores"
        ],
    ),
    "a feed's name": (
        changed("[feeds.calls]", '[feeds."Calls!"]'),
        ["15: feeds.Calls!: a feed's name holds only a-z, 0-9 and hyphens"],
    ),
    "a feed without its place": (
        changed('path = "calls.jsonl"\n', ""),
        ['15: feeds.calls: kind "jsonl" needs `path`'],
    ),
    "keys of another kind": (
        changed('path = "calls.jsonl"', 'path = "calls.jsonl"\nby = "range"\nheaders = {}'),
        [
            '18: feeds.calls.by: means nothing for kind "jsonl"',
            '19: feeds.calls.headers: means nothing for kind "jsonl"',
        ],
    ),
    "prometheus without a question": (
        longer('[feeds.prom]\nkind = "prometheus"\nurl = "http://127.0.0.1:9090"\n'),
        [
            '23: feeds.prom: has nothing to ask for; add preset = "warroom-prometheus", '
            "or PromQL under `minutes` or `values`"
        ],
    ),
    "presets that do not fit": (
        longer(
            '[feeds.a]\nkind = "jsonl"\npath = "x"\npreset = "natve"\n'
            '[feeds.b]\nkind = "prometheus"\nurl = "http://h/"\npreset = "native"\n'
        ),
        [
            '26: feeds.a.preset: there is no preset "natve"; did you mean "native"? '
            f"(one of: {', '.join(preset_names())})",
            '30: feeds.b.preset: "native" is a preset for kind "jsonl", "jsonl-http", "loki", '
            'not "prometheus"',
        ],
    ),
    "polling too often": (
        changed('path = "calls.jsonl"', 'path = "calls.jsonl"\npoll_s = 0.1'),
        ["18: feeds.calls.poll_s: must be at least 0.5"],
    ),
    "fields": (
        longer('[feeds.calls.fields]\nlatncy_s = "x"\ncost = 3\nid = ""\n'),
        [
            '24: feeds.calls.fields.latncy_s: "latncy_s" is not a field of a call; '
            f'did you mean "latency_s"? (one of: {FIELDS})',
            '25: feeds.calls.fields.cost: must be a path such as "usage.total" '
            'or { path = "…", as = "ms" }',
            "26: feeds.calls.fields.id.path: must not be empty",
        ],
    ),
    "unknown metric": (
        longer("[metrics.error-rat]\nlimit = 0.001\n"),
        [
            '23: metrics.error-rat: "error-rat" is not a metric; did you mean "error-rate"? '
            f"(one of: {METRICS})"
        ],
    ),
    "a metric's feed": (
        longer('[metrics.error-rate]\nfeed = "prom"\n'),
        ['24: metrics.error-rate.feed: there is no feed "prom" (one of: calls)'],
    ),
    "limits looser than the guide's": (
        longer(
            "[metrics]\nescalation-rate = { limit = 0.3 }\naccuracy = { limit = 0.8 }\n"
            "latency-p95.limit = 5\ntraffic.limit = 900\nsafety-flags.limit = 1\n"
        ),
        [
            "24: metrics.escalation-rate.limit: 0.3 is looser than the guide's 0.25; "
            "use at most 0.25",
            "25: metrics.accuracy.limit: 0.8 is looser than the guide's 0.85; use at least 0.85",
            "26: metrics.latency-p95.limit: 5 is looser than the guide's 3; use at most 3",
            "27: metrics.traffic.limit: cannot be compared with the guide's 5x forecast; "
            "add the numbers under [forecast] first",
            "28: metrics.safety-flags.limit: any of safety flags alerts; "
            "remove this limit (Guide 3.3)",
        ],
    ),
    "an accuracy above all": (
        longer("[metrics.accuracy]\nlimit = 85\n"),
        ["24: metrics.accuracy.limit: 85 can never be reached; a rate is at most 1"],
    ),
    "increments": (
        longer("[traffic]\nshares = [10, 50, 100]\n"),
        [
            "24: traffic.shares: must start within 1 to 5, rise with each increment and end at "
            "100, such as [1, 5, 20, 50, 100] (Guide 4)"
        ],
    ),
    "an increment that is too steep": (
        longer("[traffic]\nshares = [5, 100]\n"),
        [
            "24: traffic.shares: 5 to 100 is steeper than any step of the guide's: at most 5 times "
            "the share before and 50 points more, such as [1, 5, 20, 50, 100] (Guide 4)"
        ],
    ),
    "a switch's preset": (
        longer('[traffic.switch]\npreset = "cady"\n'),
        [
            '24: traffic.switch.preset: there is no preset "cady" of a switch; did you mean '
            '"caddy"? (one of: caddy, command, flagd, gateway-api, haproxy, http, n8n, unleash)'
        ],
    ),
    "a switch's preset that lacks something": (
        longer(
            '[traffic.switch]\npreset = "caddy"\nfill = { url = "http://127.0.0.1:2019", ID = "a" }'
        ),
        [
            '25: traffic.switch.fill: the preset "caddy" needs `id` here: the @id of the '
            "selection_policy",
            '25: traffic.switch.fill.ID: is not a key of the preset "caddy"; did you mean "id"? '
            "(one of: url, id)",
        ],
    ),
    "a switch of one kind with another's keys": (
        longer('[traffic.switch]\nkind = "file"\nfile = "a"\npath = "b"\netag = true\n'),
        ['27: traffic.switch.etag: means nothing for kind "file"'],
    ),
    "a switch that sends its secrets elsewhere": (
        longer(
            '[traffic.switch]\nkind = "http"\nurl = "http://a/b"\nbody = "{share}"\n'
            'path = "x"\nread_url = "http://b/b"\n'
        ),
        [
            "28: traffic.switch.read_url: must be at the host of `url`: the headers go to both",
        ],
    ),
    "a path that is none": (
        longer('[traffic.switch]\nkind = "file"\nfile = "a"\npath = "b..c"\n'),
        [
            "26: traffic.switch.path: must be a dotted path such as data.share, weights[0] or "
            "data[key=share].value"
        ],
    ),
    "an owner whom nobody knows": (
        changed('owner = "rollback owner"', 'owner = "tech lead"\ndeputy = "x"'),
        [
            '20: rollback.owner: nobody in `people` is called "tech lead" (one of: rollback owner)',
            '21: rollback.deputy: nobody in `people` is called "x" (one of: rollback owner)',
        ],
    ),
    "an owner without the role": (
        changed('["rollback-owner"]', '["legal"]'),
        [
            '20: rollback.owner: "rollback owner" needs the role "rollback-owner" in `people`',
        ],
    ),
    "more than 15 minutes": (
        longer("budget_s = 901\n"),
        ["23: rollback.budget_s: must be at most 900"],
    ),
    "a request that nothing proves": (
        longer(STEP),
        ["23: rollback.steps[0]: needs `read_back`: an answer of 200 proves nothing"],
    ),
    "a command that nothing proves": (
        longer(COMMAND),
        [
            "23: rollback.steps[0]: needs one of `read_back` and `prove`: "
            "an exit with 0 proves nothing"
        ],
    ),
    "a request with a command's key": (
        longer(STEP + 'cwd = "/"\n' + READ_BACK),
        ['29: rollback.steps[0].cwd: means nothing for kind "http"'],
    ),
    "a command without one": (
        longer(COMMAND.replace('argv = ["/bin/true"]\n', "") + READ_BACK),
        ['23: rollback.steps[0]: kind "command" needs `argv`'],
    ),
    "a program to be searched for": (
        longer(COMMAND.replace("/bin/true", "kubectl") + READ_BACK),
        [
            "27: rollback.steps[0].argv: must begin with a program's absolute path, "
            'such as "/usr/bin/kubectl"'
        ],
    ),
    "what a list cannot equal": (
        longer(STEP + READ_BACK.replace("equals = 0", "equals = [0]")),
        ["32: rollback.steps[0].read_back.equals: must be text, a finite number, true or false"],
    ),
    "a value's name misspelt": (
        longer(STEP + 'body = "{stabel_version}"\n' + READ_BACK),
        ['23: rollback.steps[0]: has "{stabel_version}"; did you mean "{stable_version}"?'],
    ),
    "a status that is none": (
        longer(STEP + "expect_status = [20]\n" + READ_BACK),
        ["29: rollback.steps[0].expect_status: must be at least 100"],
    ),
    "steps with one id, after an unknown one": (
        longer(STEP + READ_BACK + STEP + 'after = ["trafic"]\n' + READ_BACK),
        [
            '34: rollback.steps[1].id: "traffic" is the id of an earlier step',
            '39: rollback.steps[1].after: there is no step "trafic"',
        ],
    ),
    "steps in a circle": (
        longer(
            STEP
            + 'after = ["workers"]\n'
            + READ_BACK
            + COMMAND
            + 'after = ["traffic"]\n'
            + READ_BACK
        ),
        ["23: rollback.steps: steps wait for each other in a circle: traffic, workers"],
    ),
    "secrets": (
        changed(
            'roles = ["rollback-owner"]',
            'roles = ["rollback-owner"]\n'
            'notify = [5, {}, { env = "1A" }, { env = "A", file = "b" }]',
        ),
        [
            '14: people[0].notify: must be text, { env = "NAME" } or { file = "path" }',
            "14: people[0].notify[1]: needs one of `env` and `file`",
            "14: people[0].notify[2].env: is not the name of an environment variable",
            "14: people[0].notify[3]: needs one of `env` and `file`",
        ],
    ),
}


@pytest.mark.parametrize(("text", "problems"), BAD.values(), ids=BAD)
def test_each_problem_is_one_sentence_with_its_line(text: str, problems: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode())
    assert list(caught.value.problems) == [f"warroom.toml:{problem}" for problem in problems]
    assert str(caught.value) == "\n".join(caught.value.problems)


URLS = {
    "ftp://host/x": "must be a URL that begins with http:// or https:// and names a host",
    "host/x": "must be a URL that begins with http:// or https:// and names a host",
    "http:///x": "must be a URL that begins with http:// or https:// and names a host",
    "http://host:port/x": "is not a URL such as https://host:8443/path",
    "http://[::1/x": "is not a URL such as https://host:8443/path",
    "http://host/a b": "must not hold spaces or control characters",
    "http://me:pass@host/": "must not hold a password; put it in `headers` as { env = … }",
    "http://token@host/": "must not hold a password; put it in `headers` as { env = … }",
}


@pytest.mark.parametrize(("url", "why"), URLS.items())
def test_a_url_is_http_without_a_password(url: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(longer(f'[feeds.web]\nkind = "jsonl-http"\nurl = "{url}"\n').encode())
    assert str(caught.value) == f"warroom.toml:25: feeds.web.url: {why}"


BROKEN = {
    'a = "x': "1: is not TOML: a text is not closed with its quotes",
    'a = "x\n"': "1: is not TOML: a text is not closed with its quotes",
    "a = 1\na = 2\n": "2: is not TOML: this key or table is there twice",
    "[a]\n[a]\n": "2: is not TOML: this table is there twice",
    "a = {b = 1}\na.c = 1\n": (
        "2: is not TOML: this table is already complete; add the key where it is first written"
    ),
    "a = {b = 1, b = 2}": "1: is not TOML: this key is there twice",
    "a = [1\n": "1: is not TOML: a list is not closed with ]",
    "a = {b = 1": "1: is not TOML: a { } table is not closed with }",
    "[a\n": "1: is not TOML: a table's name is not closed with ]",
    "x = 1 2": "1: is not TOML: something follows the value; is a quote or a comma missing?",
    "\nx = yes": "2: is not TOML: is not a value; texts need quotes",
    "x y": "1: is not TOML: a key needs = and a value",
    "= 3": "1: is not TOML: is neither a key with a value nor a [table]",
    "a.? = 3": "1: is not TOML: a key holds only letters, digits, - and _",
    "x = 2026-02-30": "1: is not TOML: there is no such date or time",
    r'x = "\q"': r"1: is not TOML: a backslash in a text is written \\",
    'x = "\x01"': "1: is not TOML: holds a control character",
    r'x = "\ud800"': r"1: is not TOML: a \u in a text names no character",
    "x = " + "1" * 5000: " is not TOML: a number has too many digits",
    "x = " + "[" * 5000: " is nested too deeply",
}


@pytest.mark.parametrize(("text", "why"), BROKEN.items(), ids=[why[:60] for why in BROKEN.values()])
def test_what_is_not_toml_is_said_in_our_words(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text.encode())
    assert str(caught.value) == f"warroom.toml:{why}"
