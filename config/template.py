"""The keys of `warroom.toml` as `warroom init` writes them: an example and few words for each.

In the file a line `#key = …` is a key that may be used, `# Text` is said to the reader.
"""

from typing import NamedTuple, get_args

from config.rule import RuleMetric


class Key(NamedTuple):
    """A key with a valid example in TOML and what it means."""

    name: str
    example: str
    says: str


_METRICS: tuple[str, ...] = get_args(RuleMetric)
HEADERS = (
    "headers",
    "sent only to this URL's origin",
    ('Authorization = { env = "AGENT_LOG_TOKEN" }',),
)

TOP = """\
# One agent's go-live. `warroom status DIR` tells where it stands and what is missing.
# A line `#key = value` shows a key that may be used; take away the # to use it.
# A header or a notify URL may be text, better { env = "NAME" } or { file = "path" }.
"""

DEPLOYMENT = (
    Key("version", "1", "of this file's format"),
    Key("deployment", '"9f2c4e5d6b7a8091"', "random id; never change it"),
)
AGENT = (
    Key("name", '"claims-triage"', "shown everywhere"),
    Key("description", '"Sorts incoming claims"', "what it does, for whom"),
    Key("platform", '"n8n"', "where it runs"),
    Key("version", '"v2.4.0"', "the config tag that goes live"),
    Key("stable_version", '"v2.3.1"', "what a rollback restores; none: the existing process"),
    Key("go_live", "2026-12-01", "planned date"),
    Key("feedback", "true", "users can correct its answers: corrections must be logged"),
    Key("tools", '["policy-lookup"]', "its scope: a call of any other tool is escalated at once"),
    Key(
        "success_criteria",
        '["names the policy", "no promise of payment"]',
        "of its specification: shown to those who judge samples (Guide 6.2)",
    ),
)
CONTEXT = (
    Key("exposure", '"customer-facing"', "customer-facing or internal (Guide 2.1)"),
    Key("regulated", "true", "a regulated sector"),
    Key("compliance_implications", "true", "internal, but with compliance implications"),
    Key("update_of_existing", "true", "replaces an earlier version of itself"),
    Key("parent_data", "true", "uses data of the corporate parent"),
    Key("personal_data", "true", "processes personal data"),
    Key("tool_using", "true", "calls tools, or other agents"),
    Key("cross_market", "true", "serves several jurisdictions"),
    Key("high_criticality", "true", "a failure would be grave"),
    Key("workflow", '"complex-b2b"', '"saas": p95 within 3 s; "complex-b2b": 10 s (Guide 3.3)'),
)
PERSON = (
    Key("name", '"agent lead"', "unique"),
    Key(
        "roles",
        '["agent-lead"]',
        "agent-lead, tech-lead, rollback-owner, bu-operations-lead, legal, executive-sponsor, "
        "reviewer, observer",
    ),
    Key("phone", '"+44 20 7946 0000"', "shown when a rollback is armed, or an escalation waits"),
    Key("available", '"weekdays 8-20, else by phone"', "shown when a rollback is armed"),
    Key("notify", '[{ env = "AGENT_LEAD_NOTIFY" }]', "Apprise URLs"),
    Key("signer", '"ada@example.com"', "who this is among the allowed signers; else the name"),
)
QUIET = (
    Key("quiet", '"22:00-07:00"', "what can wait waits; not for the only one who is told"),
    Key("zone", '"Europe/London"', "on the clock of this time zone"),
)
NOTICES = (
    Key("group_wait_s", "30.0", "seconds the first notice waits for company; critical: none"),
    Key("group_interval_s", "300.0", "seconds between two notices of a group"),
    Key("repeat_s", "14400.0", "seconds until what nobody has in hand is said again"),
    Key("critical_repeat_s", "1800.0", "the same of what is critical"),
)
CONSOLE = (
    Key("bell", "true", "the terminal's bell at a trigger, an alert or your escalation"),
    Key("desktop", '"off"', 'a desktop notification too: "osc9" or "osc777", by the terminal'),
)
SIGNING = (
    Key("key", '"~/.ssh/id_ed25519"', "an Ed25519 key, or the .pub of one in your agent"),
    Key("allowed_signers", '"allowed_signers"', "whose signatures count, as ssh-keygen takes it"),
    Key("members", "true", "what others write counts once a person of that file has signed it"),
)
SYNC = (
    Key(
        "nats", '"tls://broker.example.com:4222"', "a NATS broker with JetStream, or a list of them"
    ),
    Key("credentials", '"~/.config/warroom/claims.creds"', "a .creds file, or an nkey's seed"),
    Key("ca", '"ca.pem"', "who signed the broker's certificate, if no public authority did"),
    Key("replicas", "3", "how many servers of a cluster keep each line: 1, 3 or 5"),
    Key(
        "dir",
        '"~/Sync/claims-triage"',
        "a folder that all machines see, beside or without a broker",
    ),
)
NFR = (
    Key("latency_sla_s", "3.0", "p95 in seconds"),
    Key("availability", "0.995", "fraction of calls answered; the rest are errors"),
    Key("error_budget", "0.005", "fraction of calls that may fail"),
    Key("cost_per_call", "0.063", "ceiling"),
    Key("cost_per_workflow", "0.20", "ceiling"),
    Key("cost_per_hour", "80.0", "ceiling"),
    Key("currency", '"USD"', "ISO code of all money here"),
)
FORECAST = (
    Key("cost_per_call", "0.021", "alerts above 3x; needed for any limit on cost"),
    Key("calls_per_hour", "1100.0", "alerts above 5x and under a fifth; needed for traffic"),
)
TRAFFIC = (
    Key("shares", "[1, 5, 20, 50, 100]", "canary increments in percent: 1-5 to 100"),
    Key("arrive_within_s", "600", "seconds until the calls must show a new share"),
)
PHASES = {
    "dark-launch": (
        Key("dwell_h", "36", "hours it runs at least; longer than the guide's (Guide 4)"),
        Key(
            "criteria",
            "{ accuracy = { over = 0.95, n = 100 }, escalation-rate = { under = 0.2 } }",
            "stricter than the guide's",
        ),
    ),
    "shadow": (
        Key("dwell_h", "72", "hours"),
        Key(
            "criteria",
            "{ accuracy-held = { below_points = 0.01 }, cost-held = { times = 1.05 } }",
            "how far from the baseline still holds",
        ),
    ),
}
GATES = (Key("two_people", "true", "an advance needs a second lead; else so for customer-facing"),)
ITEM = (
    Key("expires_days", "14", "a confirmation counts for so long; fewer than the guide's"),
    Key("hard", "true", "a hard gate even where the guide only recommends it"),
)
METRIC = (
    Key("feed", '"calls"', "where it is read; else the first feed"),
    Key(
        "check",
        '"prometheus-example"',
        "another feed that gives it too: an alert tells if they disagree",
    ),
    Key("limit", "0.20", "stricter than the guide's 0.25"),
)
RULE = (
    Key("id", '"slow-answers"', "unique; an alert of your own beside the guide's"),
    Key("metric", '"latency-p95"', " or ".join((", ".join(_METRICS[:-1]), _METRICS[-1]))),
    Key("window_s", "600", "seconds looked back, whole minutes up to a day"),
    Key("over", "2.0", "alerts above; strict"),
    Key("for_s", "300", "once it has lasted so many seconds; 0: at once"),
    Key("severity", '"ticket"', "page, ticket or info"),
    Key("recipient", '"tech-lead"', "a role that somebody of people holds"),
    Key("feed", '"calls"', "where it is read; else where the metric is"),
)
RULE_UNDER = (
    Key("id", '"few-calls"', "unique"),
    Key("metric", '"traffic"', "calls an hour"),
    Key("window_s", "1800", "seconds looked back"),
    Key("under", "100.0", "alerts below; strict"),
    Key("recipient", '"tech-lead"', "a role"),
)
WATCH = (
    Key("window_s", "900", "seconds of calls looked at"),
    Key("unexplained_calls", "3", "of a version or model that no decision explains"),
    Key("models", '["gpt-5-mini"]', "expected besides those of the last decision"),
    Key("source_share", "0.5", "of the traffic, from one user"),
    Key("source_calls", "50", "and at least so many calls; at least 20"),
    Key("override_calls", "1", "whose input holds one of the phrases"),
    Key("phrases", '["ignore previous instructions"]', "in place of the built-in list"),
    Key("huge_times", "20.0", "a call of so many times the median of tokens or tool calls"),
    Key("huge_tokens", "20000", "and at least so many tokens"),
    Key("huge_tools", "25", "or tool calls"),
    Key(
        "burn",
        "[{ times = 14.4, long_s = 3600, short_s = 300 }]",
        "the error budget, used up so many times too fast over both windows",
    ),
    Key(
        "off",
        '["one-source"]',
        "not watched: version, model, one-source, override, huge-call, budget-burn",
    ),
    Key("heartbeat", '{ env = "HEARTBEAT_URL" }', "asked while the watch looks on"),
    Key("heartbeat_every_s", "60.0", "seconds"),
    Key("heartbeat_fail", "true", "its /fail is asked while it cannot look"),
)
PRICE = (
    Key("tokens_in", "2.5", "for a million; used where the log gives no cost"),
    Key("tokens_out", "10.0", "for a million"),
)
INVOKE = (
    Key("url", '"http://127.0.0.1:9000/invoke"', "where a synthetic input is sent (Guide 3.2)"),
    Key("method", '"POST"', "or PUT"),
    Key("body", """'{"input": "{input}", "user": "{user}"}'""", "{input} and {user} are filled in"),
    Key("timeout_s", "30.0", "seconds an answer may take"),
)
INTEGRATION = (
    Key("id", '"policy-store"', "unique"),
    Key("title", '"Policy store"', "a service that the agent calls (Guide 3.1)"),
    Key("url", '"https://policies.example/health"', "without passwords"),
    Key("method", '"GET"', "or HEAD, POST"),
    Key("expect_status", "[200]", "any other is a failure"),
    Key("secondary", "true", "the agent also works without it, but worse"),
    Key("timeout_s", "10.0", "seconds an answer may take"),
)
STAGING = (
    Key("hosts", '["staging.example"]', "found anywhere in this file: a failure"),
    Key(
        "secret_sha256",
        '["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]',
        "SHA-256 of staging secrets, never the secrets",
    ),
)
ESCALATION = (
    Key("input", '"Please let a person decide this."', "what makes the agent escalate (Guide 5.2)"),
    Key("reviewer", '"reviewer"', "one of people, with that role"),
    Key("backup", '"agent lead"', "one of people: answers when the reviewer cannot"),
    Key("sla_s", "900.0", "seconds to answer; else 15 min for customers, 1 h inside"),
    Key("fallback", '"the claims desk answers by hand"', "what happens when nobody answers"),
)
ROTA = (
    Key("days", '["mon", "tue", "wed", "thu", "fri"]', "all seven if not said"),
    Key("hours", '"08:00-20:00"', "past midnight: 20:00-08:00"),
    Key("zone", '"Europe/London"', "IANA name; UTC if not said"),
    Key("primary", '"reviewer"', "one of people, with that role and a phone or address"),
    Key("backup", '"agent lead"', "stands in when the SLA passes"),
    Key("role", '"reviewer"', "whose shift: reviewer, agent-lead, tech-lead or legal"),
    Key("row", '"escalate"', "only for this row of the guide's table (5.1)"),
)
LOAD = (Key("peak_calls_per_s", "45.0", "the expected peak: a load test must double it"),)
