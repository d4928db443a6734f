import datetime as dt
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from linkage.agreement.model import Agreement, Attribute
from linkage.arrays import ShapeError
from linkage.crypto.hpke import OpeningKey
from linkage.errors import (
    AccessError,
    ConfigError,
    LinkageError,
    Reason,
    SourceError,
    StateError,
)
from linkage.ids import AgencyId, Digest, FieldName, GroupId, RunId
from linkage.reasons import AGREEMENT_NOT_LIVE
from linkage_agent.columns import StringColumns
from linkage_agent.picture import reasons
from linkage_agent.picture.clauses import own_attributes
from linkage_agent.picture.sealed_table import Delivery, read_table, seal_table, write_table
from linkage_agent.picture.table import AttributeRows, attribute_rows
from linkage_agent.row_keys import RowKeys
from tests.support.agreements import GROUP, World
from tests.support.columns import make_column
from tests.support.pictures import NEED, RUN, agency_rows, match_keys, table_world

POLICE, COUNCIL, HOSPITAL = AgencyId("police"), AgencyId("council"), AgencyId("hospital")
CANARY = "Xanthippe Quagmire"
AGE = Attribute("age_band", "to test", ("young", "old"))
TODAY = dt.datetime.now(dt.UTC).date()

Damage = Callable[[bytes], bytes]


def columns(row_ids: list[str], **texts: list[str | None]) -> StringColumns:
    """Attribute columns as sources give them; None: missing."""
    fields = {FieldName(name): make_column(values) for name, values in texts.items()}
    return StringColumns(tuple(row_ids), fields)


def keys_of(row_ids: list[str], people: list[int]) -> RowKeys:
    return RowKeys(tuple(row_ids), match_keys(people))


def as_set(rows: AttributeRows) -> list[tuple[bytes, tuple[int, ...]]]:
    return [
        (key.tobytes(), tuple(codes.tolist()))
        for key, codes in zip(rows.keys, rows.codes, strict=True)
    ]


@pytest.fixture(scope="module")
def world() -> World:
    return table_world()


@pytest.fixture(scope="module")
def rows() -> AttributeRows:
    return agency_rows("council", [1, 2, 3, 4], (NEED,), [[0], [2], [-1], [1]]).rows


@pytest.fixture(scope="module")
def sealed(world: World, rows: AttributeRows) -> bytes:
    delivery = Delivery(world.agreement, RUN, COUNCIL, POLICE)
    return seal_table(delivery, rows, world.signing_keys[COUNCIL])


def read(path: Path, content: bytes, world: World, **changed: object) -> AttributeRows:
    """What police make of the file, or of something else where `changed` says so."""
    path.write_bytes(content)
    held: dict[str, object] = {
        "agreement": world.agreement,
        "run": RUN,
        "recipient": POLICE,
        "opening_key": world.opening_keys[POLICE],
    }
    return read_table(path, **(held | changed)).rows  # type: ignore[arg-type]  # named above


def reason_of(error: pytest.ExceptionInfo[LinkageError]) -> str:
    assert CANARY not in str(error.value) + error.value.next_step
    assert "?" not in error.value.message
    return error.value.reason.code


def test_each_record_with_a_match_key_gives_one_row_in_order_of_match_key() -> None:
    extract = columns(["a", "b", "c"], need=["high", None, "low"], age_band=["old", "old", None])
    table = attribute_rows((NEED, AGE), keys_of(["c", "a", "b"], [3, 1, 2]), extract)
    rows = as_set(table)
    expected = {1: (2, 1), 2: (-1, 1), 3: (0, -1)}
    assert rows == sorted((match_keys([p])[0].tobytes(), codes) for p, codes in expected.items())


def test_order_of_the_extract_leaves_no_trace() -> None:
    there = columns(["a", "b", "c"], need=["high", "low", "low"])
    back = columns(["c", "b", "a"], need=["low", "low", "high"])
    one = attribute_rows((NEED,), keys_of(["a", "b", "c"], [7, 7, 5]), there)
    other = attribute_rows((NEED,), keys_of(["c", "b", "a"], [5, 7, 7]), back)
    assert as_set(one) == as_set(other)


def test_a_record_that_was_withheld_from_the_run_is_left_out() -> None:
    extract = columns(["a", "b"], need=["high", "not agreed, but does not leave"])
    assert len(attribute_rows((NEED,), keys_of(["a"], [1]), extract)) == 1


def test_a_record_that_is_gone_from_the_extract_is_told_by_number_only() -> None:
    with pytest.raises(SourceError) as error:
        attribute_rows((NEED,), keys_of(["a", CANARY], [1, 2]), columns(["a"], need=["low"]))
    assert reason_of(error) == reasons.EXTRACT_CHANGED.code
    assert error.value.facts == {"record_count": 1}


