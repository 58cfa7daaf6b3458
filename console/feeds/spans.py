"""The spans of a trace become one call.

A trace is a tree of spans; its root is one invocation of the agent. Names of attributes are those
of OpenTelemetry's GenAI conventions, present and older, and of OpenInference, mixed as agents mix
them. What is decided here:

- The root is the span without a parent. A trace that came in through another service has none
  here: then each span that enters this process (its parent is remote, or it is a server's or
  consumer's) is a root, and failing these the topmost agent span. Its call's id is the trace's id,
  or trace and span for a root that has a parent.
- A trace without any span of an agent, a model or a tool is no call (a health check, say).
- Tokens and cost of a span are the sum over its children, or what it says itself if they say
  nothing, so that an agent's own total, or a model call traced twice, counts once.
- A call failed if its root says so, or the topmost agent span under a root that is not one.
- A call's time is its end: a minute that has passed then stays as it was.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from console.feeds.messages import input_of, output_of
from console.feeds.names import ESCALATE
from console.feeds.verdicts import EVALUATION, evaluations, feedback, flags

Record = dict[str, Any]

_AGENT = frozenset({"invoke_agent", "invoke_workflow", "create_agent", "AGENT", "CHAIN"})
_MODEL = frozenset({"chat", "text_completion", "generate_content", "embeddings", "completion"})
_MODEL |= {"LLM", "EMBEDDING"}
_TOOL = frozenset({"execute_tool", "TOOL"})
_TOKENS_IN = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt")
_TOKENS_OUT = (
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
)
_COST = ("llm.cost.total", "gen_ai.usage.cost", "gen_ai.usage.total_cost")
_COST_PARTS = ("llm.cost.prompt", "llm.cost.completion")
_TOOL_NAMES = ("gen_ai.tool.name", "tool.name")
_ENTRIES = frozenset({"server", "consumer"})
MOST_TOOLS = 50


def role_of(span: Mapping[str, Any]) -> str:
    """What a span is of an agent: "agent", "model", "tool", or ""."""
    attributes = span["attributes"]
    said = attributes.get("openinference.span.kind") or attributes.get("gen_ai.operation.name")
    if not isinstance(said, str):  # an attribute may be of any type, also one without a hash
        said = ""
    if said in _AGENT:
        return "agent"
    if said in _MODEL:
        return "model"
    if said in _TOOL:
        return "tool"
    if any(key in attributes for key in _TOOL_NAMES):
        return "tool"
    models = ("gen_ai.request.model", "gen_ai.response.model", "llm.model_name")
    if any(key in attributes for key in models):
        return "model"
    return "agent" if "gen_ai.agent.name" in attributes else ""


def enters(span: Mapping[str, Any]) -> bool:
    """Whether a span that has a parent begins this process's part of the trace."""
    if span["remote"] is None:
        return span["kind"] in _ENTRIES
    return bool(span["remote"])


def joined(spans: Sequence[Mapping[str, Any]]) -> list[Record]:
    """One record a call, for `RecordReader.read_items`; those of a trace must come together.

    `spans` are neutral spans (see `span_forms`), in any order; a repeated one counts once. A record
    has, as far as they are known: `id`, `trace_id`, `name`, `start` and `end` (unix ns),
    `latency_s`, `error`, `escalation`, `tokens_in`, `tokens_out`, `cost`, `tools` (each `name` and
    `success`), `flags`, `feedback`, `evaluations`, `input`, `output`, and `attributes` and
    `resource`: the root's, then those of the first descendant that has them.
    """
    traces: defaultdict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for span in spans:
        traces[span["trace_id"]].setdefault(span["span_id"], span)
    return [record for trace in traces.values() for record in _calls(trace)]


def _calls(trace: Mapping[str, Mapping[str, Any]]) -> Iterator[Record]:
    below: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    tops = []
    for span in sorted(trace.values(), key=_begin):
        if span["parent_id"] in trace:
            below[span["parent_id"]].append(span)
        else:
            tops.append(span)
    for root, loose in _roots(tops):
        below[root["span_id"]] += loose
        tree = _tree(root, below)
        roles = {span["span_id"]: role_of(span) for span in tree}
        if any(roles.values()):
            yield _record(root, tree, below, roles)


def _begin(span: Mapping[str, Any]) -> tuple[int, str]:
    return span["start"], span["span_id"]


def _roots(
    tops: list[Mapping[str, Any]],
) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """The roots among spans whose parent is not there, each with the loose spans that are its."""
    roots = [span for span in tops if not span["parent_id"]][:1]
    roots = roots or [span for span in tops if enters(span)]
    roots = roots or [span for span in tops if role_of(span) == "agent"][:1]
    loose: list[list[Mapping[str, Any]]] = [[] for _ in roots]
    known = {root["span_id"] for root in roots}
    order = sorted(range(len(roots)), key=lambda n: int(roots[n]["start"]))
    starts = [roots[n]["start"] for n in order]
    for span in tops if roots else ():
        if span["span_id"] not in known:  # its parent was lost: it goes to the last root before it
            place = bisect_right(starts, span["start"]) - 1
            loose[order[max(0, place)]].append(span)
    return list(zip(roots, loose, strict=True))


def _tree(
    root: Mapping[str, Any], below: Mapping[str, list[Mapping[str, Any]]]
) -> list[Mapping[str, Any]]:
    """`root` and all spans under it, parents before children."""
    tree = [root]
    for span in tree:  # grows while it is walked
        tree += below.get(span["span_id"], ())
    return tree


