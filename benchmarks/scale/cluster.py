"""Dask clusters that run: the real scheduler and workers as processes, over real mutual TLS.

    with running_cluster(tmp_path, worker_count=2) as cluster:
        with DaskExecutor(cluster.config) as executor: ...
        cluster.workers[0].kill()
        cluster.add_worker()

Certificates are made per run by what `linkage-matcher init-cluster` calls. Commands and settings
are those that `deploy/cluster` ships, but for the addresses, and one thread to a worker.
"""

import datetime as dt
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]

from linkage.matcher.cluster_enrolment import set_up_cluster
from linkage.matcher.config import ClusterConfig, MatcherConfig, load_config

REPOSITORY: Final = Path(__file__).resolve().parents[2]
DEPLOYED: Final = REPOSITORY / "deploy" / "cluster"
HOST: Final = "127.0.0.1"
SECRETS: Final = "/run/secrets/"
"""Where a container finds its certificates."""


@dataclass(slots=True)
class Cluster:
    """A scheduler and its workers."""

    folder: Path
    port: int
    protocol: str = "tls"
    settings: dict[str, str] = field(default_factory=dict)
    scheduler: "subprocess.Popen[bytes] | None" = None
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def config(self) -> ClusterConfig:
        """What a matcher's configuration says of it."""
        return ClusterConfig(
            scheduler=f"tls://{HOST}:{self.port}",
            certificate_file=self.folder / "matcher.pem",
            private_key_file=self.folder / "matcher.key",
            ca_certificate_file=self.folder / "ca.pem",
        )

    @property
    def pids(self) -> list[int]:
        """Of its processes."""
        processes = [*self.workers, *filter(None, [self.scheduler])]
        return [process.pid for process in processes]

    @property
    def address(self) -> str:
        """Where the scheduler listens."""
        return f"{self.protocol}://{HOST}:{self.port}"

    def start_scheduler(self) -> None:
        """A scheduler, which may take a moment to listen."""
        self.scheduler = self._start("scheduler")

    def add_worker(self, *options: str) -> "subprocess.Popen[bytes]":
        """One more worker, with one thread, which may take a moment to join."""
        worker = self._start("worker", "--nthreads=1", *options)
        self.workers.append(worker)
        return worker

    def stop(self) -> None:
        """Ends what is left of it."""
        processes = [*self.workers, *filter(None, [self.scheduler])]
        for process in processes:
            end(process)

    def _start(self, member: str, *options: str) -> "subprocess.Popen[bytes]":
        """A member's deployed command; where it has an option twice, the later one counts."""
        words = [word for word in map(self._here, deployed_command(member)) if word]
        with (self.folder / f"{member}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", *words, f"--host={HOST}", *options],
                cwd=self.folder,
                env={**os.environ, "DASK_CONFIG": str(DEPLOYED / "dask.yaml"), **self.settings},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def _here(self, word: str) -> str:
        """A word of a deployed command, with this cluster's addresses and files; or none."""
        option, _, value = word.partition("=")
        if value.startswith(SECRETS):
            file = DEPLOYED / compose()["secrets"][value.removeprefix(SECRETS)]["file"]
            return f"{option}={self.folder / 'cluster' / file.name}" * (self.protocol == "tls")
        if word.startswith("tls://"):
            return self.address
        here = {
            "--protocol": self.protocol,
            "--port": self.port,
            "--local-directory": self.folder,
        }
        return f"{option}={here[option]}" if option in here else word


def compose() -> dict[str, Any]:
    """What deploy/cluster starts."""
    text = (DEPLOYED / "compose.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def deployed_command(member: str) -> list[str]:
    """Of a service there, word by word."""
    words: list[str] = compose()["services"][member]["command"]
    return words


@contextmanager
def running_cluster(
    folder: Path,
    worker_count: int,
    *,
    protocol: str = "tls",
    settings: dict[str, str] | None = None,
    options: Sequence[str] = (),
) -> Iterator[Cluster]:
    """A cluster, ended when the block ends.

    Args:
        folder: For its certificates and logs.
        worker_count: Workers to begin with.
        protocol: What is spoken; `tcp` for one that nobody should speak to.
        settings: Environment variables that change what it is set up to do.
        options: Of the first workers' command line.
    """
    make_cluster_certificates(folder)
    cluster = Cluster(folder, free_port(), protocol, settings or {})
    try:
        cluster.start_scheduler()
        for _ in range(worker_count):
            cluster.add_worker(*options)
        yield cluster
    finally:
        cluster.stop()


def make_cluster_certificates(folder: Path) -> None:
    """What `linkage-matcher init-cluster` makes: the matcher's here, the others' in `cluster`."""
    example = load_config(REPOSITORY / "docs" / "examples" / "matcher.toml")
    cluster = Cluster(folder, port=0).config
    config: MatcherConfig = example.model_copy(update={"cluster": cluster})
    set_up_cluster(config, folder / "cluster", dt.datetime.now(dt.UTC))


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ends a process as the kernel would that is out of memory."""
    process.kill()
    process.wait()
