"""Disks that fill up, fail, forbid or lie elsewhere: real ones, and real faults."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from console.domain.entry import Draft, Entry
from console.journal import DiskFull, Journal, Unwritable, disk
from console.journal.verify import verify
from tests.journal.desk import LEAD, Desk, draft, note, text, texts

BIG = "x" * 3000


def _cannot(why: str) -> None:
    """Skip at home; on CI a fault that cannot be injected is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def small(desk: Desk) -> Iterator[Desk]:
    """A deployment on a file system of 64 KiB; the account's memory lies elsewhere."""
    done = _run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(desk.directory))
    if done.returncode:
        _cannot(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    try:
        yield desk
    finally:
        _run("umount", "-l", str(desk.directory))


def _fill(journal: Journal) -> list[str]:
    """Append big notes until the disk is full; the ones that were acknowledged."""
    taken: list[str] = []
    with contextlib.suppress(DiskFull):
        for number in range(100):
            note(journal, f"{number} {BIG}")
            taken.append(f"{number} {BIG}")
    assert len(taken) < 30
    return taken


def _use_up(desk: Desk) -> Path:
    """Fill the file system to its last byte with a file."""
    filler = desk.directory / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(desk.directory).f_bavail == 0
    return filler


def test_full_disk_takes_only_rollback_and_incident(small: Desk) -> None:
    journal = small.open()
    taken = _fill(journal)
    with pytest.raises(DiskFull):
        note(journal, "small, but not now")
    assert [entry.kind for entry in note(journal, "now", "rollback.triggered")][-1:] == [
        "rollback.triggered"
    ]
    note(journal, "severity 1", "incident.opened")
    with pytest.raises(DiskFull):
        journal.transact(lambda _: [draft("a", "rollback.step"), draft("b")])
    again = small.open()
    assert again.intact
    assert texts(again.read_new())[: len(taken)] == taken
    assert verify(small.directory).ok
    with pytest.raises(DiskFull):
        note(again, "a second console knows it too")


def test_notes_are_taken_again_when_there_is_room(small: Desk) -> None:
    journal = small.open()
    note(journal, "first")
    filler = _use_up(small)
    _fill(journal)
    assert not (small.directory / "journal" / ".reserve").exists()
    filler.unlink()
    note(journal, "room again")
    assert (small.directory / "journal" / ".reserve").exists()
    assert verify(small.directory).ok


def test_rollback_that_meets_the_full_disk_first_is_written_once(small: Desk) -> None:
    journal = small.open()
    free = (small.directory / "filler").open("wb", buffering=0)
    with free:
        note(journal, "first")
        stat = os.statvfs(small.directory)
        free.write(bytes((stat.f_bavail - 2) * stat.f_frsize))
    steps = [f"{number} {BIG}" for number in range(4)]
    entries = journal.transact(lambda _: [draft(step, "rollback.step") for step in steps])
    assert [text(entry) for entry in entries if entry.kind == "rollback.step"] == steps
    assert any(entry.kind == "journal.recovered" for entry in entries)
    assert journal.read_new() == []
    reopened = small.open()
    assert reopened.intact
    assert [e.h for e in reopened.read_new()][2:] == [entry.h for entry in entries]
    assert verify(small.directory).ok


def test_what_finds_no_room_at_all_goes_to_the_fallback_and_is_adopted(small: Desk) -> None:
    journal = small.open()
    note(journal, "first")
    journal.close()
    (small.directory / "journal" / ".reserve").unlink()
    filler = _use_up(small)
    journal = small.open()
    fired = draft(BIG + BIG, "rollback.triggered")
    with pytest.raises(DiskFull):
        journal.transact(lambda _: [fired])
    journal.fallback([fired])
    filler.unlink()
    small.clock.at += 90
    new: list[Entry] = []

    def propose(unseen: Sequence[Entry]) -> list[Draft]:
        new.extend(unseen)
        return [draft("on")]

    journal.transact(propose)
    assert new[-1].kind == "rollback.triggered"
    adopted = next(e for e in small.open().read_new() if e.kind == "rollback.triggered")
    data = msgspec.json.decode(adopted.data, type=dict[str, object])
    assert data["occurred_at"] == "2023-11-14T22:13:20.250000Z"
    assert verify(small.directory).ok


def test_full_disk_before_the_first_entry(small: Desk) -> None:
    (small.directory / "journal").mkdir()
    _use_up(small)
    with pytest.raises(DiskFull, match="only rollback and incident entries"):
        note(small.open(), "x")


def test_read_only_file_system_refuses_in_a_sentence(small: Desk) -> None:
    writing = small.open()
    note(writing, "x")
    writing.close()
    done = _run("mount", "-o", "remount,ro", str(small.directory))
    assert done.returncode == 0, done.stderr
    journal = small.open()
    assert texts(journal.read_new()) == ["x"]
    with pytest.raises(Unwritable, match="Read-only file system"):
        note(journal, "y")


def test_file_in_the_journals_place_is_refused(desk: Desk) -> None:
    (desk.directory / "journal").write_text("not a directory")
    for read_only in (False, True):
        with pytest.raises(Unwritable, match="cannot be read as a directory"):
            desk.open(read_only=read_only)


def test_missing_deployment_is_refused(desk: Desk) -> None:
    gone = replace(desk, directory=desk.directory / "nowhere")
    for read_only in (False, True):
        with pytest.raises(Unwritable, match="is not a directory"):
            gone.open(read_only=read_only)


def test_deployment_removed_under_us_is_refused(desk: Desk) -> None:
    journal = desk.open()
    shutil.rmtree(desk.directory)
    with pytest.raises(Unwritable, match="cannot be written"):
        note(journal, "x")


SCRIPT = """
import json, sys
from pathlib import Path
from console.journal import Latched
from tests.journal.desk import Desk, note
desk = Desk(Path(sys.argv[1]), Path(sys.argv[2]))
journal = desk.open()
for number in range(4):
    try:
        said = len(note(journal, f"note {number}"))
    except Latched as error:
        said = str(error)
    print(json.dumps(said))
print(json.dumps([journal.latched, len(journal.read_new()), journal.count]))
"""


def _with_fault(desk: Desk, fault: str) -> list[object]:
    """Run four appends in a process where the kernel answers as `fault` says."""
    if shutil.which("strace") is None:
        _cannot("strace is not installed")
    done = _run(
        "strace", "-f", "-qq", "-o", "/dev/null", "-P", str(desk.file()), "-e", f"inject={fault}",
        sys.executable, "-c", SCRIPT, str(desk.directory), str(desk.state),
    )  # fmt: skip
    if "ptrace" in done.stderr:
        _cannot(f"strace may not trace here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("fault", ["fdatasync:error=EIO:when=2", "write:error=EIO:when=2"])
def test_disk_error_latches_until_reopened(desk: Desk, fault: str) -> None:
    note(desk.open(), "before")
    first, *later, state = _with_fault(desk, fault)
    assert first == 1
    assert len(later) == 3
    assert "Input/output error" in str(later[0])
    assert all("had a disk error" in str(said) for said in later[1:])
    assert state == [True, 0, 3]
    note(desk.open(), "after a restart")
    assert verify(desk.directory).ok


def test_failed_sync_is_never_tried_again(desk: Desk) -> None:
    note(desk.open(), "before")
    said = _with_fault(desk, "fdatasync:error=EIO:when=1")
    assert all(isinstance(answer, str) for answer in said[:4])


def test_short_writes_go_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data[:7])))
    note(desk.open(), "in many pieces")
    assert texts(desk.open().read_new()) == ["in many pieces"]


