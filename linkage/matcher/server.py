"""The composition root: puts a matcher together, serves, and takes it apart again.

Taking apart, when the system says so (SIGTERM, SIGINT):
1. Health says NOT_SERVING, so that whoever watches sends no more.
2. No new calls are taken; those under way are finished, within `GRACE_SECONDS`.
3. A match run under way is cut off: its workers end. The next start takes it up again.
4. The store is closed, after the work that it is in the middle of.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from linkage.agreement.model import Agreement
from linkage.crypto.secret_file import read_key_file
from linkage.matcher.config import MatcherConfig
from linkage.matcher.execute.interface import ClosableExecutor
from linkage.matcher.execute.local import LocalExecutor
from linkage.matcher.preflight import check_cluster, load_agreements, load_tls
from linkage.matcher.rpc.admission import Admission
from linkage.matcher.rpc.authorise import TABLE
from linkage.matcher.rpc.endpoint import Endpoint, Services
from linkage.matcher.rpc.store_thread import StoreThread
from linkage.matcher.run_loop import RunLoop
from linkage.matcher.service.ceremony import Ceremony
from linkage.matcher.service.clock import Clock, SystemClock
from linkage.matcher.service.explanations import Explanations
from linkage.matcher.service.projects import Projects
from linkage.matcher.service.results import Results
from linkage.matcher.service.runner import Runner
from linkage.matcher.service.runs import Runs
from linkage.matcher.service.uploads import Uploads
from linkage.matcher.store.interface import Store
from linkage.matcher.store.sql_store import open_store
from linkage.observe.emit import emit
from linkage.observe.events import SERVER_STARTED, SERVER_STOPPED, STORE_FAILED

GRACE_SECONDS: Final = 8.0
"""With what follows it, a stop takes ten seconds at most."""
RUN_END_SECONDS: Final = 1.0
HEALTH_SECONDS: Final = 2.0
"""Between two checks that the store can be written."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A matcher that serves."""

    port: int
    endpoint: Endpoint
    store: Store
    store_thread: StoreThread

    async def check_health(self) -> None:
        """Tells the health service how the store is."""
        try:
            is_serving = await self.store_thread.run(self.store.is_writable)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is no sign of health
            emit(STORE_FAILED, error_type=type(error).__name__)
            is_serving = False
        self.endpoint.health.is_serving = is_serving

    async def watch_health(self) -> None:
        """Does so again and again."""
        while True:
            await asyncio.sleep(HEALTH_SECONDS)
            await self.check_health()


@asynccontextmanager
async def serving(config: MatcherConfig) -> AsyncIterator[Matcher]:
    """A matcher, serving for as long as the block runs.

    Raises:
        LinkageError: Something that the configuration names can't be used.
    """
    clock = SystemClock()
    agreements = load_agreements(config)
    tls = load_tls(config, clock.now())
    check_cluster(config, clock.now())
    async with AsyncExitStack() as undo:
        store_thread = StoreThread()
        undo.callback(store_thread.close)
        key = read_key_file(config.store_key_file)
        store = await store_thread.run(lambda: open_store(config.state_folder, key))
        undo.callback(store_thread.close, store.close)
        services = await store_thread.run(lambda: _open_services(agreements, store, clock))
        executor = _executor(config)
        runner = Runner(services.runs, executor, store_thread.run_from_thread)
        run_loop = RunLoop(runner, interrupt=executor.close)
        undo.callback(run_loop.close, RUN_END_SECONDS)
        admission = Admission(config.trust_domain, clock, TABLE)
        endpoint = Endpoint(services, store_thread, admission, run_loop.wake)
        port = await endpoint.open(config.listen, tls)
        undo.push_async_callback(endpoint.close, GRACE_SECONDS)
        matcher = Matcher(port, endpoint, store, store_thread)
        await matcher.check_health()
        health = asyncio.create_task(matcher.watch_health())
        undo.callback(health.cancel)
        emit(SERVER_STARTED, port=port)
        yield matcher
    emit(SERVER_STOPPED, port=port)


async def serve(config: MatcherConfig, announce: Callable[[int], None]) -> None:
    """Serves until the system says to stop.

    Args:
        config: As loaded.
        announce: Called once with the port, when calls are answered.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(config) as matcher:
        announce(matcher.port)
        await stop.wait()


def _executor(config: MatcherConfig) -> ClosableExecutor:
    if config.cluster is None:
        return LocalExecutor(config.worker_processes)
    # Dask is an extra, and far from small: it is loaded where there is a cluster.
    from linkage.matcher.execute.dask import DaskExecutor  # noqa: PLC0415

    return DaskExecutor(config.cluster)


def _open_services(agreements: Iterable[Agreement], store: Store, clock: Clock) -> Services:
    projects = Projects(store, clock)
    for agreement in agreements:
        projects.open(agreement)
    runs = Runs(store, clock, projects)
    runs.recover()
    return Services(
        projects=projects,
        ceremony=Ceremony(store, clock),
        uploads=Uploads(store, clock),
        runs=runs,
        results=Results(store, runs),
        explanations=Explanations(store, runs),
    )
