"""Real time in a demo: while a guard is open, a rollback runs, or a second lead is waited for."""

from contextlib import suppress

from console.clock import Clock, SavedClock


class RealTime:
    """Slows a demo's clock to real time while it is entered; may be entered several times."""

    def __init__(self, clock: Clock) -> None:
        """For `clock`; one that is not a demo's stays as it is."""
        self._clock = clock
        self._entered = 0
        self._held = False

    def __enter__(self) -> None:
        """Slow down."""
        self._entered += 1
        self._run_at(1.0)

    def __exit__(self, *_: object) -> None:
        """Go back to the demo's own speed when the last one leaves."""
        self._entered -= 1
        if self._entered == 0:
            self._run_at(None)

    def give_back(self) -> None:
        """Go back to the demo's own speed, unless it is entered here: who was killed did not."""
        if self._entered == 0:
            self._run_at(None)

    def hold(self, wanted: bool) -> None:
        """Be entered once as long as `wanted`, whatever others do."""
        if wanted and not self._held:
            self._held = True
            self.__enter__()
        elif self._held and not wanted:
            self._held = False
            self.__exit__()

    def _run_at(self, speed: float | None) -> None:
        """Run at `speed`, or at the demo's own; a clock that cannot be written stops nobody."""
        clock = self._clock
        if isinstance(clock, SavedClock):
            with suppress(OSError, ValueError):
                clock.set_speed(clock.base_speed if speed is None else speed)
