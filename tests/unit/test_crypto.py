import copy
import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

import pytest

from linkage.crypto.cards import CardError, IdentityCard
from linkage.crypto.digests import combine, derive, digest, frame
from linkage.crypto.hpke import OpeningKey
from linkage.crypto.sealing import UnsealError, seal, unseal
from linkage.crypto.secret import Secret
from linkage.crypto.secret_file import create_secret_file, read_key_file
from linkage.crypto.signatures import SigningKey
from linkage.errors import ConfigError


def test_secret_shows_nothing_of_itself() -> None:
    secret = Secret(b"canary-canary")
    assert "canary" not in f"{secret!r} {secret} {[secret]}"
    with pytest.raises(TypeError, match="never pickled"):
        copy.copy(secret)  # copying goes the same way as pickling


def test_secrets_are_equal_by_content() -> None:
    assert Secret(b"a") == Secret(b"a")
    assert Secret(b"a") != Secret(b"b")


def test_frames_of_different_parts_differ_even_if_their_bytes_run_together() -> None:
    assert frame("x", "ab", "c") != frame("x", "a", "bc")
    assert frame("x", b"") != frame("x")
    assert digest("x", "a") != digest("y", "a")


def test_derived_keys_hang_on_label_and_parts() -> None:
    secret = Secret(bytes(32))
    keys = [derive(secret, "a"), derive(secret, "b"), derive(secret, "a", "p")]
    assert all(one == other or i != j for i, one in enumerate(keys) for j, other in enumerate(keys))
    assert len({key.reveal() for key in keys}) == 3


def test_hkdf_expand_gives_the_known_answer() -> None:
    # OKM by an independent computation: HMAC(K, info | 0x01), info = framed label.
    key = bytes(range(32))
    expected = hmac.new(key, frame("label", "part") + b"\x01", hashlib.sha256).digest()
    assert derive(Secret(key), "label", "part").reveal() == expected


def test_combined_key_hangs_on_every_contribution() -> None:
    shares = [Secret.generate() for _ in range(3)]
    whole = combine(shares, b"salt", b"info")
    for index in range(3):
        other = [*shares]
        other[index] = Secret.generate()
        assert combine(other, b"salt", b"info") != whole


def test_sealed_blob_opens_only_with_its_key_and_context() -> None:
    key = Secret.generate()
    sealed = seal(key, b"content", b"context")
    assert unseal(key, sealed, b"context") == b"content"
    wrongs: list[Callable[[], object]] = [
        lambda: unseal(Secret.generate(), sealed, b"context"),
        lambda: unseal(key, sealed, b"other"),
        lambda: unseal(key, sealed[:-1], b"context"),
        lambda: unseal(key, b"", b"context"),
        lambda: unseal(key, b"\x02" + sealed[1:], b"context"),
    ]
    for wrong in wrongs:
        with pytest.raises(UnsealError):
            wrong()


@pytest.mark.parametrize("position", [0, 1, 12, 20, -1])
def test_a_changed_byte_of_a_sealed_blob_is_noticed(position: int) -> None:
    key = Secret.generate()
    sealed = bytearray(seal(key, b"content of some length", b"context"))
    sealed[position] ^= 1
    with pytest.raises(UnsealError):
        unseal(key, bytes(sealed), b"context")


def test_both_halves_of_a_signature_must_be_right() -> None:
    key, other = SigningKey.generate(), SigningKey.generate()
    signature, foreign = key.sign(b"statement"), other.sign(b"statement")
    verify = key.verify_key()
    assert verify.accepts(signature, b"statement")
    assert not verify.accepts(signature, b"another")
    assert not verify.accepts(foreign, b"statement")
    assert not verify.accepts(signature[:64] + foreign[64:], b"statement")
    assert not verify.accepts(foreign[:64] + signature[64:], b"statement")
    assert not verify.accepts(signature[:-1], b"statement")


def test_what_is_sealed_to_a_party_opens_for_it_alone() -> None:
    key, other = OpeningKey.generate(), OpeningKey.generate()
    sealed = key.recipient_key().seal(b"content", b"info")
    assert key.open(sealed, b"info") == b"content"
    wrongs: list[Callable[[], object]] = [
        lambda: other.open(sealed, b"info"),
        lambda: key.open(sealed, b"other"),
        lambda: key.open(sealed[:-1], b"info"),
        lambda: key.open(b"", b"info"),
    ]
    for wrong in wrongs:
        with pytest.raises(UnsealError):
            wrong()


def test_card_is_read_back_and_a_damaged_one_is_refused() -> None:
    card = IdentityCard(SigningKey.generate().verify_key(), OpeningKey.generate().recipient_key())
    assert IdentityCard.parse(card.text()) == card
    for damaged in ("", "card2:" + card.text()[6:], card.text()[:-4], "card1:not base64!"):
        with pytest.raises(CardError):
            IdentityCard.parse(damaged)


def test_secret_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    key = Secret.generate()
    create_secret_file(path, key.reveal())
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key_file(path) == key
    with pytest.raises(FileExistsError):
        create_secret_file(path, b"x")


def test_secret_file_open_to_others_or_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vault.key"
    faults: list[tuple[Callable[[], object], str]] = [
        (lambda: None, "SECRET_FILE_UNREADABLE"),
        (lambda: create_secret_file(path, b"short"), "SECRET_FILE_UNREADABLE"),
        (lambda: path.chmod(0o640), "SECRET_FILE_EXPOSED"),
    ]
    for fault, reason in faults:
        fault()
        with pytest.raises(ConfigError) as caught:
            read_key_file(path)
        assert caught.value.reason.code == reason
