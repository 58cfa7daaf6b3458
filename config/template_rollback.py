"""The keys of the kill switch as `warroom init` writes them, as in `config.template`."""

from config.template import Key

ROLLBACK = (
    Key("owner", '"rollback owner"', "decides alone; one of people, with that role"),
    Key("deputy", '["tech lead"]', "of people: who is called when the owner does not answer"),
    Key("budget_s", "900", "seconds until verified; at most 900"),
    Key("fresh_calls", "3", "calls that must carry the target until it is verified"),
    Key("fallback", '"the claims desk answers by hand"', "the manual process, if all else fails"),
)


def _ending(timeout_s: str, manual: str) -> tuple[Key, ...]:
    """What every step has, with its kind's own usual time."""
    return (
        Key("timeout_s", timeout_s, "seconds it may take"),
        Key("after", "[]", "ids of steps that must be verified first"),
        Key("manual", manual, "what a person does when the console cannot"),
    )


STEPS = {
    "traffic": (
        Key("id", '"traffic"', "unique"),
        Key("title", '"Send all traffic to the stable version"', "what it does"),
        Key("kind", '"traffic"', "sets [traffic.switch] to 0 % and reads it back"),
        *_ending("30.0", '"curl -X PUT …"'),
    ),
    "http": (
        Key("id", '"config"', "unique"),
        Key("title", '"Restore the stable config"', "what it does"),
        Key("kind", '"http"', "a request"),
        Key("method", '"PUT"', "it carries an Idempotency-Key"),
        Key("url", '"http://127.0.0.1:9000/control/version"', "without passwords"),
        Key("body", '\'{"version": "{stable_version}"}\'', "{version} {key} are filled in too"),
        Key("expect_status", "[200, 201, 202, 204]", "any other is a failure"),
        *_ending("10.0", '"curl -X PUT …"'),
    ),
    "command": (
        Key("id", '"workers"', "unique"),
        Key("title", '"Restore the workers"', "what it does"),
        Key("kind", '"command"', "a program, without a shell"),
        Key("argv", '["/usr/bin/kubectl", "rollout", "undo", "deploy/agent"]', "absolute"),
        Key("cwd", '"/srv/agent"', "where it runs; else this directory"),
        Key("idempotent", "false", "true: it may run twice; else a person is asked before"),
        *_ending("10.0", '"kubectl rollout undo deploy/agent"'),
    ),
    "notify": (
        Key("id", '"tell"', "unique"),
        Key("title", '"Tell the desk"', "what it does, and the notice's title"),
        Key("kind", '"notify"', "a notice, done when everybody's addresses took it"),
        Key("to", '["bu-operations-lead"]', "people or roles"),
        Key("text", '"Back to {stable_version}: the agent is stopped."', "else the title"),
        *_ending("60.0", '"call the desk"'),
    ),
    "manual": (
        Key("id", '"desk"', "unique"),
        Key("title", '"Staff the desk"', "what it does"),
        Key("kind", '"manual"', "a person says when it is done; with a read_back it must show too"),
        *_ending("900.0", '"call the desk; two people by 9:00"'),
    ),
    "preset": (
        Key("id", '"workflow"', "unique; title and manual are the preset's, or yours"),
        Key("preset", '"n8n-off"', "warroom presets lists them as step-…"),
        Key("fill", '{ url = "https://n8n.example", id = "7" }', "warroom presets step-n8n-off"),
        Key("headers", '{ X-N8N-API-KEY = { env = "N8N_API_KEY" } }', "go with its read_back too"),
    ),
}
PROOFS = {
    "read_back": (
        Key("url", '"http://127.0.0.1:9000/control"', "read with GET"),
        Key("path", '"version"', "dotted, in the JSON answer"),
        Key("equals", '"{stable_version}"', "text, a number, true or false"),
        Key("headers", "{}", "as in the step; they are not taken over from it"),
    ),
    "prove": (
        Key(
            "argv", '["/usr/bin/kubectl", "get", "deploy/agent", "-o", "wide"]', "must exit with 0"
        ),
        Key("contains", '"{stable_version}"', "what it must print"),
    ),
}
PROCEDURE = (Key("target", '"existing process"', "or a version's tag; else agent.stable_version"),)
_BY_HAND = (Key("kind", '"manual"', "or any other, as above"),)
PROCEDURE_STEP = (
    Key("id", '"output"', "unique in its procedure"),
    Key("title", '"Show the old output to all"', "what it does"),
    *_BY_HAND,
    Key("manual", '"unplug the shadow in the gateway"', "what a person does"),
)
DRILL = (Key("reset", '"curl -X POST …"', "how its target is made bad again, for people"),)
REPLACE = (
    "replace",
    "in URLs, commands, the switch and the names of secrets",
    ('"agent.example" = "drill.example"',),
)
SUSPENSION = (
    Key("id", '"payments"', "unique"),
    Key("title", '"Suspend the payments tool"', "armed and fired as a rollback is"),
    Key("kind", '"tool"', "or agent: all of it, to the manual process"),
    Key("users", '"refunds take a day longer"', "what its users are told"),
)
SUSPENSION_STEP = (
    Key("id", '"off"', "unique in its suspension"),
    Key("title", '"Take the tool away"', "what it does"),
    *_BY_HAND,
    Key("manual", '"revoke its key in the vault"', "what a person does"),
)
