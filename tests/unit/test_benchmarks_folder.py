"""The data folder: who is who is read exactly, and every fault is named without a value."""

from pathlib import Path

import pytest

from benchmarks.evaluate.folder import DataFolder, open_folder, read_subgroups, read_truth
from benchmarks.evaluate.reasons import (
    AGENCY_MISSING,
    FOLDER_UNREADABLE,
    LIST_COLUMNS,
    LIST_ROW,
    LIST_UNREADABLE,
    SUBGROUPS_TOO_FINE,
    TOO_FEW_AGENCIES,
    TRUTH_MISSING,
)
from linkage.errors import ConfigError, Reason, SourceError
from linkage.ids import AgencyId

POLICE, COUNCIL = AgencyId("police"), AgencyId("council")
ROW_IDS = {COUNCIL: ("c1", "c2", "c3"), POLICE: ("p1", "p2")}
HEADER = "agency,record_id,person_id\n"
NAME = "Wojciechowska"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("police.csv", "council.csv", "school.csv", "truth.csv", "READ ME.csv"):
        (tmp_path / name).write_text("record_id\n", encoding="utf-8")
    return tmp_path


def opened(place: Path) -> DataFolder:
    return open_folder(place, [POLICE, COUNCIL])


def people(place: Path, truth: str) -> list[int]:
    (place / "truth.csv").write_text(truth, encoding="utf-8")
    return [int(person) for person in read_truth(opened(place), ROW_IDS).people]


def test_agencies_are_the_files_that_can_be_one(place: Path) -> None:
    folder = open_folder(place, [])
    assert list(folder.agencies) == ["council", "police", "school"]
    assert folder.others == frozenset()


def test_agencies_that_are_no_party_are_left_out(place: Path) -> None:
    folder = opened(place)
    assert list(folder.agencies) == ["council", "police"]
    assert folder.others == {"school"}


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        open_folder(tmp_path / "absent", [])
    assert caught.value.reason is FOLDER_UNREADABLE


def test_a_party_without_a_file_is_named(place: Path) -> None:
    with pytest.raises(ConfigError, match="hospital") as caught:
        open_folder(place, [POLICE, AgencyId("hospital")])
    assert caught.value.reason is AGENCY_MISSING


def test_one_agency_is_too_few(place: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        open_folder(place, [POLICE])
    assert caught.value.reason is TOO_FEW_AGENCIES


def test_without_a_truth_nothing_is_evaluated(place: Path) -> None:
    (place / "truth.csv").unlink()
    with pytest.raises(ConfigError) as caught:
        opened(place)
    assert caught.value.reason is TRUTH_MISSING


def test_records_of_one_person_get_one_number_and_all_others_their_own(place: Path) -> None:
    found = people(place, HEADER + "police,p2,x\ncouncil,c1,x\ncouncil,c3,y\n")
    c1, c2, c3, p1, p2 = found
    assert c1 == p2
    assert len({c1, c2, c3, p1}) == 4


def test_columns_may_be_in_any_order_and_others_among_them(place: Path) -> None:
    truth = "remark,person_id,record_id,agency\nhm,x,p1,police\nhm,x,c2,council\n"
    _, c2, _, p1, _ = people(place, truth)
    assert c2 == p1


def test_a_byte_order_mark_and_space_around_values_do_not_count(place: Path) -> None:
    c1, _, _, p1, _ = people(place, "\ufeff" + HEADER + "police, p1 ,x \n\ncouncil,c1,x\n")
    assert c1 == p1


def test_lines_about_agencies_that_are_not_linked_are_passed_over(place: Path) -> None:
    c1, _, _, p1, _ = people(place, HEADER + "school,whoever,x\npolice,p1,x\ncouncil,c1,x\n")
    assert c1 == p1


@pytest.mark.parametrize(
    ("truth", "reason", "line"),
    [
        ("agency,person_id\n", LIST_COLUMNS, None),
        ("", LIST_COLUMNS, None),
        ("agency,agency,record_id,person_id\n", LIST_COLUMNS, None),
        (HEADER + f"police,{NAME},x\n", LIST_ROW, 2),
        (HEADER + f"{NAME},p1,x\n", LIST_ROW, 2),
        (HEADER + f"police,p1,x\npolice,p1,{NAME}\n", LIST_ROW, 3),
        (HEADER + "police,p1,x\npolice,p2, \n", LIST_ROW, 3),
        (HEADER + f"police,p1,x,{NAME}\n", LIST_ROW, 2),
        (HEADER + f'police,p1,"{NAME}\n', LIST_UNREADABLE, None),
    ],
)
def test_a_faulty_truth_is_refused_without_a_value(
    place: Path, truth: str, reason: Reason, line: int | None
) -> None:
    with pytest.raises(SourceError) as caught:
        people(place, truth)
    assert caught.value.reason is reason
    assert caught.value.facts.get("line") == line
    assert NAME not in str(caught.value)
    assert "?" not in str(caught.value)


def test_a_truth_that_is_not_utf_8_is_refused(place: Path) -> None:
    (place / "truth.csv").write_bytes(HEADER.encode() + "police,p1,Zoë".encode("cp1252"))
    with pytest.raises(SourceError, match="not UTF-8"):
        read_truth(opened(place), ROW_IDS)


def test_subgroups_are_each_columns_values_and_nothing_where_nothing_is_said(place: Path) -> None:
    text = "agency,record_id,origin,age\npolice,p1,welsh,30s\ncouncil,c2,irish,\n"
    (place / "subgroups.csv").write_text(text, encoding="utf-8")
    origin, age = read_subgroups(opened(place), ROW_IDS)
    assert (origin.name, origin.values) == ("origin", ("", "irish", "welsh"))
    assert origin.codes.tolist() == [0, 1, 0, 2, 0]
    assert age.values == ("", "30s")


def test_no_subgroups_are_asked_for_without_a_list(place: Path) -> None:
    assert read_subgroups(opened(place), ROW_IDS) == ()


def test_a_column_of_ids_is_no_division_into_subgroups(place: Path) -> None:
    row_ids = {POLICE: [f"p{number}" for number in range(100)], COUNCIL: ["c1"]}
    lines = [f"police,p{number},{NAME}{number}\n" for number in range(100)]
    (place / "subgroups.csv").write_text("agency,record_id,id\n" + "".join(lines), encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_subgroups(opened(place), row_ids)
    assert caught.value.reason is SUBGROUPS_TOO_FINE
    assert NAME not in str(caught.value)
