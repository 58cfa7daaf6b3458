"""Three machines in network namespaces, cut off from each other in every way and healed.

Run as root: python -m tests.bench.bench_hosts

Each has a home, a copy of the deployment and a `warroom watch` that syncs by a real `nats-server`.
In each round some are cut off from the broker (never from the traffic switch), and all decide, note
and fire meanwhile. After each healing the files must be equal byte for byte and the state hashes
equal; a rollback that two of them fired must have acted once.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from console.clock import SystemClock
from tests.actions.switch import running_switch
from tests.executor.processes import WARROOM
from tests.executor.scene import agent
from tests.room.stand import GOOD, Stand, stand
from tests.sync.broker import program

HOSTS = ("a", "b", "c")
PEOPLE = {"a": "agent lead", "b": "tech lead", "c": "rollback owner"}
MARK = "wrbench"
BROKER, SWITCH = "10.91.1.1", "10.91.2.1"
PORT = 14555
HEALED_S = 60.0


def ip(*words: str) -> None:
    """Have the machine's networks changed."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Host:
    """A machine: a namespace with a cable to the broker and one to the switch."""

    def __init__(self, name: str, number: int, place: Path) -> None:
        self.name, self.place = name, place / name
        self.net = f"{MARK}-{name}"
        self.directory = self.place / "claims"
        self.place.mkdir()
        ip("netns", "add", self.net)
        ip("netns", "exec", self.net, "ip", "link", "set", "lo", "up")
        for bridge, net in ((f"{MARK}1", "10.91.1"), (f"{MARK}2", "10.91.2")):
            outer, inner = f"{bridge}{name}", f"e{bridge[-1]}"
            ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", self.net)
            ip("link", "set", outer, "master", bridge, "up")
            ip("-n", self.net, "addr", "add", f"{net}.{10 + number}/24", "dev", inner)
            ip("-n", self.net, "link", "set", inner, "up")

    def cable(self, *, plugged: bool) -> None:
        """Pull the cable to the broker, or plug it in."""
        ip("link", "set", f"{MARK}1{self.name}", "up" if plugged else "down")

    @property
    def _inside(self) -> list[str]:
        return ["ip", "netns", "exec", self.net]

    @property
    def _env(self) -> dict[str, str]:
        state = str(self.place / "state")
        me = PEOPLE[self.name]
        return {**os.environ, "HOME": str(self.place), "XDG_STATE_HOME": state, "WARROOM_AS": me}

    def started(self, *words: str) -> "subprocess.Popen[bytes]":
        """A command that goes on."""
        said = (self.place / "said").open("ab")
        argv = [*self._inside, *WARROOM, *words]
        return subprocess.Popen(argv, env=self._env, stdout=said, stderr=said)

    def warroom(self, *words: str) -> str:
        """What a command says; a refusal is an answer too."""
        done = subprocess.run(
            [*self._inside, *WARROOM, *words], env=self._env, capture_output=True, check=False
        )
        assert done.returncode in {0, 1}, done.stderr.decode()
        return done.stdout.decode()

    def state(self) -> str:
        """The hash of the state."""
        told = json.loads(self.warroom("status", str(self.directory), "--json", "--offline"))
        return str(told["state"])

    def lines(self) -> dict[str, bytes]:
        """Each writer's file."""
        found = sorted((self.directory / "journal").glob("*.jsonl"))
        return {file.name: file.read_bytes() for file in found}

    def deeds(self, turn: int) -> None:
        """What its operator does in one round."""
        place = str(self.directory)
        self.warroom("note", place, f"{self.name} in round {turn}")
        self.warroom("gate", place, "--hold", f"{self.name} holds in round {turn}")
        self.warroom("note", place, f"{self.name} after it")


@contextmanager
def networks() -> Iterator[None]:
    """Two networks: the broker is on the first, the switch on the second."""
    clear()
    try:
        for bridge, address in ((f"{MARK}1", BROKER), (f"{MARK}2", SWITCH)):
            ip("link", "add", bridge, "type", "bridge")
            ip("addr", "add", f"{address}/24", "dev", bridge)
            ip("link", "set", bridge, "up")
        yield
    finally:
        clear()


def clear() -> None:
    """Take away what a run left."""
    for name in HOSTS:
        subprocess.run(["ip", "netns", "del", f"{MARK}-{name}"], check=False, capture_output=True)
    for bridge in (f"{MARK}1", f"{MARK}2"):
        subprocess.run(["ip", "link", "del", bridge], check=False, capture_output=True)


