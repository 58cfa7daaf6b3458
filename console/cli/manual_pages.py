"""The pages of the manual: commands by task, and for each what its arguments do not say."""

from typing import NamedTuple


class Page(NamedTuple):
    """What a command's help says besides its arguments; empty `exits`: those of all commands."""

    about: str = ""
    examples: tuple[str, ...] = ()
    exits: str = ""
    files: str = ""


GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("set up", ("demo", "init", "check", "fields", "presets", "config")),
    ("watch", ("open", "status", "list", "watch", "serve", "who", "sync")),
    ("go back", ("rollback", "suspend", "drill")),
    ("get ready", ("checklist", "confirm", "plan", "accept", "poll", "probe", "baseline")),
    ("decide", ("gate", "agree", "brief", "traffic", "review", "satisfaction", "contested")),
    (
        "answer what comes up",
        ("ack", "silence", "warning", "escalations", "escalation", "incident", "notify",
         "troubleshoot"),
    ),
    ("the first 48 hours", ("checkin", "handover", "assess", "limitation")),
    ("what is owed", ("duties", "duty", "postmortem")),
    ("record and report", ("note", "report", "journal", "replay", "backtest", "export")),
    ("find your way", ("help", "keys", "locate", "completion")),
)  # fmt: skip

_JOURNAL = "DIR/warroom.toml is read, DIR/journal/ is read and written"
_READS = "DIR/warroom.toml and DIR/journal/ are read, nothing is written"