def test_values_that_are_not_agreed_are_told_by_number_only() -> None:
    extract = columns(
        ["a", "b", "c"], need=["low", CANARY, CANARY + "!"], age_band=["old", "old", "Old"]
    )
    with pytest.raises(SourceError) as error:
        attribute_rows((NEED, AGE), keys_of(["a", "b", "c"], [1, 2, 3]), extract)
    assert reason_of(error) == reasons.VALUES_NOT_AGREED.code
    assert error.value.facts["faults"] == (
        "need in 2 record(s), first in no. 2; age_band in 1 record(s), first in no. 3"
    )


def test_columns_must_be_the_agreed_attributes() -> None:
    with pytest.raises(ConfigError) as error:
        attribute_rows((NEED, AGE), keys_of(["a"], [1]), columns(["a"], need=["low"], sex=["x"]))
    assert reason_of(error) == reasons.COLUMNS_NOT_AS_AGREED.code
    assert error.value.facts == {"missing": "age_band", "surplus": "sex"}


def test_rows_refuse_codes_outside_the_values() -> None:
    with pytest.raises(ShapeError):
        agency_rows("council", [1], (NEED,), [[3]])


def test_rows_show_no_content_in_their_repr() -> None:
    table = agency_rows("council", [1], (NEED,), [[1]])
    assert repr(table.rows) == "AttributeRows(1 rows, 1 attributes)"
    assert match_keys([1]).tobytes().hex() not in repr(table)


def test_own_attributes_are_those_given_to_others(world: World) -> None:
    assert own_attributes(world.agreement, COUNCIL, GroupId(GROUP), ("need",)) == (NEED,)
    with pytest.raises(ConfigError) as error:
        own_attributes(world.agreement, POLICE, GroupId(GROUP), ("need",))
    assert reason_of(error) == reasons.ATTRIBUTE_NOT_AGREED.code


def test_a_sealed_table_opens_to_the_same_rows(
    world: World, rows: AttributeRows, sealed: bytes, tmp_path: Path
) -> None:
    opened = read(tmp_path / "table", sealed, world)
    assert as_set(opened) == as_set(rows)
    assert opened.attributes == (NEED,)


@pytest.mark.parametrize("people", [[], [1]])
def test_a_table_may_be_empty_and_have_no_attributes(people: list[int], tmp_path: Path) -> None:
    bare = table_world(attributes=())
    delivery = Delivery(bare.agreement, RUN, HOSPITAL, POLICE)
    rows = agency_rows("hospital", people).rows
    sealed = seal_table(delivery, rows, bare.signing_keys[HOSPITAL])
    assert as_set(read(tmp_path / "table", sealed, bare)) == as_set(rows)


def test_a_sealed_table_shows_no_match_key(rows: AttributeRows, sealed: bytes) -> None:
    assert all(key.tobytes() not in sealed for key in rows.keys)


def test_a_table_file_is_readable_by_its_owner_only(
    world: World, rows: AttributeRows, tmp_path: Path
) -> None:
    path = tmp_path / "new folder" / "table"
    delivery = Delivery(world.agreement, RUN, COUNCIL, POLICE)
    write_table(path, delivery, rows, world.signing_keys[COUNCIL], TODAY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_no_table_is_written_after_the_agreement_has_expired(
    world: World, rows: AttributeRows, tmp_path: Path
) -> None:
    delivery = Delivery(world.agreement, RUN, COUNCIL, POLICE)
    day = world.agreement.project.expires + dt.timedelta(days=1)
    with pytest.raises(StateError) as error:
        write_table(tmp_path / "table", delivery, rows, world.signing_keys[COUNCIL], day)
    assert reason_of(error) == AGREEMENT_NOT_LIVE.code
    assert not list(tmp_path.iterdir())


def test_no_table_is_sealed_that_the_agreement_does_not_list(
    world: World, rows: AttributeRows
) -> None:
    delivery = Delivery(world.agreement, RUN, POLICE, COUNCIL)
    with pytest.raises(AccessError) as error:
        seal_table(delivery, rows, world.signing_keys[POLICE])
    assert reason_of(error) == reasons.TABLE_NOT_AGREED.code


def other_agreement(agreement: Agreement) -> Agreement:
    return replace(agreement, digest=Digest("c" * 64))


def without_tables(agreement: Agreement) -> Agreement:
    return replace(agreement, tables=())


def with_other_values(agreement: Agreement) -> Agreement:
    fewer = replace(NEED, values=NEED.values[:1])
    return replace(
        agreement, tables=tuple(replace(t, attributes=(fewer,)) for t in agreement.tables)
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (other_agreement, reasons.TABLE_OF_OTHER_AGREEMENT),
        (without_tables, reasons.TABLE_NOT_AGREED),
        (with_other_values, reasons.TABLE_ROWS_WRONG),
    ],
)
def test_a_table_that_does_not_fit_the_agreement_is_refused(
    changed: Callable[[Agreement], Agreement],
    reason: Reason,
    world: World,
    sealed: bytes,
    tmp_path: Path,
) -> None:
    with pytest.raises(LinkageError) as error:
        read(tmp_path / "table", sealed, world, agreement=changed(world.agreement))
    assert reason_of(error) == reason.code


