"""What logs call the fields of a call: lower-case words with `_` between, the likeliest first."""

from collections.abc import Mapping

from config.feed import CallField

# `tools_failed` is made of the tools.
ORDER: tuple[CallField, ...] = (
    "id",
    "at",
    "latency_s",
    "tokens_in",
    "tokens_out",
    "cost",
    "error",
    "escalation",
    "flags",
    "tools",
    "model",
    "conversation",
    "user",
    "version",
    "variant",
    "feedback",
    "correction",
    "synthetic",
    "format",
    "output",
    "input",
)
_NAMES: Mapping[CallField, str] = {
    "id": "id call_id request_id trace_id run_id execution_id invocation_id event_id message_id "
    "uuid guid",
    "at": "at timestamp time ts datetime start_time started_at request_time created_at start begin "
    "started created event_time logged_at date when occurred_at occurred happened_at received_at "
    "end_time ended_at",
    "latency_s": "latency duration response_time elapsed execution_time execution_duration took "
    "runtime total_time",
    "tokens_in": "tokens_in input_tokens prompt_tokens tokens_input tokens_prompt "
    "token_count_prompt prompt_token_count input_token_count usage_input usage_prompt",
    "tokens_out": "tokens_out output_tokens completion_tokens tokens_output tokens_completion "
    "token_count_completion candidates_token_count output_token_count usage_output "
    "usage_completion",
    "cost": "cost total_cost cost_usd response_cost cost_total spend price usd amount cost_eur "
    "cost_cents cost_in_cents price_cents amount_cents spend_cents cents",
    "error": "error error_message error_type error_str exception err error_code failure "
    "failure_reason",
    "escalation": "escalation escalated escalate escalation_reason handover handoff handed_over "
    "human_handoff needs_human transferred human_review",
    "flags": "flags safety_flags flag flagged safety moderation guardrails guardrail violations "
    "policy_violations content_filter",
    "tools": "tools tool_calls tools_used tool_invocations function_calls tools_called "
    "called_tools functions actions steps",
    "model": "model model_name llm_model model_id llm",
    "conversation": "conversation conversation_id session_id thread_id chat_id session thread "
    "dialog_id trace_session",
    "user": "end_user user user_id customer_id customer username account_id client_id uid "
    "trace_user",
    "version": "version agent_version app_version release config_version build git_sha commit "
    "workflow_version revision",
    "variant": "variant arm experiment_arm bucket cohort",
    "feedback": "feedback user_feedback rating thumbs user_rating vote",
    "correction": "correction corrected corrected_output edited_output",
    "synthetic": "synthetic is_synthetic is_test is_probe probe",
    "format": "format output_format content_type channel",
    "output": "output response answer completion reply output_text response_text result content "
    "response_preview",
    "input": "input prompt question query request user_message messages message input_text "
    "user_input request_preview prompt_text",
}
NAMES: Mapping[CallField, tuple[str, ...]] = {
    field: tuple(text.split()) for field, text in _NAMES.items()
}
_NO_MOMENT = (
    "expires expiry expire due deadline birth birthday birthdate updated modified valid until next"
)
NO_MOMENT = frozenset(_NO_MOMENT.split())
"""What a time of something else than a call's is called."""
STATUS = ("status", "state", "outcome", "result", "status_text")
SUCCESS = ("success", "succeeded", "ok", "is_success")
_FAILURES = (
    "error errored failed failure fail timeout timed_out timedout crashed exception critical"
)
_NO_FAILURES = (
    "ok okay success succeeded successful completed complete done none null finished pass passed "
    "info debug 200 running waiting pending queued new in_progress"
)
_ESCALATED = (
    "escalated escalate handed_over handed-over handover handoff hand_off transferred "
    "needs_human needs_review human_review human"
)
FAILURES = tuple(_FAILURES.split())
NO_FAILURES = frozenset(_NO_FAILURES.split())
ESCALATED = tuple(_ESCALATED.split())
ESCALATE = "ESCALATE:"
"""What an answer begins with that hands its call over."""
UNITS: Mapping[str, str] = {
    **dict.fromkeys(("_ms", "_millis", "_milliseconds", "_msec"), "ms"),
    **dict.fromkeys(("_us", "_micros", "_microseconds"), "us"),
    **dict.fromkeys(("_ns", "_nanos", "_nanoseconds"), "ns"),
    **dict.fromkeys(("_s", "_sec", "_secs", "_seconds"), "s"),
}
_ENDS: Mapping[str, str] = {
    "start": "end stop finish",
    "started": "ended stopped finished completed",
    "begin": "end",
    "request": "response",
    "created": "ended finished completed",
}


def ends_of(start: str) -> frozenset[str]:
    """What the end may be called if the start is `start`: `started_at` goes with `stopped_at`."""
    return frozenset(
        start.replace(word, end)
        for word, ends in _ENDS.items()
        if word in start.split("_")
        for end in ends.split()
    )


CURSORS = ("next_cursor", "nextcursor", "cursor", "next_page_token", "next_token", "next", "after")
