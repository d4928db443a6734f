"""What a matcher checks before it serves, and what it needs to be set up."""

import datetime as dt
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from linkage.errors import ConfigError, DocumentError
from linkage.matcher.authority import SERVER_DAYS
from linkage.matcher.cluster_enrolment import MEMBER_DAYS, set_up_cluster
from linkage.matcher.config import ClusterConfig, MatcherConfig
from linkage.matcher.enrolment import certify, set_up
from linkage.matcher.preflight import check_cluster, load_agreements, load_tls
from tests.support.agreements import make_agreement
from tests.support.matcher import HOSTS, MatcherPlace, certificate_request, make_matcher

DAY = dt.timedelta(days=1)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def place(tmp_path: Path) -> MatcherPlace:
    return make_matcher(tmp_path, make_agreement())


def without_authority(config: MatcherConfig) -> MatcherConfig:
    return config.model_copy(update={"authority": None})


def test_what_set_up_made_is_fit(place: MatcherPlace) -> None:
    [agreement] = load_agreements(place.config)
    assert agreement.project.id == "demo"
    assert b"PRIVATE" in load_tls(place.config, now()).private_key


@pytest.mark.parametrize("moment", [-DAY, (SERVER_DAYS + 1) * DAY])
def test_certificate_outside_its_period_is_not_shown(
    place: MatcherPlace, moment: dt.timedelta
) -> None:
    with pytest.raises(ConfigError, match="not valid today"):
        load_tls(place.config, now() + moment)


@pytest.mark.parametrize(
    ("file", "source", "cause"),
    [
        ("matcher.key", "ca.key", "private key is not the certificate's"),
        ("matcher.pem", "store.key", "not PEM"),
        ("matcher.key", "matcher.pem", "not PEM"),
        ("ca.pem", "matcher.pem", "not the authority's"),
    ],
)
def test_files_that_do_not_belong_together_are_named_as_such(
    place: MatcherPlace, file: str, source: str, cause: str
) -> None:
    keys = place.config_file.parent / "keys"
    (keys / file).write_bytes((keys / source).read_bytes())
    with pytest.raises(ConfigError, match=cause) as caught:
        load_tls(place.config, now())
    assert caught.value.reason.code == "TLS_UNFIT"


@pytest.fixture
def clustered(place: MatcherPlace) -> MatcherConfig:
    keys = place.config_file.parent / "keys" / "cluster"
    cluster = ClusterConfig(
        scheduler="tls://127.0.0.1:8786",
        certificate_file=keys / "matcher.pem",
        private_key_file=keys / "matcher.key",
        ca_certificate_file=keys / "ca.pem",
    )
    config = place.config.model_copy(update={"cluster": cluster})
    set_up_cluster(config, keys, now())
    return config


def test_cluster_certificates_are_fit_and_closed_to_others(clustered: MatcherConfig) -> None:
    check_cluster(clustered, now())
    assert clustered.cluster is not None
    files = sorted(clustered.cluster.certificate_file.parent.iterdir())
    # The authority's private key is in none of them.
    assert [file.name for file in files] == [
        "ca.pem", "matcher.key", "matcher.pem",
        "scheduler.key", "scheduler.pem", "worker.key", "worker.pem",
    ]  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_cluster_certificates_are_made_once(clustered: MatcherConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="FILE_EXISTS"):
        set_up_cluster(clustered, tmp_path / "elsewhere", now())
    assert not (tmp_path / "elsewhere").exists()
    with pytest.raises(ConfigError, match="NO_CLUSTER"):
        set_up_cluster(clustered.model_copy(update={"cluster": None}), tmp_path, now())


def test_cluster_whose_authority_certifies_agencies_is_refused(clustered: MatcherConfig) -> None:
    assert clustered.cluster is not None
    agencies = ClusterConfig(scheduler="tls://127.0.0.1:8786", **clustered.tls.model_dump())
    with pytest.raises(ConfigError, match="certifies agencies") as caught:
        check_cluster(clustered.model_copy(update={"cluster": agencies}), now())
    assert caught.value.reason.code == "CLUSTER_UNFIT"


def test_cluster_certificate_that_has_expired_is_found(clustered: MatcherConfig) -> None:
    with pytest.raises(ConfigError, match="not valid today") as caught:
        check_cluster(clustered, now() + (MEMBER_DAYS + 1) * DAY)
    assert caught.value.reason.code == "CLUSTER_UNFIT"


def test_no_cluster_needs_nothing(place: MatcherPlace) -> None:
    check_cluster(place.config, now())


def test_amended_agreement_comes_before_the_one_that_it_amends(tmp_path: Path) -> None:
    world = make_agreement()
    place = make_matcher(tmp_path, world, make_agreement(project="another"))
    amended_file = tmp_path / "amended.toml"
    amended_file.write_text(make_agreement(keys_of=world, epoch=2).toml, encoding="utf-8")
    files = (*place.config.agreement_files, amended_file)
    loaded = load_agreements(place.config.model_copy(update={"agreement_files": files}))
    assert [(one.project.id, one.project.epoch) for one in loaded] == [
        ("another", 1),
        ("demo", 2),
        ("demo", 1),
    ]


def test_agreements_must_name_this_trust_domain_and_differ(tmp_path: Path) -> None:
    world, foreign = make_agreement(), make_agreement(project="far", trust_domain="elsewhere.test")
    place = make_matcher(tmp_path, world, foreign)
    config = place.config
    twice = config.model_copy(
        update={"agreement_files": (*config.agreement_files, config.agreement_files[0])}
    )
    with pytest.raises(DocumentError) as caught:
        load_agreements(twice)
    assert [str(problem) for problem in caught.value.problems] == [
        "agreement_files[1]: names another trust domain than trust_domain",
        "agreement_files[2]: is a second agreement of the project demo, epoch 1",
    ]


def test_file_that_is_missing_is_named(place: MatcherPlace) -> None:
    file = place.config.tls.certificate_file
    file.unlink()
    with pytest.raises(ConfigError) as caught:
        load_tls(place.config, now())
    assert caught.value.reason.code == "FILE_UNREADABLE"
    assert str(file) in caught.value.message


def test_without_an_authority_nothing_is_made_and_nobody_certified(
    place: MatcherPlace, tmp_path: Path
) -> None:
    config, out = without_authority(place.config), tmp_path / "out.pem"
    with pytest.raises(ConfigError, match="NO_AUTHORITY"):
        set_up(config, HOSTS, now())
    with pytest.raises(ConfigError, match="NO_AUTHORITY"):
        certify(config, "police", tmp_path / "asked.csr", out, (now(), 30))
    assert not out.exists()


def test_serving_needs_no_authority(place: MatcherPlace) -> None:
    assert load_tls(without_authority(place.config), now())


def test_certificate_that_can_not_be_written_names_the_file_and_the_cause(
    place: MatcherPlace, tmp_path: Path
) -> None:
    request = tmp_path / "asked.csr"
    request.write_bytes(certificate_request(ec.generate_private_key(ec.SECP256R1())))
    out = request / "out.pem"
    with pytest.raises(ConfigError) as caught:
        certify(place.config, "police", request, out, (now(), 30))
    assert caught.value.reason.code == "FILE_NOT_WRITTEN"
    assert str(out) in caught.value.message
