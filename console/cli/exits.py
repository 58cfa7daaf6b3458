"""The exit codes of every command.

`DONE` (of a rollback: verified); `REFUSED`, not met, partial or unknown; `USAGE` or config;
`UNREACHED`; `CORRUPT`, the journal; `FAULT`, one of ours.
"""

DONE, REFUSED, USAGE, UNREACHED, CORRUPT, FAULT = range(6)
