"""A run that another process of this machine carries out, followed as it goes."""

import asyncio
from collections.abc import Callable

from console.executor.live import Answered, Attach, NotRunning, ask, follow
from console.executor.run import Run

CONNECT_TRIES = 20
CONNECT_AGAIN_S = 0.1


class Attached:
    """Shows the run of one name ("rollback", or a suspension's id) while its process lives."""

    def __init__(self, place: str, name: str, changed: Callable[[], None]) -> None:
        """Follow nothing yet; `changed` is called at each change of `run`."""
        self._place = place
        self._name = name
        self._changed = changed
        self._task: asyncio.Task[None] | None = None
        self.run: Run | None = None

    @property
    def following(self) -> bool:
        """Whether the process is being followed now, or looked for."""
        return self._task is not None and not self._task.done()

    def begin(self, *, anew: bool = False) -> None:
        """Follow whatever runs under this name, in a task of its own; `anew`: forget the last."""
        if not self.following:
            if anew:
                self.run = None
            self._task = asyncio.create_task(self._follow(), name=f"follow-{self._name}")

    async def over(self) -> Run | None:
        """The last that was heard of it, once its process is gone or the run has ended."""
        if self._task is not None:
            await asyncio.wait({self._task})
        return self.run

    async def ask(self, request: Answered | Attach) -> str:
        """Hand a request to the run; why it was not taken, empty if it was."""
        try:
            return await ask(self._place, self._name, request)
        except NotRunning as error:
            return str(error)

    def stop(self) -> None:
        """Follow no more; the run goes on."""
        if self._task is not None:
            self._task.cancel()

    async def _follow(self) -> None:
        for _ in range(CONNECT_TRIES):
            try:
                async for run in follow(self._place, self._name):
                    self.run = run
                    self._changed()
                    if run.state != "running":
                        return
            except NotRunning:
                await asyncio.sleep(CONNECT_AGAIN_S)
            else:
                return
