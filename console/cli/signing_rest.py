"""Signs what a rollback's own process has written, where members are known by their keys."""

import threading
from collections import deque
from collections.abc import Iterator

from config.load import Loaded
from console.cli.say import warn
from console.clock import Clock
from console.executor.aftermath import EXECUTOR
from console.executor.opening import record_for_rollback
from console.journal.vouching import Voucher, voucher_for

LAST_S = 3.0


def sign_rest(loaded: Loaded, clock: Clock, news: Iterator[object]) -> None:
    """Sign what a process that must wait for nothing has written, for at most `LAST_S`.

    `news` end with that process, which is waited for a little: it has last words. What it writes
    later, or what cannot be signed now, a console of this account signs, or its next command.
    """
    made: list[Voucher] = []

    def work() -> None:
        ended = threading.Thread(target=lambda: deque(news, maxlen=0), daemon=True)
        ended.start()
        ended.join(LAST_S / 2)
        record, _ = record_for_rollback(loaded, clock, EXECUTOR)
        voucher = voucher_for(loaded, record, clock)
        if voucher is not None:
            made.append(voucher)
            voucher.look(now=True)
        record.journal.close()

    thread = threading.Thread(target=work, name="signing", daemon=True)
    thread.start()
    thread.join(LAST_S)
    trouble = made[0].trouble if made else ""
    if thread.is_alive() or trouble:
        why = trouble or f"it takes longer than {LAST_S:g} s"
        warn(f"the rollback is not signed, so it is pending for the other members: {why}")
