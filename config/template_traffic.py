"""The keys of each kind of traffic switch as `warroom init` writes them, as in `template`."""

from config.template import Key

_TIME = Key("timeout_s", "10.0", "seconds a share may take to be set and read back")
_UNIT = Key("unit", '"percent"', "what `path` leads to: percent or fraction")
_PHASE = Key("phase_path", '"mode"', "a text that must be the phase, such as canary")
_REST = Key("rest_path", '"weights[1]"', "the stable version's weight: both make the share")

SWITCHES = {
    "http": (
        Key("kind", '"http"', "a JSON document with the share in it"),
        Key("url", '"http://127.0.0.1:9000/control/traffic"', "where it is written"),
        Key("method", '"PUT"', "or POST, PATCH; it carries an Idempotency-Key"),
        Key(
            "body",
            "'{\"candidate_share\": {share}}'",
            "{share} {rest} {fraction} {phase} {version} {stable_version} {key} {etag}",
        ),
        Key("headers", '{ Authorization = { env = "SWITCH_TOKEN" } }', "sent with both requests"),
        Key("expect_status", "[200, 201, 202, 204]", "any other is a failure"),
        Key("read_url", '"http://127.0.0.1:9000/control"', "where it is read; else `url`"),
        Key("path", '"candidate_share"', "dotted, in the JSON answer: where the share lies"),
        Key("etag", "false", "overwrite only what was read: its ETag goes into If-Match"),
        Key("whole", "false", "the body takes the place of all that is read, and has its shape"),
        _TIME,
    ),
    "haproxy": (
        Key("kind", '"haproxy"', "two weights by HAProxy's runtime API"),
        Key("socket", '"/run/haproxy/admin.sock"', "of level admin; or HOST:PORT"),
        Key("backend", '"agent"', "its backend"),
        Key("candidate", '"candidate"', "the candidate's server"),
        Key("stable", '"stable"', "the stable version's server"),
        _TIME,
    ),
    "file": (
        Key("kind", '"file"', "a JSON file, replaced as a whole"),
        Key("file", '"/etc/flagd/flags.json"', "relative: to this directory"),
        Key("path", '"weights[0]"', "where the share lies"),
        _REST,
        _PHASE,
        _TIME,
    ),
    "command": (
        Key("kind", '"command"', "programs, without a shell"),
        Key("read", '["/usr/local/bin/share", "get"]', "prints the share, or JSON with `path`"),
        Key("write", '["/usr/local/bin/share", "set", "{share}"]', "sets it"),
        Key("cwd", '"/srv/agent"', "where they run; else this directory"),
        _UNIT,
        _TIME,
    ),
    "preset": (
        Key("preset", '"caddy"', "warroom presets lists them: caddy, haproxy, unleash …"),
        Key("fill", '{ url = "http://127.0.0.1:2019", id = "split" }', "warroom presets switch-…"),
    ),
}
