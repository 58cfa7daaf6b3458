"""The simulated agent's controls: who answers, and what a write changes of it."""

import threading
from typing import Annotated, Literal

import msgspec

from console.demo import traffic
from console.demo.traffic import Profile, Routing


class Answer(msgspec.Struct, frozen=True):
    """What a control write was answered, kept for the same idempotency key."""

    request: str
    status: int
    body: str


class TrafficWrite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /control/traffic`: the candidate's percent of users' traffic."""

    candidate_share: Annotated[int, msgspec.Meta(ge=0, le=100)]


class VersionWrite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /control/version`: one of the two versions."""

    version: str


class ModeWrite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /control/mode`."""

    mode: Literal["dark-launch", "shadow", "canary", "full"]


class RolloutWrite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /control/rollout`: mode and share at once, and what runs as the candidate.

    An empty `version` leaves that as it is. In readiness users are served by the stable version.
    """

    mode: Literal["readiness", "dark-launch", "shadow", "canary", "full"]
    candidate_share: Annotated[int, msgspec.Meta(ge=0, le=100)]
    version: str = ""


class ToolWrite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `PUT /control/tools`: a tool of the platform, and whether calls may use it."""

    tool: Literal["policy-lookup", "claims-history", "payments-write"]
    enabled: bool


Write = TrafficWrite | VersionWrite | ModeWrite | RolloutWrite | ToolWrite


class Decided(msgspec.Struct, frozen=True):
    """What a write is answered, and the routing that it makes; None if it changes nothing."""

    status: int
    body: str
    routing: Routing | None = None


def control_of(profile: Profile, routing: Routing) -> dict[str, object]:
    """What is set: see `GET /control`. Mirrored modes never serve users from the candidate."""
    if routing.mode in traffic.MIRRORED or not traffic.reaches_candidate(profile, routing):
        serving = profile.stable
    else:
        serving = profile.candidate if routing.share == 100 else "both"
    return {
        "version": routing.version,
        "candidate_version": profile.candidate,
        "stable_version": profile.stable,
        "candidate_share": routing.share,
        "mode": routing.mode,
        "serving": serving,
        "tools": {name: name not in routing.off for name in (*traffic.TOOLS, traffic.OUT_OF_SCOPE)},
    }


def decided(
    profile: Profile, routing: Routing, keys: dict[str, Answer], write: Write, key: str
) -> Decided:
    """What comes of one control write; what it is answered is kept in `keys`.

    The same key again gets the same answer without a second effect; a key that was used for
    another request is refused.
    """
    request = type(write).__name__ + msgspec.json.encode(write).decode()
    known = keys.get(key) if key else None
    if known and known.request != request:
        return Decided(422, _error(f'Idempotency-Key "{key}" was used for another request'))
    if known:
        return Decided(known.status, known.body)
    version = getattr(write, "version", "")
    if version and version not in (profile.candidate, profile.stable):
        known_versions = f'"{profile.candidate}" or "{profile.stable}"'
        return Decided(400, _error(f'version: "{version}" is not known; use {known_versions}'))
    after = _applied(routing, write)
    body = msgspec.json.encode(control_of(profile, after)).decode()
    if key:
        keys[key] = Answer(request, 200, body)
    return Decided(200, body, after)


class DrillTarget:
    """A second agent to rehearse on, which serves nobody and forgets all when the process ends.

    It stands where a bad deployment would: everybody is served by the candidate.
    """

    def __init__(self, profile: Profile) -> None:
        """Stand at the start."""
        self._profile = profile
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Stand at the start again."""
        with self._lock:
            self._routing = Routing(self._profile.candidate, share=100, mode="full")
            self._keys: dict[str, Answer] = {}

    def control(self) -> dict[str, object]:
        """What is set: see `GET /drill/control`."""
        with self._lock:
            return control_of(self._profile, self._routing)

    def write(self, write: Write, key: str) -> tuple[int, str]:
        """Carry out one control write; its HTTP status and JSON body. See `decided`."""
        with self._lock:
            done = decided(self._profile, self._routing, self._keys, write, key)
            self._routing = done.routing or self._routing
            return done.status, done.body


def _applied(routing: Routing, write: Write) -> Routing:
    if isinstance(write, TrafficWrite):
        return msgspec.structs.replace(routing, share=write.candidate_share)
    if isinstance(write, VersionWrite):
        return msgspec.structs.replace(routing, version=write.version)
    if isinstance(write, RolloutWrite):
        version = write.version or routing.version
        return Routing(version, write.candidate_share, write.mode, routing.off)
    if isinstance(write, ToolWrite):
        off = {*routing.off, write.tool} if not write.enabled else {*routing.off} - {write.tool}
        return msgspec.structs.replace(routing, off=tuple(sorted(off)))
    return msgspec.structs.replace(routing, mode=write.mode)


def _error(sentence: str) -> str:
    return msgspec.json.encode({"error": sentence}).decode()
