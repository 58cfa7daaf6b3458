"""What an archive tells its reader: what is in it, and how to check that with common tools."""

from collections.abc import Sequence

from console.clean import clean
from console.journal.verify import Report

_HOW = """\
HOW TO CHECK IT, in this folder

1. That no file was changed since it was packed (Linux, macOS: shasum -a 256 -c SHA256SUMS):

     sha256sum -c SHA256SUMS

2. That no entry of the journal was changed, added or taken out: each line ends in "h", the SHA-256
   of "warroom/1", a line feed, and the line without its last 72 bytes; "prev" is the "h" before.
   The script is twenty lines to read, and needs a Python 3.11 and nothing else:

     for f in journal/*.jsonl; do python3 -I verify_journal.py "$f" || echo "NOT $f"; done

3. {signed}

With the product:

     warroom journal verify .{allowed}{reported}

What none of this shows: that names and times are true, and, without a signature or an anchor that
somebody kept elsewhere, that the whole was not written anew from its start.
"""
_SIGNED = """\
Who stands for it: each .sig in reports/ is an SSH signature over the text beside it, which names
   the last entry of each writer. Ask the signer for the public key by a way you trust, and write it
   after the signer's name, in quotes, into a file outside this folder, ../allowed_signers:

     "NAME" ssh-ed25519 AAAA...

   and, with the same name in place of NAME, run

     for s in reports/*.sig; do
       ssh-keygen -Y verify -f ../allowed_signers -I "NAME" -n warroom -s "$s" < "${s%.sig}"
     done

   Then "h" of the entry that the text names must be the hash that it names."""
_UNSIGNED = """\
Who stands for it: nobody signed it. An anchor that somebody kept says where the journal stood."""
_REPORTED = """
     warroom report verify reports/go-live.html --dir .    # computes every figure again"""
_REDACTED = """\
THIS IS A REDACTED COPY. {redacted}

An entry with "redacted":true is not the one that was hashed: its "h" and "prev" are the original's,
its content was changed and cannot be verified. All other entries are the originals. A redacted
entry fits its neighbours, and that is all that can be checked of it without the original.
A kept "h" is also a way to guess: whoever has a list of likely names can try each of them in an
entry until the hash fits. This copy hides names from readers, not from somebody who is determined.
People are pseudonyms, the same person always the same one. Free text was searched for the names,
addresses and numbers that are known; a name that nobody knew may still stand in it, and the
machine's name stays in the writer's.
"""


def read_me(
    report: Report, names: Sequence[str], left_out: Sequence[str], redacted: str = ""
) -> str:
    """The text of README.txt."""
    folders = sorted({name.split("/")[0] + ("/" if "/" in name else "") for name in names})
    lines = [
        f"The record of the deployment {report.deployment or '(none yet)'}",
        "",
        *(
            f"  {clean(one.writer, 200)}: {one.entries} entries, head {one.head}"
            for one in report.writers
        ),
        "",
    ]
    if not report.ok:
        lines += ["THE JOURNAL IS DAMAGED, and stands here as it was found:", ""]
        lines += [
            f"  {clean(one.file.name, 200)}, line {one.line}: {clean(one.problem, 400)}"
            for one in report.writers
            if not one.ok
        ]
        lines.append("")
    if redacted:
        lines += [_REDACTED.format(redacted=redacted)]
    held = ", ".join(folders)
    lines += [f"In it: {held.replace('reports/', 'reports/ (signed heads)') if redacted else held}"]
    lines += [f"Not in it: {clean(one, 400)}" for one in left_out]
    signed = any(name.endswith(".sig") and name[:-4] in names for name in names)
    how = _HOW.format(
        signed=_SIGNED if signed else _UNSIGNED,
        allowed=" --allowed-signers ../allowed_signers" if signed else "",
        reported=_REPORTED if "reports/go-live.html" in names else "",
    )
    return "\n".join([*lines, "", how])