@contextmanager
def broker(place: Path) -> Iterator[None]:
    """A real broker on the first network."""
    place.mkdir()
    config = place / "nats.conf"
    store = f"jetstream {{ store_dir: {place}/store, sync_interval: always }}\n"
    config.write_text(f"listen: {BROKER}:{PORT}\n{store}")
    with (place / "said").open("wb") as said:
        server = subprocess.Popen([program(), "-c", str(config)], stdout=said, stderr=said)
    try:
        yield
    finally:
        server.kill()
        server.wait()


def copied(place: Path, steps: Sequence[dict[str, object]]) -> Path:
    """A deployment that all three get a copy of."""
    first = stand(place / "first", steps=steps, clock=SystemClock())
    toml = first.directory / "warroom.toml"
    broker_s = f'[sync]\nnats = "nats://{BROKER}:{PORT}"\n'
    toml.write_text(toml.read_text().replace("#[sync]", f"{broker_s}\n#[sync]", 1))
    return first.directory


def alike(hosts: Sequence[Host]) -> bool:
    """Whether all hold the same lines."""
    held = [host.lines() for host in hosts]
    return len(held[0]) == len(hosts) and all(one == held[0] for one in held)


def healed(hosts: Sequence[Host]) -> float:
    """Seconds until all hold the same; raises if that takes too long."""
    began = time.monotonic()
    while not alike(hosts):
        if time.monotonic() - began > HEALED_S:
            counts = [{k: v.count(b"\n") for k, v in host.lines().items()} for host in hosts]
            raise AssertionError(f"not equal after {HEALED_S:g} s: {counts}")
        threading.Event().wait(0.05)
    return time.monotonic() - began


def main() -> int:
    """Print each round; 1 if anything was unequal, or acted twice."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        sys.stdout.write("this takes root and iproute2: network namespaces are made\n")
        return 1
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="warroom-hosts-")))
        stack.enter_context(networks())
        stack.enter_context(broker(place / "nats"))
        switch = stack.enter_context(running_switch(SWITCH))
        step = switch.step().model_dump(exclude_unset=True)
        first = copied(place, [step])
        hosts = [Host(name, number, place) for number, name in enumerate(HOSTS)]
        for host in hosts:
            shutil.copytree(first, host.directory)
            watch = host.started("watch", str(host.directory))
            stack.callback(watch.wait)
            stack.callback(watch.terminate)
        for host in hosts:
            answering = agent(Stand(host.directory, SystemClock()), lambda: GOOD)
            stack.enter_context(answering)
        with ThreadPoolExecutor(3) as pool:
            return _rounds(hosts, pool, switch.effects)


def _rounds(hosts: Sequence[Host], pool: ThreadPoolExecutor, effects: Sequence[str]) -> int:
    for host in hosts:
        host.warroom("note", str(host.directory), "begun")
    healed(hosts)
    cuts = [cut for size in range(4) for cut in itertools.combinations(hosts, size)]
    faults = 0
    for turn, cut in enumerate(cuts, 1):
        for host in cut:
            host.cable(plugged=False)
        list(pool.map(Host.deeds, hosts, itertools.repeat(turn)))
        for host in cut:
            host.cable(plugged=True)
        faults += _told(f"cut off: {_names(cut)}", hosts, healed(hosts))
    one, two, _ = hosts
    for host in hosts:
        host.cable(plugged=False)
    list(pool.map(_fired, (one, two)))
    for host in hosts:
        host.cable(plugged=True)
    faults += _told("two fire, all cut off", hosts, healed(hosts))
    told = json.loads(one.warroom("status", str(one.directory), "--json", "--offline"))
    outcome = told["rollback"]["outcome"]
    sys.stdout.write(f"rollback: {outcome}, {len(effects)} effect (target: verified, 1)\n")
    entries = sum(data.count(b"\n") for data in one.lines().values())
    sys.stdout.write(f"{len(cuts) + 1} rounds, {entries} entries, {faults} faults (target: 0)\n")
    return 1 if faults or len(effects) != 1 or outcome != "verified" else 0


def _fired(host: Host) -> None:
    place = str(host.directory)
    host.warroom("rollback", place, "--trigger", "owner-judgement", "--why", host.name, "--fire")


def _names(cut: Sequence[Host]) -> str:
    return ", ".join(host.name for host in cut) or "nobody"


def _told(what: str, hosts: Sequence[Host], seconds: float) -> int:
    """Judge the states of one moment: a watcher may write at any time."""
    while True:
        before = hosts[0].lines()
        states = {host.state() for host in hosts}
        if all(host.lines() == before for host in hosts):
            break
        healed(hosts)
    mark = "equal" if len(states) == 1 else f"NOT EQUAL {sorted(states)}"
    sys.stdout.write(f"{what}: together again after {seconds:.1f} s, states {mark}\n")
    sys.stdout.flush()
    return 0 if len(states) == 1 else 1


if __name__ == "__main__":
    raise SystemExit(main())