PAGES: dict[str, Page] = {
    "demo": Page(
        "It has real endpoints and goes through a whole rollout, by default sixty times as fast "
        "as it would. Without --dir it is kept in a new temporary directory.",
        (
            "warroom demo",
            "warroom demo --stage window --scenario errors",
            "warroom demo --dir ~/demo --headless --for 30s",
        ),
        files="the directory of --dir, or a new one; its path is said at the end",
    ),
    "init": Page(
        "On a terminal it asks for what no option gives. Nothing that exists is written over.",
        (
            "warroom init my-agent",
            "warroom init my-agent --name claims --context internal --logs calls.jsonl",
        ),
        files="DIR/warroom.toml is written",
    ),
    "check": Page(
        "It reads warroom.toml, asks every endpoint once, and says of each what is wrong. "
        "It changes nothing.",
        ("warroom check my-agent", "warroom check my-agent --json"),
        "0 nothing is wrong, 1 something is, 2 warroom.toml cannot be read, 3 a feed is not "
        "reached",
    ),
    "fields": Page(
        "Give it a sample of your agent's log.",
        ("warroom fields calls.jsonl", "warroom fields https://logs.example/calls --preset native"),
    ),
    "presets": Page("", ("warroom presets", "warroom presets langfuse")),
    "keys": Page("", ("warroom keys", "warroom keys --toml")),
    "serve": Page("", ("warroom serve my-agent",)),
    "config": Page(
        "accept says that a changed file is meant; schema is for editors.",
        (
            'warroom config accept my-agent --why "a second reviewer"',
            "warroom config schema --output ~/.config/warroom/schema.json",
        ),
    ),
    "config schema": Page(
        "JSON Schema, draft 2020-12. An editor with Taplo (VS Code: Even Better TOML) completes "
        "and checks warroom.toml by it where its first line is: #:schema PATH-OF-THE-SCHEMA. "
        "What takes a look at several keys at once only warroom check knows.",
        ("warroom config schema --output ~/.config/warroom/schema.json",),
        "0 done, 5 the file cannot be written",
    ),
    "config accept": Page(
        "Until then every gate holds.",
        ('warroom config accept my-agent --why "a second reviewer"',),
        files=_JOURNAL,
    ),
    "open": Page(
        "F9 arms the rollback from everywhere in it, ? shows the keys, q leaves. Where DIR is no "
        "deployment but holds some, you choose one, as with warroom alone; O changes to another.",
        (
            'warroom open my-agent --as "agent lead"',
            "warroom open my-agent --read-only",
            "warroom open ~/deployments",
        ),
        files=f"{_JOURNAL}, and so is DIR/telemetry/; warroom locate says where the rest is",
    ),
    "status": Page(
        "Full sentences without signs or tables, the most urgent first, as a screen reader wants "
        "them. The feeds are asked once; a dead one is part of what it says.",
        ("warroom status my-agent", "warroom status my-agent --json --offline"),
        "0 said, 2 warroom.toml cannot be read, 4 the journal is damaged",
        _READS,
    ),
    "list": Page(
        "Internal agents come first, for they go live first (Guide 2), then by name. It is as "
        "recorded: no feed is asked.",
        ("warroom list", "warroom list ~/deployments --json"),
        "0 said, also where one cannot be read; 2 DIR is no directory",
        _READS,
    ),
    "watch": Page(
        "It polls, evaluates, records and notifies, for a service manager or a spare terminal. "
        "One process a deployment records; another takes over when that one goes.",
        ("warroom watch my-agent", "warroom watch my-agent --for 10m"),
        files=f"{_JOURNAL}, and so is DIR/telemetry/",
    ),
    "who": Page("", ("warroom who my-agent",), files="DIR/journal/.present/ is read"),
    "sync": Page(
        "Through the broker or the folder of [sync] in warroom.toml; a console and a watch do it "
        "too. Evidence and recorded minutes travel by the broker alone, and only when asked for.",
        ("warroom sync my-agent --once", "warroom sync my-agent --telemetry"),
        files=_JOURNAL,
    ),
    "rollback": Page(
        "Without --fire it only shows what it would do. It needs no screen, no feed and no second "
        "person, and goes on in a process of its own when this one ends. It is verified when "
        "reading the systems back shows it.",
        (
            "warroom rollback my-agent",
            "warroom rollback my-agent --fire --trigger error-rate",
            "warroom rollback my-agent --follow",
        ),
        "0 verified, 1 partial, unknown or only shown, 2 no config that can be used, "
        "5 a fault of ours",
        "DIR/warroom.toml, or the last good one; DIR/journal/, or the fallback journal "
        "(warroom locate DIR)",
    ),
    "suspend": Page(
        "The lesser step: it is declared under [[suspensions]] in warroom.toml.",
        ("warroom suspend my-agent", 'warroom suspend my-agent payments --fire --why "misuse"'),
        "0 verified, 1 partial, unknown or only shown, 2 usage or config",
        _JOURNAL,
    ),
    "drill": Page(
        "The steps are those of production, on the places that [rollback.drill] replaces.",
        (
            "warroom drill my-agent --dry-run",
            'warroom drill my-agent --phase full --as "tech lead"',
        ),
        files=f"{_JOURNAL}, evidence goes to DIR/evidence/",
    ),
    "checklist": Page(
        "On a terminal it is a walk, item by item; else a list.",
        ("warroom checklist my-agent", "warroom checklist my-agent --json"),
        files=_JOURNAL,
    ),
    "confirm": Page(
        "",
        ("warroom confirm my-agent load-test --evidence k6-summary.txt",),
        files=f"{_JOURNAL}; a file given as evidence is copied to DIR/evidence/",
    ),
    "plan": Page("", ('warroom plan my-agent load-test --owner "tech lead" --due 2026-12-01',)),
    "accept": Page("", ('warroom accept my-agent load-test "internal, 20 users"',)),
    "poll": Page(
        "Answers are sealed until all have answered.",
        ("warroom poll my-agent --open", 'warroom poll my-agent --go "all confirmed"'),
    ),
    "probe": Page(
        "", ("warroom probe logging my-agent", "warroom probe load my-agent --file k6.json")
    ),
    "baseline": Page("", ("warroom baseline my-agent --accuracy 0.93 --from old-calls.jsonl",)),
    "gate": Page(
        "An advance past something that is not met is refused; there is no option against that.",
        ("warroom gate my-agent", "warroom gate my-agent --advance"),
        "0 met, or decided; 1 not met, unknown or refused; 3 no feed is reached",
        _JOURNAL,
    ),
    "agree": Page("", ("warroom agree my-agent",)),
    "brief": Page("", ("warroom brief my-agent --show", "warroom brief my-agent --how call")),
    "traffic": Page("", ("warroom traffic my-agent", "warroom traffic my-agent --set")),
    "review": Page(
        "On a terminal, without judgements, it opens the console on the review.",
        (
            "warroom review my-agent --draw 50",
            "warroom review my-agent c1=right c2=wrong:a promise",
        ),
    ),
    "satisfaction": Page("", ('warroom satisfaction my-agent neutral "12 calls, no complaint"',)),
    "contested": Page(
        "", ("warroom contested my-agent", "warroom contested my-agent --acknowledge")
    ),
    "ack": Page("", ('warroom ack my-agent error-rate "looking"',)),
    "silence": Page(
        "",
        ('warroom silence my-agent latency-p95 --for 30m --why "the load test"',),
    ),
    "warning": Page(
        "",
        (
            "warroom warning my-agent",
            'warroom warning review my-agent --cause "long inputs" --no-fix',
            "warroom warning settle my-agent --decision maintain --why within",
        ),
    ),
    "escalations": Page(
        "", ("warroom escalations my-agent", "warroom escalations my-agent --rota")
    ),
    "escalation": Page(
        "",
        ('warroom escalation resolve my-agent esc-1 --outcome "answered by hand"',),
    ),
    "incident": Page(
        "",
        (
            "warroom incident my-agent",
            'warroom incident my-agent --open "wrong amounts" --severity 1',
            'warroom incident my-agent inc-1 --note "14:02 traffic is back"',
        ),
        files=_JOURNAL,
    ),
    "notify": Page(
        "", ("warroom notify my-agent", 'warroom notify test my-agent --to "tech lead"')
    ),
    "troubleshoot": Page("", ("warroom troubleshoot latency",)),
    "checkin": Page(
        "", ("warroom checkin my-agent --since", 'warroom checkin my-agent "all quiet"')
    ),
    "handover": Page("", ('warroom handover my-agent --to "tech lead"',)),
    "assess": Page("", ("warroom assess my-agent", "warroom assess my-agent --status stable")),
    "limitation": Page("", ('warroom limitation my-agent "scanned PDFs"',)),
    "duties": Page("", ("warroom duties my-agent",), "0 nothing is overdue, 1 something is"),
    "duty": Page("", ('warroom duty my-agent sponsor-rb-1 "told by phone"',)),
    "postmortem": Page("", ("warroom postmortem my-agent --template --output post-mortem.md",)),
    "note": Page("", ('warroom note my-agent "the vendor confirms an outage"',), files=_JOURNAL),
    "report": Page(
        "Every figure is worked out from the record; verify makes a document again and compares.",
        (
            "warroom report my-agent --format pdf --output go-live.pdf",
            "warroom report verify go-live.pdf --dir my-agent",
        ),
        files=_READS,
    ),
    "journal": Page(
        "",
        (
            "warroom journal show my-agent --last 20",
            "warroom journal verify my-agent",
            "warroom journal export my-agent --format archive --output outside.tar.gz",
        ),
        "0 done, 1 refused, 2 usage or config, 4 the journal is damaged or does not verify",
    ),
    "replay": Page("", ("warroom replay my-agent --at 14:02",), files=_READS),
    "backtest": Page(
        "",
        (
            "warroom backtest my-agent calls.jsonl.gz",
            "warroom backtest my-agent --set error-rate.limit=0.02",
        ),
        files=_READS,
    ),
    "export": Page("", ("warroom export cases my-agent --format inspect --output cases.jsonl",)),
    "help": Page("", ("warroom help rollback", "warroom help journal verify")),
    "locate": Page(
        "In the deployment's directory, and where this account keeps what must outlive it. "
        "Nothing is opened or made.",
        ("warroom locate my-agent", "warroom locate my-agent --json"),
    ),
    "completion": Page(
        "",
        (
            "source <(warroom completion bash)",
            "warroom completion zsh > ~/.zfunc/_warroom",
            "warroom completion fish > ~/.config/fish/completions/warroom.fish",
        ),
    ),
}
