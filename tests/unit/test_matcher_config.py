"""The matcher's configuration: strict, and all faults at once."""

from pathlib import Path

import pytest

from linkage.errors import ConfigError, DocumentError, ExitCode
from linkage.matcher.config import (
    AuthorityConfig,
    ClusterConfig,
    LogConfig,
    LogFormat,
    LogLevel,
    MatcherConfig,
    TlsConfig,
    load_config,
)

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "matcher.toml"


def written(folder: Path, old: str, new: str) -> Path:
    """The example with one place changed."""
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = folder / "matcher.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_example_shows_every_option() -> None:
    config = load_config(EXAMPLE)
    assert config.authority is not None
    assert config.model_fields_set == MatcherConfig.model_fields.keys()
    assert config.tls.model_fields_set == TlsConfig.model_fields.keys()
    assert config.authority.model_fields_set == AuthorityConfig.model_fields.keys()
    assert config.cluster is not None
    assert config.cluster.model_fields_set == ClusterConfig.model_fields.keys()
    assert config.log.model_fields_set == LogConfig.model_fields.keys()


def test_paths_are_taken_from_the_files_folder() -> None:
    config = load_config(EXAMPLE)
    assert config.state_folder == EXAMPLE.parent / "state"
    assert config.agreement_files == (EXAMPLE.parent / "agreements" / "shared-people.toml",)
    assert config.tls.certificate_file == EXAMPLE.parent / "keys" / "matcher.pem"


def test_absolute_paths_stay(tmp_path: Path) -> None:
    path = written(tmp_path, '"state"', '"/srv/matcher"')
    assert load_config(path).state_folder == Path("/srv/matcher")


def test_authority_cluster_and_log_may_be_left_out(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    path = tmp_path / "matcher.toml"
    path.write_text(text[: text.index("# The authority that")], encoding="utf-8")
    config = load_config(path)
    assert config.authority is None
    assert config.cluster is None
    assert config.log == LogConfig(level=LogLevel.INFO, format=LogFormat.JSON)


@pytest.mark.parametrize("address", ["0.0.0.0:0", "matcher.example.org:7443", "[::1]:65535"])
def test_address_is_host_and_port(tmp_path: Path, address: str) -> None:
    assert load_config(written(tmp_path, "127.0.0.1:7443", address)).listen == address


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("127.0.0.1:7443", "127.0.0.1", "listen"),
        ("127.0.0.1:7443", "127.0.0.1:65536", "listen"),
        ("127.0.0.1:7443", "unix:/tmp/socket", "listen"),
        ("linkage.example.org", "Linkage Example", "trust_domain"),
        ("worker_processes = 2", "worker_processes = 0", "worker_processes"),
        ("worker_processes = 2", 'worker_processes = "2"', "worker_processes"),
        ('level = "info"', 'level = "chatty"', "log.level"),
        ('"keys/store.key"', "7", "store_key_file"),
        ("tls://scheduler", "tcp://scheduler", "cluster.scheduler"),
        ("internal:8786", "internal:87860", "cluster.scheduler"),
        ("[cluster]", "[cluster]\nthreads = 2", "cluster.threads"),
        ("[log]", "[log]\ncolour = true", "log.colour"),
        ('["agreements/shared-people.toml"]', '["a.toml", 3]', "agreement_files[1]"),
    ],
)
def test_fault_is_named_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load_config(written(tmp_path, old, new))
    assert [problem.path for problem in caught.value.problems] == [key]
    assert caught.value.reason.exit_code is ExitCode.CONFIGURATION


def test_all_faults_are_listed_and_no_value_is_repeated(tmp_path: Path) -> None:
    path = tmp_path / "matcher.toml"
    path.write_text('listen = "Canary-Otterbourne"\nstore_key = "Canary-Otterbourne"\n')
    with pytest.raises(DocumentError) as caught:
        load_config(path)
    keys = {problem.path for problem in caught.value.problems}
    assert {"listen", "store_key", "state_folder", "store_key_file", "trust_domain"} < keys
    assert "Canary" not in str(caught.value) + " ".join(map(str, caught.value.problems))


@pytest.mark.parametrize("content", [b"listen = ", b"\xff\xfe", None])
def test_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "matcher.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.reason.code == "CONFIG_UNREADABLE"
    assert str(path) in caught.value.message
