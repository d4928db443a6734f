"""`linkage-agent schema`: what an officer types, sees and gets."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linkage.errors import LinkageError
from linkage_agent.cli import app
from tests.support.extracts import people, write_extract


@pytest.fixture
def extracts(tmp_path: Path) -> tuple[Path, Path]:
    everybody = people(500)
    police = write_extract(
        tmp_path / "Police 2026.csv",
        everybody[:300],
        {
            "SURNAME": lambda p: p.family,
            "FORENAME": lambda p: p.given,
            "DOB": lambda p: f"{p.born:%d/%m/%Y}",
        },
    )
    council = write_extract(
        tmp_path / "council.csv",
        everybody[200:],
        {
            "first [b]name[/b]": lambda p: p.given,
            "last_name": lambda p: p.family,
            "birth_date": lambda p: f"{p.born:%Y%m%d}",
        },
        delimiter=";",
    )
    return police, council


def run(*words: str | Path) -> str:
    """What a command prints; it ends as its errors say."""
    result = CliRunner().invoke(app, ["schema", *map(str, words)], env={"COLUMNS": "200"})
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_profile_is_shown_and_written(extracts: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "profile.toml"
    shown = run("profile", extracts[0], "--out", out)
    for text in ("police-2026", "about 300", "SURNAME", "family-name", "birth-date"):
        assert text in shown
    assert tomllib.loads(out.read_text())["agency"] == "police-2026"
    assert out.stat().st_mode & 0o777 == 0o600


def test_profile_as_json_is_one_object(extracts: tuple[Path, Path]) -> None:
    found = json.loads(run("profile", extracts[1], "--json", "--agency", "council"))
    assert found["version"] == 1
    assert found["profile"]["agency"] == "council"
    assert [column["meaning"] for column in found["profile"]["columns"]] == [
        "row-id",
        "given-name",
        "family-name",
        "birth-date",
    ]


def test_names_of_columns_are_never_taken_for_markup(extracts: tuple[Path, Path]) -> None:
    assert "first [b]name[/b]" in run("profile", extracts[1])


def test_no_value_is_shown(extracts: tuple[Path, Path]) -> None:
    shown = run("profile", extracts[0]) + run("suggest", *extracts)
    persons = people(300)
    assert not [p.family for p in persons if f" {p.family}" in shown or str(p.born) in shown]


def test_profiles_and_extracts_give_the_same_schema(
    extracts: tuple[Path, Path], tmp_path: Path
) -> None:
    profile = tmp_path / "police.toml"
    run("profile", extracts[0], "--out", profile)
    printed = run("suggest", *extracts)
    assert run("suggest", profile, extracts[1]) == printed
    document = tomllib.loads(printed)
    assert [field["name"] for field in document["fields"]] == [
        "given_name",
        "family_name",
        "birth_date",
    ]
    assert '# date_formats = ["YYYYMMDD"]' in printed


def test_schema_and_each_agencys_part_are_written(
    extracts: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "shared" / "schema.toml"
    shown = run("suggest", *extracts, "--out", out, "--reveals", "group-likeness")
    assert "given_name" in shown
    assert "ref" in shown
    assert tomllib.loads(out.read_text())["encoding"]["reveals"] == "group-likeness"
    source = tomllib.loads(out.with_name("schema-council.toml").read_text())["source"]
    assert source["delimiter"] == ";"
    assert source["fields"]["birth_date"]["date_formats"] == ["YYYYMMDD"]
    assert "fits" in run("check", out, extracts[0])


def test_an_extract_that_does_not_fit_ends_in_an_error(
    extracts: tuple[Path, Path], tmp_path: Path
) -> None:
    schema = tmp_path / "schema.toml"
    schema.write_text('[[fields]]\nname = "email"\nkind = "email"\n')
    with pytest.raises(LinkageError) as caught:
        run("check", schema, extracts[0], "--json")
    assert caught.value.reason.code == "SCHEMA_EXTRACT_UNFIT"


def test_an_agencys_id_that_no_agreement_allows_is_refused(extracts: tuple[Path, Path]) -> None:
    with pytest.raises(SystemExit) as caught:
        run("profile", extracts[0], "--agency", "The Police")
    assert caught.value.code == 2