def test_network_file_system_refuses_to_write(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(desk.open(), "x")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nhost:/e {desk.directory} nfs4 rw 0 0\n")
    monkeypatch.setattr(disk, "MOUNTS", mounts)
    with pytest.raises(Unwritable, match=r"network file system \(nfs4\)"):
        desk.open()
    assert texts(desk.open(read_only=True).read_new()) == ["x"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/work", "ext4"),
        ("/mnt/a b", "cifs"),
        ("/mnt/a b/c", "nfs"),
        ("/mnt/a bc", "ext4"),
        ("/twice", "tmpfs"),
    ],
)
def test_file_system_of_a_path(path: str, kind: str) -> None:
    mounts = (
        "/dev/vda / ext4 rw 0 0\n"
        "//h/s /mnt/a\\040b cifs rw 0 0\n"
        "h:/x /mnt/a\\040b/c nfs rw 0 0\n"
        "a /twice nfs rw 0 0\n"
        "b /twice tmpfs rw 0 0\n"
    )
    assert disk.file_system(Path(path), mounts) == kind


def test_fallback_is_adopted_once_with_its_time(desk: Desk) -> None:
    journal = desk.open()
    journal.fallback([draft("one"), Draft(LEAD, "note.added", {"text": "two", "occurred_at": "X"})])
    desk.open(read_only=True).fallback([draft("three")])
    desk.clock.at += 60
    note(journal, "after")
    note(journal, "and after")
    entries = desk.open().read_new()
    assert entries[0].kind == "journal.opened"
    assert texts(entries) == ["one", "two", "three", "after", "and after"]
    occurred = [
        msgspec.json.decode(entry.data, type=dict[str, object]).get("occurred_at")
        for entry in entries[1:]
    ]
    assert (
        occurred == ["2023-11-14T22:13:20.250000Z", "X", "2023-11-14T22:13:20.250000Z"] + [None] * 2
    )
    assert not (desk.state / "fallback.jsonl").exists()


def test_fallback_interrupted_while_adopting_is_not_adopted_twice(desk: Desk) -> None:
    journal = desk.open()
    journal.fallback([draft("one"), draft("two")])
    kept = (desk.state / "fallback.jsonl").read_bytes()
    note(journal, "after")
    (desk.state / "fallback-adopting.jsonl").write_bytes(kept)
    journal.fallback([draft("three")])
    again = desk.open()
    note(again, "first")
    note(again, "second")
    assert texts(desk.open().read_new()) == ["one", "two", "after", "first", "three", "second"]


def test_torn_line_in_the_fallback_is_passed_over(desk: Desk) -> None:
    journal = desk.open()
    journal.fallback([draft("one")])
    with (desk.state / "fallback.jsonl").open("ab") as file:
        file.write(b'{"actor":{"na')
    journal.fallback([draft("two")])
    note(journal, "after")
    assert texts(desk.open().read_new()) == ["one", "two", "after"]


def test_fallback_that_cannot_be_kept_says_so(desk: Desk) -> None:
    journal = desk.open()
    shutil.rmtree(desk.state)
    desk.state.write_text("a file")
    with pytest.raises(Unwritable, match=r"fallback\.jsonl cannot be written"):
        journal.fallback([draft("lost")])
