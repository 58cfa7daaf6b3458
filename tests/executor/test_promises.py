"""Whatever the server does: one effect at most for a key, and no claim without sight of it."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from console.actions.steps import Values
from console.executor.procedure import Progress, run_procedure
from console.net import Http
from tests.actions.hands import tools
from tests.actions.switch import Deed, Look, running_switch

DEEDS: list[Deed] = [
    "do",
    "nothing",
    "forbid",
    "fault-before",
    "fault-after",
    "drop-before",
    "drop-after",
    "twice",
]
LOOKS: list[Look] = ["show", "show", "late", "fault", "drop"]


@settings(max_examples=25)
@given(
    deeds=st.lists(st.sampled_from(DEEDS), min_size=1, max_size=3),
    looks=st.lists(st.sampled_from(LOOKS), min_size=1, max_size=3),
    tries=st.integers(1, 2),
)
def test_one_effect_and_an_honest_word(deeds: list[Deed], looks: list[Look], tries: int) -> None:
    async def go() -> None:
        with running_switch() as switch:
            switch.deeds, switch.looks = list(deeds), list(looks)
            reported: list[Progress] = []

            async def report(progress: Progress) -> None:
                reported.append(progress)

            for attempt in range(tries):
                async with Http() as http:
                    states = await run_procedure(
                        [switch.step(timeout_s=0.6)],
                        deployment="d" * 16,
                        attempt="canary-5-1",
                        values=Values("v2.3.1", "v2.4.0"),
                        tools=tools(http),
                        budget_s=10.0,
                        report=report,
                        begun=frozenset({"traffic"} if attempt else ()),
                    )
            assert len(set(switch.keys)) <= 1
            assert len(switch.effects) <= 1
            state = states["traffic"]
            assert state == reported[-1].state
            if state == "verified":
                assert switch.share == 0
            if state == "failed" and "late" not in looks:
                assert switch.share == 1
            if looks[-1] == "show" and switch.share == 0:
                assert state == "verified"

    asyncio.run(go())