def _record(
    root: Mapping[str, Any],
    tree: list[Mapping[str, Any]],
    below: Mapping[str, list[Mapping[str, Any]]],
    roles: Mapping[str, str],
) -> Record:
    attributes: dict[str, Any] = {}
    resource: dict[str, Any] = {}
    by_time = [root, *sorted(tree[1:], key=_begin)]
    for span in reversed(by_time):
        attributes.update(span["attributes"])
        resource.update(span["resource"])
    tokens_in, tokens_out, cost = _used(tree, below)
    found = [event for span in by_time for event in span["events"] if event["name"] == EVALUATION]
    judged = evaluations(found)
    output = _first(output_of(span) for span in _answering(root, by_time, roles))
    return {
        "id": root["trace_id"] + (f"-{root['span_id']}" if root["parent_id"] else ""),
        "trace_id": root["trace_id"],
        "name": root["name"],
        "start": root["start"] or None,
        "end": root["end"] or root["start"] or None,
        "latency_s": _latency(root),
        "error": _error(_judged_by(root, tree, roles)),
        "escalation": _escalation(attributes, output),
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "cost": cost,
        "tools": _tools(tree, roles),
        "flags": flags(by_time, judged),
        "feedback": feedback(attributes, judged),
        "evaluations": judged,
        "input": _first(input_of(span) for span in _asked(root, by_time, roles)),
        "output": output,
        "attributes": attributes,
        "resource": resource,
    }


def _latency(root: Mapping[str, Any]) -> float | None:
    """Seconds; unknown if one end is, or if a clock was set back in between."""
    start, end = root["start"], root["end"]
    return (end - start) / 1e9 if start and end >= start else None


def _used(
    tree: list[Mapping[str, Any]], below: Mapping[str, list[Mapping[str, Any]]]
) -> list[float | None]:
    """Tokens in, tokens out and cost of the whole tree."""
    used: dict[str, list[float | None]] = {}
    for span in reversed(tree):  # children before parents
        own = _own_use(span["attributes"])
        under = [used[child["span_id"]] for child in below.get(span["span_id"], ())]
        used[span["span_id"]] = [_sum([child[n] for child in under], own[n]) for n in range(3)]
    return used[tree[0]["span_id"]]


def _sum(parts: Iterable[float | None], otherwise: float | None) -> float | None:
    known = [value for value in parts if value is not None]
    return sum(known) if known else otherwise


def _own_use(attributes: Mapping[str, Any]) -> list[float | None]:
    cost = _first_number(attributes, _COST)
    if cost is None:
        cost = _sum([_first_number(attributes, (part,)) for part in _COST_PARTS], None)
    return [_first_number(attributes, _TOKENS_IN), _first_number(attributes, _TOKENS_OUT), cost]


def _first_number(attributes: Mapping[str, Any], keys: Iterable[str]) -> float | None:
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                continue
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1e15:
            return value
    return None


def _tools(tree: list[Mapping[str, Any]], roles: Mapping[str, str]) -> list[dict[str, Any]]:
    """The tools used, by time; a tool traced by two libraries, one in the other, counts once."""
    by_id = {span["span_id"]: span for span in tree}
    tools: list[dict[str, Any]] = []
    for span in sorted(tree, key=_begin):
        if roles[span["span_id"]] != "tool":
            continue
        parent = by_id.get(span["parent_id"])
        name = _tool_name(span)
        if parent and roles[parent["span_id"]] == "tool" and _tool_name(parent) == name:
            continue
        tools.append({"name": name, "success": not _error([span])})
    failed = [tool for tool in tools if not tool["success"]]
    return tools if len(tools) <= MOST_TOOLS else [*failed, *tools][:MOST_TOOLS]


def _tool_name(span: Mapping[str, Any]) -> str:
    attributes = span["attributes"]
    named = next((attributes[key] for key in _TOOL_NAMES if attributes.get(key)), "")
    return str(named or span["name"].removeprefix("execute_tool ") or "a tool")


def _judged_by(
    root: Mapping[str, Any], tree: list[Mapping[str, Any]], roles: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """The spans whose failure is the call's."""
    if roles[root["span_id"]] == "agent":
        return [root]
    agents = [span for span in tree[1:] if roles[span["span_id"]] == "agent"]
    return [root, *agents[:1]]


def _error(spans: Iterable[Mapping[str, Any]]) -> str:
    """Why the first of `spans` that failed did; "" if none failed."""
    for span in spans:
        kind = span["attributes"].get("error.type")
        if span["status"] != "error" and not kind:
            continue
        thrown = [
            event["attributes"].get("exception.type")
            for event in span["events"]
            if event["name"] == "exception"
        ]
        told = None if kind == "_OTHER" else kind
        return str(told or next(filter(None, thrown), "") or span["status_message"] or "error")
    return ""


def _escalation(attributes: Mapping[str, Any], output: str) -> Any:
    """An attribute `escalation`, or an answer that begins as Guide 5.1 says."""
    said = attributes.get("escalation.reason") or attributes.get("escalation")
    if said:
        return said
    answer = output.lstrip()
    if not answer.startswith(ESCALATE):
        return None
    return answer[len(ESCALATE) :].partition("\n")[0].strip() or True


def _asked(
    root: Mapping[str, Any], by_time: list[Mapping[str, Any]], roles: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """Where to look for a call's input: the root, agents, then models, the first one first."""
    return [root, *_with(by_time[1:], roles, "agent"), *_with(by_time[1:], roles, "model")]


def _answering(
    root: Mapping[str, Any], by_time: list[Mapping[str, Any]], roles: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """Where to look for its output: the root, agents from the outermost, the last model first."""
    models = sorted(_with(by_time[1:], roles, "model"), key=lambda span: -span["end"])
    return [root, *_with(by_time[1:], roles, "agent"), *models]


def _with(
    spans: Iterable[Mapping[str, Any]], roles: Mapping[str, str], role: str
) -> list[Mapping[str, Any]]:
    return [span for span in spans if roles[span["span_id"]] == role]


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")
