"""The seam between what is computed and where."""

from collections.abc import Callable, Generator, Iterable
from typing import Protocol, TypeVar

Shared = TypeVar("Shared")
Block = TypeVar("Block")
Result = TypeVar("Result")


class Executor(Protocol):
    """Applies a pure stage to blocks of work, somewhere else than in the calling thread."""

    @property
    def worker_count(self) -> int:
        """How many blocks are computed at a time, as far as is known; for forecasts only."""
        ...

    def map(
        self, stage: Callable[[Shared, Block], Result], shared: Shared, blocks: Iterable[Block]
    ) -> Generator[Result, None, None]:
        """The stage's result for each block, in the order of the blocks, however many workers.

        Args:
            stage: A function of a module, or of a class in one: workers find it by its name. What
                it gives depends on its arguments alone.
            shared: Handed to every worker once. The arrays in it are not copied for each worker,
                and are read-only there.
            blocks: Small values. Taken as workers become free, so they may be as many as you like.

        Yields:
            One result for each block. Close the generator if it is not used up.

        Raises:
            StateError: A worker was lost, or the executor is closed; the work can be started again.
            Exception: What the stage raised.
        """
        ...


class ClosableExecutor(Executor, Protocol):
    """An executor that its owner ends."""

    def close(self) -> None:
        """Makes a map that is under way fail, in any thread; there will be no others."""
        ...
