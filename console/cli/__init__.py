"""The `warroom` command. Thin and quick to start: each command imports what it needs when it runs.

Exit codes: 0 done, 1 refused, not met, partial or unknown, 2 usage or config, 3 could not reach,
4 journal corrupt, 5 our own fault. Errors are one sentence on stderr.
"""

import gc
import os
import sys
from importlib import import_module
from pathlib import Path

from console.cli.exits import CORRUPT, DONE, FAULT, REFUSED, USAGE
from console.cli.parser import build_parser


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    from console.cli.say import forgive

    forgive()
    # Looking for plugins of pydantic's, of which there are none, takes a command longer than most.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    args = build_parser().parse_args(argv)
    gc.disable()  # what is loaded stays: to look through it for garbage costs a tenth of the load
    module, _, function = args.run.partition(":")
    try:
        run = getattr(import_module(f"console.cli.{module}"), function)
        if module != "rollback":  # it loads, acts and ends: a look for garbage costs it a request
            gc.freeze()
            gc.enable()
        code: int = run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return REFUSED
    except BrokenPipeError:
        # Nobody reads on: what is still buffered is not tried again at the exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        return explain(error, getattr(args, "dir", None))
    return code


def explain(error: Exception, directory: Path | None = None) -> int:
    """Say what went wrong in a sentence on stderr; the exit code that goes with it.

    Commands in it name the deployment's `directory`, where it is known.
    """
    from config.load import ConfigError, ConfigMissing
    from console.cli.say import warn
    from console.domain.refused import Refused
    from console.executor.opening import OpenFailed
    from console.journal import Corrupt, DiskFull, Latched, Unwritable

    match error:
        case ConfigMissing():
            from console.cli.trust import why_no_config

            lines, code = [why_no_config(error.directory) or str(error)], USAGE
        case ConfigError():
            lines, code = list(error.problems), USAGE
        case OpenFailed() | Unwritable():
            lines, code = [str(error)], USAGE
        case Refused():
            lines, code = list(error.reasons), REFUSED
        case Corrupt():
            lines, code = [str(error)], CORRUPT
        case DiskFull() | Latched():
            lines, code = [str(error)], FAULT
        case OSError():
            lines = [f"{error.filename or 'the system'}: {error.strerror}"]
            code = USAGE if isinstance(error, PermissionError) else FAULT
        case _:
            # The message of an unforeseen error may hold data, so only its kind and place are told.
            place = error.__traceback__
            while place and place.tb_next:
                place = place.tb_next
            where = f"{place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place else "nowhere"
            lines, code = [f"a fault of ours ({type(error).__name__} in {where})"], FAULT
    if directory is not None:
        from console.domain.hints import all_pasted

        lines = list(all_pasted(lines, directory))
    warn(*lines)
    return code
