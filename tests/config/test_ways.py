"""Ways back, suspensions and drills in a file: what each may get wrong, with its line."""

import pytest

from config.load import ConfigError, parse
from tests.config.sample import SMALL, changed, longer

PEOPLE = 'roles = ["rollback-owner"]\n'
DESK = """\
[[people]]
name = "claims desk"
roles = ["bu-operations-lead"]

"""
MANUAL = """\
[[{where}]]
id = "desk"
title = "Staff the desk"
kind = "manual"
manual = "call the desk"
"""
TRAFFIC = """\
[[{where}]]
id = "traffic"
title = "Send all traffic back"
kind = "traffic"
manual = "call the desk"
"""
NOTIFY = """\
[[{where}]]
id = "tell"
title = "Tell the desk"
kind = "notify"
to = {to}
manual = "call the desk"
"""
SUSPENSION = """\
[[suspensions]]
id = "payments"
title = "Suspend the payments tool"

"""
SWITCH = """\
[traffic.switch]
preset = "http"
fill = { url = "http://127.0.0.1:9000/share", key = "candidate" }

"""
NO_SWITCH = '"traffic" needs [traffic.switch], which is not there'
LIVE = "dark-launch, shadow, canary, full"


def notify(to: str, where: str = "rollback.steps") -> str:
    return NOTIFY.format(where=where, to=to)