def test_a_table_of_another_run_is_refused(world: World, sealed: bytes, tmp_path: Path) -> None:
    with pytest.raises(LinkageError) as error:
        read(tmp_path / "table", sealed, world, run=RunId("cd" * 32))
    assert reason_of(error) == reasons.TABLE_OF_OTHER_RUN.code


def test_a_table_for_another_agency_is_refused(world: World, sealed: bytes, tmp_path: Path) -> None:
    key = world.opening_keys[HOSPITAL]
    with pytest.raises(LinkageError) as error:
        read(tmp_path / "table", sealed, world, recipient=HOSPITAL, opening_key=key)
    assert reason_of(error) == reasons.TABLE_FOR_ANOTHER.code


def test_a_table_opens_with_the_pinned_key_only(
    world: World, sealed: bytes, tmp_path: Path
) -> None:
    with pytest.raises(LinkageError) as error:
        read(tmp_path / "table", sealed, world, opening_key=OpeningKey.generate())
    assert reason_of(error) == reasons.TABLE_NOT_OPENED.code


def test_a_table_that_another_party_signed_is_refused(
    world: World, rows: AttributeRows, tmp_path: Path
) -> None:
    delivery = Delivery(world.agreement, RUN, COUNCIL, POLICE)
    forged = seal_table(delivery, rows, world.signing_keys[HOSPITAL])
    with pytest.raises(LinkageError) as error:
        read(tmp_path / "table", forged, world)
    assert reason_of(error) == reasons.TABLE_SIGNATURE_WRONG.code


def test_a_table_cannot_be_passed_on_in_another_sender_s_name(
    world: World, sealed: bytes, tmp_path: Path
) -> None:
    renamed = sealed.replace(b"\x07council", b"\x08hospital", 1)
    with pytest.raises(LinkageError) as error:
        read(tmp_path / "table", renamed, world)
    assert reason_of(error) == reasons.TABLE_SIGNATURE_WRONG.code


def test_a_table_of_a_stranger_is_refused(world: World, sealed: bytes, tmp_path: Path) -> None:
    renamed = sealed.replace(b"\x07council", b"\x07csuncil", 1)
    with pytest.raises(LinkageError) as error:
        read(tmp_path / "table", renamed, world)
    assert reason_of(error) == reasons.TABLE_SENDER_UNKNOWN.code


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda content: content[:-1], reasons.TABLE_INCOMPLETE),
        (lambda content: content + b"\n", reasons.TABLE_INCOMPLETE),
        (lambda content: content[:60], reasons.TABLE_INCOMPLETE),
        (lambda content: content[: len(content) // 2], reasons.TABLE_INCOMPLETE),
        (lambda _: b"", reasons.NOT_A_TABLE),
        (lambda content: content[:4], reasons.NOT_A_TABLE),
        (lambda content: b"LNKTABLE\x02" + content[9:], reasons.NOT_A_TABLE),
        (lambda _: f"match_key,need\n{CANARY},low\n".encode(), reasons.NOT_A_TABLE),
    ],
)
def test_a_damaged_file_is_refused(
    damage: Damage, reason: Reason, world: World, sealed: bytes, tmp_path: Path
) -> None:
    with pytest.raises(LinkageError) as error:
        read(tmp_path / "table", damage(sealed), world)
    assert reason_of(error) == reason.code


def test_no_byte_of_a_table_can_be_changed(world: World, sealed: bytes, tmp_path: Path) -> None:
    places = [*range(9, 120), *range(120, len(sealed), 97), len(sealed) - 1]
    for place in places:
        changed = bytearray(sealed)
        changed[place] ^= 0x10
        with pytest.raises(LinkageError) as error:
            read(tmp_path / "table", bytes(changed), world)
        reason_of(error)


def test_a_table_that_is_not_there_is_waited_for(world: World, tmp_path: Path) -> None:
    with pytest.raises(StateError) as error:
        read_table(tmp_path / "none", world.agreement, RUN, POLICE, world.opening_keys[POLICE])
    assert reason_of(error) == reasons.TABLE_NOT_THERE.code


def test_a_folder_in_place_of_a_table_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(LinkageError) as error:
        read_table(tmp_path, world.agreement, RUN, POLICE, world.opening_keys[POLICE])
    assert reason_of(error) == reasons.TABLE_UNREADABLE.code
