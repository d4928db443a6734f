"""Extracts with every kind of fault, each in the midst of a canary: the error quotes nothing."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from linkage.errors import ExitCode
from tests.privacy.agencies import Agencies, Output
from tests.privacy.evidence import Planted, copy_of
from tests.privacy.once import made_once
from tests.privacy.search import Search

GIVEN, FAMILY, ROW_ID = "ZYXQUELINE", "VORPALWHISTLE-QUAGG", "ZQpolice0-rowmark"

Fault = Callable[[str], str | bytes]

FAULTS: dict[str, Fault] = {
    "SOURCE_ROW_WIDTH": lambda text: text.replace(GIVEN, f"{GIVEN},{FAMILY}"),
    "SOURCE_UNDECODABLE": lambda text: text.encode().replace(GIVEN.encode(), b"ZYX\xffQUELINE"),
    "SOURCE_ZERO_BYTE": lambda text: text.replace(GIVEN, "ZYX\0QUELINE"),
    "SOURCE_QUOTE_OPEN": lambda text: text.partition(FAMILY)[0] + f'"{FAMILY},{GIVEN}',
    "SOURCE_QUOTE_MISPLACED": lambda text: text.replace(GIVEN, f'"ZYX"{GIVEN}'),
    "SOURCE_VALUE_TOO_LONG": lambda text: text.replace(GIVEN, GIVEN * 20_000),
    "SOURCE_ROW_ID_REPEATED": lambda text: text.replace("ZQpolice1-rowmark", ROW_ID),
    "SOURCE_ROW_ID_MISSING": lambda text: text.replace(ROW_ID, ""),
    "SOURCE_BLANK_LINE": lambda text: text.replace("\r\n", "\r\n\r\n", 3),
    "SOURCE_COLUMNS_MISSING": lambda text: text.partition("\r\n")[2],
    "SOURCE_COLUMNS_REPEATED": lambda text: text.replace("FORENAME_2", "SURNAME", 1),
    "SOURCE_OTHER_DELIMITER": lambda text: text.replace(",", ";"),
    "SOURCE_UTF_16": lambda text: text.encode("utf-16"),
}
"""By the reason that is expected: what is done to the police's extract."""


@pytest.fixture(scope="session")
def complaints(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Output]:
    """What `check` says of each faulty extract."""
    return made_once(
        tmp_path_factory,
        "faulty",
        lambda folder: check_all(Agencies(copy_of(planted, folder).world)),
    )


@pytest.mark.parametrize("code", FAULTS)
def test_error_about_an_extract_quotes_nothing_of_it(
    complaints: dict[str, Output], canary_search: Search, code: str
) -> None:
    assert complaints[code].explained.startswith(f"{code}: ")
    assert not canary_search.names_in(complaints[code].bytes)


def check_all(agencies: Agencies) -> dict[str, Output]:
    """Has the police's agent check each of the faulty extracts."""
    text = agencies.config("police").source.file.read_bytes().decode()
    config = agencies.config_file("police").read_text(encoding="utf-8")

    def check(code: str) -> Output:
        faulty = replace(agencies, name=code)
        named = config.replace('"extract.csv"', f'"{code}.csv"')
        faulty.config_file("police").write_text(named, encoding="utf-8")
        broken = FAULTS[code](text)
        assert broken != text
        content = broken if isinstance(broken, bytes) else broken.encode()
        faulty.config("police").source.file.write_bytes(content)
        return faulty.run("police", "check", status=ExitCode.BAD_DATA)

    with ThreadPoolExecutor(os.cpu_count()) as together:
        return dict(zip(FAULTS, together.map(check, FAULTS), strict=True))
