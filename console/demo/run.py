"""A demo from its first second to its last: directory, clock, agent, past."""

import secrets
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from config.load import FILE_NAME, load
from config.write import render, write_new
from console.clock import CLOCK_FILE, SavedClock
from console.demo.agent import AgentProcess
from console.demo.scenarios import SCENARIOS
from console.demo.stage import IN_WINDOW_S, routing_of, set_stage, write_log
from console.demo.traffic import TOOLS, Profile
from console.executor.opening import BEING_MADE, unmade
from console.lock import FileLock

# A fixed day, so that a seed gives the same course of events every time.
BEGINS = datetime(2026, 12, 1, 14, 0, tzinfo=UTC).timestamp()
RENEW_S = 1.0
TROUBLE_AFTER_S = 12 * 60.0


class NotADemo(Exception):
    """The demo cannot begin or go on there; the text is one sentence for the operator."""


class Demo:
    """A running demo. `directory` holds its deployment and stays when it ends."""

    def __init__(self, directory: Path, clock: SavedClock, agent: AgentProcess) -> None:
        """Use `start`."""
        self.directory = directory
        self._clock = clock
        self._agent = agent
        self._over = threading.Event()
        clock.renew()
        self._keeper = threading.Thread(target=self._keep, name="demo-clock", daemon=True)
        self._keeper.start()

    @classmethod
    def start(
        cls,
        directory: Path | None = None,
        *,
        scenario: str | None = None,
        stage: str | None = None,
        seed: int | None = None,
        speed: float | None = None,
        port: int = 0,
        calls_per_hour: float | None = None,
    ) -> "Demo":
        """Begin a demo, or go on with the one in `directory`. Blocks for a second or two.

        At speed 1 its time is the real time, so that a metric store beside it can follow; at any
        other it begins on a fixed day. Raises `NotADemo`, `AgentError`, `ConfigError` or `OSError`.
        """
        if directory is not None and (why := unmade(directory)):
            raise NotADemo(why)
        if directory is not None and (directory / FILE_NAME).exists():
            if stage is not None:
                raise NotADemo(f"the demo in {directory} goes on where it was: leave --stage out")
            return cls._go_on(directory, scenario=scenario, seed=seed, speed=speed)
        if directory is not None and directory.is_dir() and any(directory.iterdir()):
            raise NotADemo(f"{directory} is not empty: name a new directory for the demo")
        directory = directory or Path(tempfile.mkdtemp(prefix="warroom-demo-"))
        directory.mkdir(parents=True, exist_ok=True)
        speed = 60.0 if speed is None else speed
        now = BEGINS if speed != 1 else time.time()
        stage = stage or "window"
        scenario = scenario or ("errors" if stage == "window" else "healthy")
        began = SCENARIOS[scenario].slow and stage == "window"
        trouble_after = TROUBLE_AFTER_S - (IN_WINDOW_S if began else 0.0)
        profile = Profile(
            seed=1 if seed is None else seed,
            scenario=scenario,
            onset=now + trouble_after,
            calls_per_hour=calls_per_hour or Profile().calls_per_hour,
        )
        making = FileLock(directory / BEING_MADE)
        if not making.acquire():
            raise NotADemo(unmade(directory))
        clock = SavedClock.create(directory, now, speed)
        write_log(directory, stage, profile, now)
        routing = routing_of(stage, profile)
        agent = AgentProcess.start(
            directory,
            port=port,
            seed=profile.seed,
            scenario=scenario,
            trouble_after=trouble_after,
            calls_per_hour=profile.calls_per_hour,
            mode=routing.mode,
            share=routing.share,
        )
        try:
            write_new(directory, render(config_values(agent.url, profile)))
            set_stage(directory, stage, profile, now)
            (directory / BEING_MADE).unlink()
        except BaseException:
            agent.stop()
            raise
        finally:
            making.release()
        return cls(directory, clock, agent)

    @classmethod
    def _go_on(
        cls, directory: Path, *, scenario: str | None, seed: int | None, speed: float | None
    ) -> "Demo":
        feed = next(iter(load(directory).deployment.feeds.values()))
        port = urlsplit(feed.url or "").port or 0
        try:
            clock = SavedClock(directory)
        except FileNotFoundError:
            raise NotADemo(
                f"{directory} holds a deployment that is no demo's: open it with warroom open"
            ) from None
        except (ValueError, KeyError):
            raise NotADemo(f"{directory / CLOCK_FILE} cannot be read: begin a new demo") from None
        if speed is not None:
            clock.set_base_speed(speed)
        agent = AgentProcess.start(directory, port=port, scenario=scenario, seed=seed)
        return cls(directory, clock, agent)

    @property
    def url(self) -> str:
        """Where the simulated agent's endpoints are."""
        return self._agent.url

    def _keep(self) -> None:
        while not self._over.wait(RENEW_S):
            with suppress(OSError):
                self._clock.renew()

    def stop_clock(self) -> None:
        """Let the time stand still; the agent goes on answering."""
        self._over.set()
        self._keeper.join()
        self._clock.stop()

    def stop(self) -> None:
        """Stop the clock and the agent; the directory stays."""
        try:
            self.stop_clock()
        finally:
            self._agent.stop()


