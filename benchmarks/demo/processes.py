"""Running the programs as processes, as their users would, and starting them again when killed."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from linkage.errors import ExitCode

PATIENCE_SECONDS: Final = 600.0
"""For whatever is waited for; a match run takes minutes where others need the machine, too."""
PAUSE_SECONDS: Final = 0.3
LONGEST_PAUSE_SECONDS: Final = 2.0
"""Each time it is longer: to start a program takes what a match run on this machine could use."""
_TRY_AGAIN: Final = (ExitCode.WAITING, ExitCode.TRY_LATER)


class CommandError(RuntimeError):
    """A program ended otherwise than expected; the text is what it printed."""


def program(name: str) -> Path:
    """The program of this environment."""
    return Path(sys.executable).with_name(name)


def run_to_end(name: str, *arguments: str | Path) -> str:
    """Runs a command until it is done; gives its standard output.

    While the others or the matcher are waited for, and when it is killed, it is run again: that is
    what the exit codes say to do.

    Raises:
        CommandError: It failed for good, or the others' patience is at an end.
    """
    give_up = time.monotonic() + PATIENCE_SECONDS
    pause = PAUSE_SECONDS
    while True:
        done = subprocess.run(
            [program(name), *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode == ExitCode.DONE:
            return done.stdout
        killed = done.returncode < 0
        if not (killed or done.returncode in _TRY_AGAIN) or time.monotonic() > give_up:
            command = " ".join([name, *map(str, arguments[:1])])
            raise CommandError(f"{command} ended with {done.returncode}:\n{done.stderr}")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


@contextmanager
def kept_running(log: Path, name: str, *arguments: str | Path) -> Iterator[None]:
    """Keeps a program running: started again whenever it dies, stopped at the end.

    Args:
        log: Where its standard error goes.
        name: The program.
        arguments: Its arguments.
    """
    stopping = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        with log.open("ab") as file:
            while not stopping.is_set():
                command = [program(name), *arguments]
                with subprocess.Popen(command, stdout=file, stderr=file) as process:
                    running[:] = [process]
                    if stopping.is_set():  # since the loop looked: nobody else will tell it
                        process.terminate()
                    process.wait()
                stopping.wait(PAUSE_SECONDS)

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        for process in running:
            process.terminate()
        keeper.join()
