import datetime as dt
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from linkage.agreement.model import Agreement
from linkage.errors import LinkageError, Reason
from linkage.reasons import AGREEMENT_NOT_LIVE
from linkage_agent.output import OUTPUT_UNWRITABLE
from linkage_agent.picture import reasons
from linkage_agent.picture.publish import PicturePaths, make_picture
from linkage_agent.picture.table import AgencyRows
from tests.support.full_disks import no_file_may_grow
from tests.support.pictures import NEED, RUN, agency_rows, match_keys, table_world

WORLD = table_world()
TODAY = dt.datetime.now(dt.UTC).date()
POLICE = agency_rows("police", range(60))
COUNCIL = agency_rows("council", range(20, 90), (NEED,), [[0]] * 40 + [[1]] * 30)
HOSPITAL = agency_rows("hospital", range(50, 75), (NEED,))


def picture(
    folder: Path,
    partners: Sequence[AgencyRows] = (COUNCIL, HOSPITAL),
    own: AgencyRows = POLICE,
    agreement: Agreement = WORLD.agreement,
    today: dt.date = TODAY,
) -> PicturePaths:
    return make_picture(agreement, RUN, own, partners, folder, today)


def test_a_picture_is_a_page_and_its_figures_for_the_owner_only(tmp_path: Path) -> None:
    paths = picture(tmp_path / "new" / "folder")
    assert paths.page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "known_to_exactly,council+police,,,,30" in paths.figures.read_text("utf-8")
    assert set(paths.page.parent.iterdir()) == {paths.page, paths.figures}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths.page.parent.iterdir()} == {0o600}


def test_the_same_picture_has_the_same_bytes(tmp_path: Path) -> None:
    one, other = picture(tmp_path / "one"), picture(tmp_path / "other", [HOSPITAL, COUNCIL])
    assert one.page.read_bytes() == other.page.read_bytes()
    assert one.figures.read_bytes() == other.figures.read_bytes()


def test_a_picture_replaces_the_one_before(tmp_path: Path) -> None:
    before = picture(tmp_path, [COUNCIL]).page.read_text("utf-8")
    after = picture(tmp_path).page.read_text("utf-8")
    assert "Without a table from</dt><dd>The hospital" in before
    assert "Without a table from" not in after


def test_no_match_key_gets_into_a_picture(tmp_path: Path) -> None:
    paths = picture(tmp_path)
    content = paths.page.read_bytes() + paths.figures.read_bytes()
    for key in match_keys(range(90)):
        assert key.tobytes() not in content
        assert key.tobytes().hex().encode() not in content


@pytest.mark.parametrize(
    ("partners", "reason"),
    [
        ([], reasons.NO_TABLES),
        ([COUNCIL, COUNCIL], reasons.TABLE_TWICE),
        ([replace(COUNCIL, agency=POLICE.agency)], reasons.TABLE_TWICE),
        ([agency_rows("fire", [1])], reasons.TABLE_NOT_AGREED),
        ([agency_rows("council", [1], group="others")], reasons.OTHER_GROUP),
        ([agency_rows("council", [1, 2, 1])], reasons.PERSON_REPEATED),
    ],
)
def test_tables_that_may_not_be_joined_are_refused(
    partners: Sequence[AgencyRows], reason: Reason, tmp_path: Path
) -> None:
    with pytest.raises(LinkageError) as error:
        picture(tmp_path, partners)
    assert error.value.reason is reason
    assert "?" not in error.value.message
    assert not list(tmp_path.iterdir())


def test_an_agency_that_may_hold_duplicates_may_have_a_person_twice(tmp_path: Path) -> None:
    parties = tuple(
        replace(party, holds_each_person_once=False) for party in WORLD.agreement.parties
    )
    agreement = replace(WORLD.agreement, parties=parties)
    picture(tmp_path, [agency_rows("council", [1, 2, 1])], agreement=agreement)


def test_no_picture_is_made_after_the_agreement_has_expired(tmp_path: Path) -> None:
    with pytest.raises(LinkageError) as error:
        picture(tmp_path, today=WORLD.agreement.project.expires + dt.timedelta(days=1))
    assert error.value.reason is AGREEMENT_NOT_LIVE


def test_a_full_disk_leaves_the_picture_before_as_it_was(tmp_path: Path) -> None:
    before = picture(tmp_path).page.read_bytes()
    with no_file_may_grow(), pytest.raises(LinkageError) as error:
        picture(tmp_path, [COUNCIL])
    assert error.value.reason is OUTPUT_UNWRITABLE
    assert (tmp_path / "picture.html").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2
    picture(tmp_path, [COUNCIL])