def config_values(url: str, profile: Profile) -> dict[str, object]:
    """The values of the demo's `warroom.toml`, for an agent that listens at `url`."""
    roles = {
        "agent lead": "agent-lead",
        "tech lead": "tech-lead",
        "rollback owner": "rollback-owner",
        "BU operations lead": "bu-operations-lead",
        "legal": "legal",
        "executive sponsor": "executive-sponsor",
        "reviewer": "reviewer",
    }
    people: list[dict[str, object]] = [
        {
            "name": name,
            "roles": [role],
            "phone": f"+44 20 7946 00{number:02d}",
            "available": "by phone, day and night, until the report is out",
            "notify": [f"{url.replace('http', 'json', 1)}/notices"],
        }
        for number, (name, role) in enumerate(roles.items(), 10)
    ]
    return {
        "version": 1,
        "deployment": secrets.token_hex(8),
        "agent": {
            "name": "claims-triage",
            "description": "Sorts insurance claims and answers simple questions about them",
            "platform": "custom",
            "version": profile.candidate,
            "stable_version": profile.stable,
            "tools": list(TOOLS),
            "success_criteria": [
                "files the claim under the kind of damage that the user tells of",
                "says what happens next, and when",
                "promises no payment and gives no legal advice",
            ],
        },
        "context": {
            "exposure": "customer-facing",
            "regulated": True,
            "update_of_existing": True,
            "personal_data": True,
            "tool_using": True,
            "workflow": "saas",
        },
        "people": people,
        "nfr": {
            "latency_sla_s": 3.0,
            "availability": 0.99,
            "error_budget": 0.01,
            "cost_per_call": 0.063,
            "cost_per_hour": 80.0,
            "currency": "USD",
        },
        "forecast": {"cost_per_call": 0.021, "calls_per_hour": profile.calls_per_hour},
        "feeds": {
            "calls": {
                "kind": "jsonl-http",
                "url": f"{url}/logs/calls.jsonl",
                "by": "range",
                "preset": "native",
                "poll_s": 1.0,
            }
        },
        "traffic": {
            "shares": [1, 5, 20, 50, 100],
            "switch": {
                "kind": "http",
                "url": f"{url}/control/rollout",
                "method": "PUT",
                "body": '{"mode": "{phase}", "candidate_share": {share}, "version": "{version}"}',
                "read_url": f"{url}/control",
                "path": "candidate_share",
                "phase_path": "mode",
            },
        },
        "invoke": {
            "url": f"{url}/invoke",
            "headers": {"X-Warroom-Synthetic": "true"},
        },
        "integrations": [
            {"id": "model", "title": "Model API", "url": f"{url}/integrations/model"},
            {
                "id": "policies",
                "title": "Policy store",
                "url": f"{url}/integrations/policies",
                "secondary": True,
            },
        ],
        "staging": {"hosts": ["staging.claims.example"]},
        "escalation": {
            "input": "Two documents contradict each other. TRIGGER-ESCALATION",
            "reviewer": "reviewer",
            "backup": "agent lead",
            "fallback": "the claims desk answers by hand",
        },
        "load": {"peak_calls_per_s": 45.0},
        "rollback": {
            "owner": "rollback owner",
            "deputy": "tech lead",
            "fallback": "the claims desk answers by hand",
            "drill": {
                "replace": {f"{url}/control": f"{url}/drill/control"},
                "reset": f"curl -X PUT {url}/drill/reset",
            },
            "steps": [
                {
                    "id": "traffic",
                    "title": "Send all traffic to the stable version",
                    "kind": "http",
                    "method": "PUT",
                    "url": f"{url}/control/traffic",
                    "body": '{"candidate_share": 0}',
                    "manual": f"curl -X PUT {url}/control/traffic -d '{{\"candidate_share\": 0}}'",
                    "read_back": {
                        "url": f"{url}/control",
                        "path": "candidate_share",
                        "equals": 0,
                    },
                },
                {
                    "id": "version",
                    "title": "Restore the stable version",
                    "kind": "http",
                    "method": "PUT",
                    "url": f"{url}/control/version",
                    "body": '{"version": "{stable_version}"}',
                    "after": ["traffic"],
                    "manual": f"curl -X PUT {url}/control/version "
                    f'-d \'{{"version": "{profile.stable}"}}\'',
                    "read_back": {
                        "url": f"{url}/control",
                        "path": "version",
                        "equals": "{stable_version}",
                    },
                },
            ],
        },
        "suspensions": [
            _tool_off(
                url,
                "claims-history",
                "Take the claims history from the agent",
                "claims that need the history go to the claims desk",
            ),
            _tool_off(
                url,
                "payments-write",
                "Take the payments tool from the agent",
                "nothing changes for them: this agent pays nobody",
            ),
            {
                "id": "agent-off",
                "title": "Take the agent out of use: claims go to the desk",
                "kind": "agent",
                "users": "they are told that a person will answer",
                "steps": [
                    {
                        "id": "traffic",
                        "title": "Send nothing to the new version",
                        "kind": "http",
                        "method": "PUT",
                        "url": f"{url}/control/traffic",
                        "body": '{"candidate_share": 0}',
                        "manual": f"curl -X PUT {url}/control/traffic "
                        "-d '{\"candidate_share\": 0}'",
                        "read_back": {
                            "url": f"{url}/control",
                            "path": "candidate_share",
                            "equals": 0,
                        },
                    }
                ],
            },
        ],
    }


def _tool_off(url: str, tool: str, title: str, users: str) -> dict[str, object]:
    """The suspension of one tool."""
    body = f'{{"tool": "{tool}", "enabled": false}}'
    return {
        "id": tool,
        "title": title,
        "users": users,
        "steps": [
            {
                "id": "off",
                "title": "Switch the tool off",
                "kind": "http",
                "method": "PUT",
                "url": f"{url}/control/tools",
                "body": body,
                "manual": f"curl -X PUT {url}/control/tools -d '{body}'",
                "read_back": {
                    "url": f"{url}/control",
                    "path": f"tools.{tool}",
                    "equals": False,
                },
            }
        ],
    }