BAD = {
    "traffic without a switch": (
        longer(TRAFFIC.format(where="rollback.steps")),
        [f"26: rollback.steps[0].kind: {NO_SWITCH}"],
    ),
    "traffic of a procedure without a switch": (
        longer(
            "[rollback.procedures.canary]\n"
            + TRAFFIC.format(where="rollback.procedures.canary.steps")
        ),
        [f"27: rollback.procedures.canary.steps[0].kind: {NO_SWITCH}"],
    ),
    "traffic of a suspension without a switch": (
        longer(SUSPENSION + TRAFFIC.format(where="suspensions.steps")),
        [f"30: suspensions[0].steps[0].kind: {NO_SWITCH}"],
    ),
    "a switch that is wrong itself": (
        longer('[traffic.switch]\nkind = "ftp"\n' + TRAFFIC.format(where="rollback.steps")),
        [
            '24: traffic.switch.kind: "ftp" is not a value of `kind` '
            "(one of: http, haproxy, file, command)"
        ],
    ),
    "nobody of that name": (
        longer(notify('["rollback owner", "rolback owner"]')),
        [
            '27: rollback.steps[0].to: "rolback owner" is nobody in `people` and no role; '
            'did you mean "rollback owner"? (people: rollback owner)'
        ],
    ),
    "no such role": (
        longer(SUSPENSION + notify('["tech-leed"]', "suspensions.steps")),
        [
            '31: suspensions[0].steps[0].to: "tech-leed" is nobody in `people` and no role; '
            'did you mean "tech-lead"? (people: rollback owner)'
        ],
    ),
    "a role that nobody holds": (
        longer(notify('["legal"]')),
        ['27: rollback.steps[0].to: nobody in `people` holds the role "legal"'],
    ),
    "a deputy who is not there": (
        changed('owner = "rollback owner"', 'owner = "rollback owner"\ndeputy = ["rollbak owner"]'),
        [
            '21: rollback.deputy: nobody in `people` is called "rollbak owner"; '
            'did you mean "rollback owner"? (one of: rollback owner)'
        ],
    ),
    "no such phase": (
        longer(
            "[rollback.procedures.canry]\n" + MANUAL.format(where="rollback.procedures.canry.steps")
        ),
        [
            '23: rollback.procedures.canry: "canry" is not a phase to go back from; '
            f'did you mean "canary"? (one of: {LIVE})'
        ],
    ),
    "readiness": (
        longer(
            "[rollback.procedures.readiness]\n"
            + MANUAL.format(where="rollback.procedures.readiness.steps")
        ),
        [
            '23: rollback.procedures.readiness: "readiness" is not a phase to go back from '
            f"(one of: {LIVE})"
        ],
    ),
    "a procedure without steps": (
        longer("[rollback.procedures.shadow]\nsteps = []\n"),
        ["24: rollback.procedures.shadow.steps: must not be empty"],
    ),
    "a suspension that would be taken for the rollback": (
        longer(
            SUSPENSION.replace("payments", "rollback") + MANUAL.format(where="suspensions.steps")
        ),
        ["24: suspensions[0].id: is what the console calls the rollback itself; choose another id"],
    ),
    "two suspensions of one id": (
        longer((SUSPENSION + MANUAL.format(where="suspensions.steps")) * 2),
        ['33: suspensions[1].id: "payments" is the id of an earlier suspension'],
    ),
    "no such preset": (
        longer('[[rollback.steps]]\nid = "a"\npreset = "n8n-of"\n'),
        [
            '25: rollback.steps[0].preset: there is no preset "n8n-of" of a step; did you mean '
            '"n8n-off"? (one of: helm, http-flag, kubectl-image, kubectl-undo, n8n-off, '
            "unleash-off)"
        ],
    ),
    "a preset that is filled badly": (
        longer(
            '[[rollback.steps]]\nid = "a"\npreset = "n8n-off"\n'
            'fill = { url = \'http://n8n"\', ids = "7" }\n'
        ),
        [
            '26: rollback.steps[0].fill: the preset "n8n-off" needs `id` here: the workflow\'s id',
            '26: rollback.steps[0].fill.ids: is not a key of the preset "n8n-off"; did you mean '
            '"id"? (one of: url, id)',
            "26: rollback.steps[0].fill.url: must not hold quotes",
        ],
    ),
    "a preset whose address is none": (
        longer(
            '[[rollback.steps]]\nid = "a"\npreset = "n8n-off"\nfill = { url = "n8n", id = "7" }\n'
        ),
        [
            "23: rollback.steps[0].url: must be a URL that begins with http:// or https:// "
            "and names a host",
            "23: rollback.steps[0].read_back.url: must be a URL that begins with http:// or "
            "https:// and names a host",
        ],
    ),
    "keys of another kind": (
        longer(notify('["rollback owner"]') + 'argv = ["/bin/true"]\n'),
        ['29: rollback.steps[0].argv: means nothing for kind "notify"'],
    ),
    "nobody to tell": (
        longer(notify("[]")),
        ['23: rollback.steps[0]: kind "notify" needs `to`'],
    ),
    "a drill that changes nothing": (
        longer("[rollback.drill]\nreplace = {}\n"),
        ["24: rollback.drill.replace: must not be empty"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_each_problem_is_a_sentence_with_its_line(name: str) -> None:
    text, problems = BAD[name]
    with pytest.raises(ConfigError) as caught:
        parse(text.encode())
    assert list(caught.value.problems) == [f"warroom.toml:{problem}" for problem in problems]


def test_people_roles_and_the_switch_are_found() -> None:
    text = changed(PEOPLE, f"{PEOPLE}\n{DESK}").replace("[feeds.calls]", f"{SWITCH}[feeds.calls]")
    back = TRAFFIC.format(where="rollback.steps") + notify('["claims desk", "bu-operations-lead"]')
    made = parse(f"{text}\n{back}".encode())
    assert [step.kind for step in made.rollback.steps] == ["traffic", "notify"]


@pytest.mark.parametrize("deputy", ['"claims desk"', '["claims desk"]'])
def test_one_deputy_is_a_text_or_a_list(deputy: str) -> None:
    text = changed(PEOPLE, f"{PEOPLE}\n{DESK}")
    made = parse(f"{text}deputy = {deputy}\n".encode())
    assert made.rollback.deputy == ("claims desk",)


def test_a_phase_without_a_procedure_takes_the_usual_one() -> None:
    own = "[rollback.procedures.shadow]\ntarget = 'existing process'\n" + MANUAL.format(
        where="rollback.procedures.shadow.steps"
    ).replace('"desk"', '"output"')
    tag = "[rollback.procedures.full]\ntarget = 'v2.2.0'\n" + MANUAL.format(
        where="rollback.procedures.full.steps"
    )
    text = SMALL + MANUAL.format(where="rollback.steps") + own + tag
    back = parse(text.encode()).rollback
    assert [step.id for step in back.steps_in("canary")] == ["desk"]
    assert [step.id for step in back.steps_in("shadow")] == ["output"]
    assert back.target_in("canary", "v2.3.1") == "v2.3.1"
    assert back.target_in("shadow", "v2.3.1") == ""
    assert back.target_in("full", "v2.3.1") == "v2.2.0"


def test_each_kind_has_its_own_usual_time() -> None:
    where = "rollback.steps"
    text = changed("[feeds.calls]", f"{SWITCH}[feeds.calls]") + "".join(
        (TRAFFIC.format(where=where), MANUAL.format(where=where), notify('["rollback owner"]'))
    )
    times = [step.timeout_s for step in parse(text.encode()).rollback.steps]
    assert times == [30.0, 900.0, 60.0]
