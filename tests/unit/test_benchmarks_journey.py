"""The journey of the speed benchmark: its people, and that the real programs make it."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.environment import ToolError
from benchmarks.speed.goals import GOALS
from benchmarks.speed.journey import EXACT, RECALL, ROWS, run_journey, steps
from benchmarks.speed.partners import partners, write_partners
from benchmarks.speed.people import read_people
from benchmarks.speed.workplace import Workplace
from linkage.ids import FieldName

RECORDS = 700
FIELDS = [FieldName(name) for name in ("family_name", "birth_date")]
STEPS = ["encode", "upload", "load", "compare", "cluster", "issue", "store", "fetch"]


def test_every_partner_writes_down_its_own_view_of_people_whom_others_hold(tmp_path: Path) -> None:
    write_partners(tmp_path, count=4, records=RECORDS, seed=3, most=300)
    held = []
    for agency, source in partners(tmp_path, 4).items():
        columns = read_people(source)
        assert len(columns) == len(set(columns.row_ids)) == RECORDS, agency
        regions = Counter(row_id.partition("/")[0] for row_id in columns.row_ids)
        assert regions == {"0": 300, "1": 300, "2": 100}
        known = [columns.fields[name] for name in FIELDS]
        texts = [[column.distinct[code].casefold() for code in column.codes] for column in known]
        held.append(set(zip(*texts, strict=True)))
    for number, own in enumerate(held):
        for other in held[number + 1 :]:  # half of them, less those who are written otherwise
            assert 0.2 < len(own & other) / RECORDS < 0.6


@pytest.mark.timeout(600)  # many programs start, and some may have to compile first
def test_programs_make_the_journey_and_say_what_each_step_took(tmp_path: Path) -> None:
    told = run_journey(Workplace(tmp_path, quick=True), RECORDS, RECALL)
    assert sorted(told["seconds"]) == sorted(STEPS)
    assert all(seconds >= 0 for seconds in told["seconds"].values())
    assert 0.3 < told["shared"] < 0.5  # half are held by both
    assert told["expected_mib"] > 0
    assert steps(told).count(" s") >= len(STEPS)


def test_journey_that_fails_is_no_figure(tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, quick=True)
    workplace.people(RECORDS).joinpath("police.csv").write_text("no extract", encoding="utf-8")
    with pytest.raises(ToolError, match="check ended with 65"):
        run_journey(workplace, RECORDS, EXACT)


def test_goals_know_every_row_of_the_journey() -> None:
    assert set(ROWS) <= set(GOALS)
