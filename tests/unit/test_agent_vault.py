from pathlib import Path

import pytest

from linkage.crypto.secret import Secret
from linkage.errors import ConfigError, StoreError
from linkage.files import write_atomically
from linkage_agent.keys.identity import create_identity, load_identity
from linkage_agent.keys.vault import Vault
from tests.support.full_disks import small_disk

KEY = Secret(bytes(32))


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path / "state", KEY, "keys")


def test_entry_is_kept_replaced_and_removed(vault: Vault) -> None:
    assert vault.get("entry") is None
    vault.put("entry", b"first")
    vault.put("entry", b"second")
    assert vault.get("entry") == b"second"
    vault.remove("entry")
    vault.remove("entry")
    assert vault.get("entry") is None


def test_entry_lies_sealed_and_for_its_owner_alone(vault: Vault) -> None:
    vault.put("entry", b"canary-of-the-vault")
    (file,) = [path for path in vault.folder.iterdir() if path.is_file()]
    assert b"canary" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert vault.folder.stat().st_mode & 0o777 == 0o700


def test_entry_in_anothers_place_or_under_another_key_is_refused(
    vault: Vault, tmp_path: Path
) -> None:
    vault.put("entry", b"content")
    (vault.folder / "other.sealed").write_bytes((vault.folder / "entry.sealed").read_bytes())
    for reader, name in (
        (vault, "other"),
        (Vault.open(tmp_path / "state", KEY, "spool"), "entry"),
        (Vault.open(tmp_path / "state", Secret(bytes(31) + b"x"), "keys"), "entry"),
    ):
        with pytest.raises(StoreError, match="VAULT_CORRUPT"):
            reader.get(name)


def test_cut_entry_is_refused(vault: Vault) -> None:
    vault.put("entry", b"content")
    file = vault.folder / "entry.sealed"
    for length in (0, 1, 12, len(file.read_bytes()) - 1):
        file.write_bytes(file.read_bytes()[:length])
        with pytest.raises(StoreError, match="VAULT_CORRUPT"):
            vault.get("entry")


def test_identity_is_made_once_and_kept(vault: Vault) -> None:
    with pytest.raises(ConfigError, match="IDENTITY_MISSING"):
        load_identity(vault)
    made = create_identity(vault)
    assert create_identity(vault).card() == made.card() == load_identity(vault).card()


def test_full_disk_keeps_the_older_entry_and_the_next_try_succeeds(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    with small_disk(tmp_path / "disk") as disk:
        vault = Vault.open(disk.folder / "state", KEY, "keys")
        vault.put("entry", b"older")
        with disk.filled(), pytest.raises(StoreError, match="STATE_UNWRITABLE"):
            vault.put("entry", bytes(1 << 20))
        assert vault.get("entry") == b"older"
        vault.put("entry", bytes(1000))
        assert vault.get("entry") == bytes(1000)


def test_atomic_write_leaves_nothing_behind_when_it_fails(tmp_path: Path) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomically(target, b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
