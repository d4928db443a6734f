"""What deploy/cluster starts. That its commands work, `test_execute_dask` shows: it runs them."""

import re
import subprocess
import sys
from pathlib import Path

import click
import dask
import pytest
import yaml  # type: ignore[import-untyped]
from distributed.cli import dask_scheduler, dask_worker

from benchmarks.scale.cluster import DEPLOYED, REPOSITORY, compose, deployed_command
from linkage.matcher.cluster_enrolment import MEMBERS

COMMANDS: dict[str, click.Command] = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
PIN = re.compile(r"^([a-z0-9_.-]+)==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("member", MEMBERS)
def test_every_option_of_a_command_is_one(member: str) -> None:
    program, subcommand, *words = deployed_command(member)
    assert (program, subcommand) == ("dask", member)
    known = {
        option
        for parameter in COMMANDS[member].params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    assert set(options) <= known
    assert {"--tls-ca-file", "--tls-cert", "--tls-key", "--no-dashboard"} <= set(options)
    assert "--dashboard-address=127.0.0.1:0" in words


def test_members_are_given_their_own_certificate_and_no_other() -> None:
    services, secrets = compose()["services"], compose()["secrets"]
    for member in MEMBERS:
        files = {secrets[name]["file"] for name in services[member]["secrets"]}
        assert files == {"members/ca.pem", f"members/{member}.pem", f"members/{member}.key"}
        paths = {word.partition("=/run/secrets/")[2] for word in deployed_command(member)}
        assert paths - {""} == set(services[member]["secrets"])
    assert "secrets" not in services["matcher"]


def test_no_container_writes_to_a_disk_or_can_gain_rights() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"], name
        assert service["tmpfs"] == ["/tmp"], name  # noqa: S108 - a path in the container
        assert service["ulimits"] == {"core": 0}, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["mem_limit"], name
    assert compose()["networks"]["cluster"] == {"internal": True}


def test_settings_are_ones_that_dask_knows() -> None:
    def paths(settings: object, path: str = "") -> set[str]:
        if not isinstance(settings, dict) or not settings:
            return {path}
        return set().union(*(paths(item, f"{path}.{key}") for key, item in settings.items()))

    settings = yaml.safe_load((DEPLOYED / "dask.yaml").read_text(encoding="utf-8"))
    known = set().union(*map(paths, dask.config.defaults))
    logging = {path for path in paths(settings) if path.startswith(".distributed.logging.")}
    assert paths(settings) - known == logging


def test_matcher_command_is_understood(tmp_path: Path) -> None:
    program, *arguments = deployed_command("matcher")
    done = subprocess.run(
        [Path(sys.executable).parent / program, *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.partition(":")[0]) == (78, "CONFIG_UNREADABLE")


def test_image_has_the_versions_that_are_tested_and_never_the_agent() -> None:
    tested = dict(PIN.findall((REPOSITORY / ".ci/requirements-dev.txt").read_text("utf-8")))
    shipped = dict(PIN.findall((DEPLOYED / "requirements.txt").read_text("utf-8")))
    assert {"distributed", "grpcio", "numba", "hatchling"} <= shipped.keys()
    assert shipped.items() <= tested.items()
    recipe = (DEPLOYED / "Dockerfile").read_text("utf-8")
    copied = re.findall(r"^COPY (.*) \S+$", recipe, re.MULTILINE)
    sources = " ".join(copied).split()
    assert sources
    assert all((REPOSITORY / source).exists() for source in sources)
    assert not [source for source in sources if source.startswith(("agents", "."))]
