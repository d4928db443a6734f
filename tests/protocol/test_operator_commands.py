"""The operator's commands, as processes: what they make, what they refuse, how they end."""

import json
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from linkage.crypto.secret_file import read_key_file
from linkage.errors import ExitCode
from linkage.exchange.match_key_pages import ENTRY_BYTES
from linkage.exchange.runs import RunState
from linkage.ids import AgencyId, GroupId
from linkage.matcher.authority import AGENCY_DAYS, MAX_AGENCY_DAYS
from linkage.matcher.service.clock import SystemClock
from linkage.matcher.store.sql_store import open_store
from tests.support.agreements import GROUP, TRUST_DOMAIN, make_agreement
from tests.support.matcher import MatcherPlace, certificate_request, command, make_matcher
from tests.support.reports import make_outcome
from tests.support.services import started_services

SECONDS = 60
HEAVY = ("cryptography", "grpc", "numba", "numpy", "pydantic", "sqlalchemy", "structlog")


def run(name: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*command(name), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def refused(done: "subprocess.CompletedProcess[str]", code: str, status: ExitCode) -> bool:
    """Whether it ended with this reason, a next step, and nothing that looks like a traceback."""
    lines = done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    assert lines[-1].startswith("Next: ")
    return lines[0].startswith(f"{code}: ") and done.returncode == status


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> MatcherPlace:
    return make_matcher(tmp_path_factory.mktemp("matcher"), make_agreement())


def test_init_makes_everything_once_and_closed_to_others(
    tmp_path: Path, place: MatcherPlace
) -> None:
    config = tmp_path / "matcher.toml"
    config.write_text(place.config_file.read_text(encoding="utf-8"), encoding="utf-8")
    first = run("init", "--config", config, "--host", "matcher.test", "--host", "192.0.2.7")
    assert first.returncode == ExitCode.DONE, first.stderr
    made = sorted((tmp_path / "keys").iterdir())
    assert {path.name for path in made} == {
        "ca.key",
        "ca.pem",
        "matcher.key",
        "matcher.pem",
        "store.key",
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    before = [path.read_bytes() for path in made]
    second = run("init", "--config", config, "--host", "matcher.test")
    assert refused(second, "FILE_EXISTS", ExitCode.CONFIGURATION)
    assert [path.read_bytes() for path in made] == before


def test_certify_names_the_agency_whatever_the_request_asks_for(
    tmp_path: Path, place: MatcherPlace
) -> None:
    request, out = tmp_path / "asked.csr", tmp_path / "police.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    request.write_bytes(certificate_request(key, common_name="hospital"))
    done = run("certify", "police", request, "--config", place.config_file, "--out", out)
    assert done.returncode == ExitCode.DONE, done.stderr
    certificate = x509.load_pem_x509_certificate(out.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uri = f"spiffe://{TRUST_DOMAIN}/agency/police"
    assert list(names) == [x509.UniformResourceIdentifier(uri)]
    again = run("certify", "police", request, "--config", place.config_file, "--out", out)
    assert refused(again, "FILE_EXISTS", ExitCode.CONFIGURATION)


@pytest.mark.parametrize(
    ("agency", "content", "code", "status"),
    [
        ("Police!", b"", "AGENCY_UNNAMED", ExitCode.USAGE),
        ("police", b"Canary-Otterbourne", "CERTIFICATE_REQUEST_INVALID", ExitCode.BAD_DATA),
    ],
)
def test_certify_refuses_what_it_can_not_vouch_for(
    tmp_path: Path,
    place: MatcherPlace,
    agency: str,
    content: bytes,
    code: str,
    status: ExitCode,
) -> None:
    request, out = tmp_path / "asked.csr", tmp_path / "out.pem"
    request.write_bytes(content)
    done = run("certify", agency, request, "--config", place.config_file, "--out", out)
    assert refused(done, code, status)
    assert "Canary" not in done.stderr
    assert not out.exists()


def test_days_that_the_command_line_allows_are_the_authoritys() -> None:
    shown = run("certify", "--help").stdout
    assert f"[default: {AGENCY_DAYS}; 1<=x<={MAX_AGENCY_DAYS}]" in shown


def test_check_config_reads_everything_and_shows_the_digests(place: MatcherPlace) -> None:
    done = run("check-config", "--config", place.config_file)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "project demo, agreement " in done.stdout


def test_init_cluster_makes_certificates_that_check_config_accepts(tmp_path: Path) -> None:
    place = make_matcher(tmp_path, make_agreement())
    text = place.config_file.read_text(encoding="utf-8")
    clustered = (
        '[cluster]\nscheduler = "tls://127.0.0.1:8786"\ncertificate_file = "cluster/matcher.pem"\n'
        'private_key_file = "cluster/matcher.key"\nca_certificate_file = "cluster/ca.pem"\n'
    )
    place.config_file.write_text(text + clustered, encoding="utf-8")
    before = run("check-config", "--config", place.config_file)
    assert refused(before, "FILE_UNREADABLE", ExitCode.CONFIGURATION)
    made = run("init-cluster", "--config", place.config_file, "--out", tmp_path / "members")
    assert made.returncode == ExitCode.DONE, made.stderr
    after = run("check-config", "--config", place.config_file)
    assert after.returncode == ExitCode.DONE, after.stderr


def test_check_config_lists_all_faults(tmp_path: Path) -> None:
    config = tmp_path / "matcher.toml"
    config.write_text('listen = "nowhere"\nworker_processes = 0\nretention = 3\n')
    done = run("check-config", "--config", config)
    assert refused(done, "CONFIG_INVALID", ExitCode.CONFIGURATION)
    for key in ("listen", "worker_processes", "retention", "state_folder", "tls"):
        assert f"\n  {key}: " in done.stderr


def test_serve_refuses_a_key_that_others_can_read(tmp_path: Path) -> None:
    place = make_matcher(tmp_path, make_agreement())
    place.config.store_key_file.chmod(0o640)
    done = run("serve", "--config", place.config_file)
    assert refused(done, "SECRET_FILE_EXPOSED", ExitCode.CONFIGURATION)


def test_report_shows_a_stored_run_and_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    world = make_agreement(reveals="field-likeness", accept="balance")
    place, out = make_matcher(tmp_path, world), tmp_path / "report.html"
    key = read_key_file(place.config.store_key_file)
    with started_services(world, place.config.state_folder, key, SystemClock()) as matcher:
        matcher.sign_all()
        matcher.upload_all()
        held = matcher.runs.request(matcher.caller("police"), world.agreement)
        assert matcher.runs.claim() is not None
        in_use = run("report", held, "--config", place.config_file)
        assert refused(in_use, "STORE_IN_USE", ExitCode.CONFIGURATION)
        matcher.store.leave()  # as a kill does: the run is under way
    early = run("report", held, "--config", place.config_file)
    assert refused(early, "NO_REPORT", ExitCode.BAD_DATA)
    with closing(open_store(place.config.state_folder, key)) as store:
        stored = store.runs.find(held)
        assert stored is not None
        assert stored.view.state is RunState.RUNNING
        tables = {(AgencyId("police"), GroupId(GROUP)): bytes(ENTRY_BYTES)}
        store.runs.hold(held, make_outcome(tables), SystemClock().now())

    done = run("report", held, "--config", place.config_file, "--out", out)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "all agencies" in done.stdout
    assert "1,234 (1,190 to 1,280)" in done.stdout
    assert out.read_text(encoding="utf-8").count("<svg") == 3
    for unknown in ("0" * 64, "../keys"):
        other = run("report", unknown, "--config", place.config_file)
        assert refused(other, "NO_REPORT", ExitCode.BAD_DATA)


def test_unforeseen_failure_shows_where_and_not_what(tmp_path: Path) -> None:
    code = (
        "from linkage.matcher import cli\n"
        "def fail() -> None: raise ValueError('Canary-Otterbourne')\n"
        "cli.app.command()(fail)\n"
        "cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "fail"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=SECONDS,
    )
    assert refused(done, "INTERNAL", ExitCode.INTERNAL)
    assert "ValueError" in done.stderr
    assert "Canary" not in done.stderr


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import contextlib, json, sys\n"
        "from linkage.matcher.cli import app\n"
        "with contextlib.suppress(SystemExit): app(['--help'])\n"
        "print(json.dumps(list(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert "linkage.matcher.cli" in loaded
    assert not loaded & set(HEAVY)
