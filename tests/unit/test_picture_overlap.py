from collections.abc import Sequence

from linkage.ids import AgencyId
from linkage_agent.columns import MISSING
from linkage_agent.picture.join import CONFLICTING, JoinedPeople, join_tables
from linkage_agent.picture.overlap import MAX_LISTED_AGENCIES, Overlap, count_overlap
from linkage_agent.picture.table import AgencyRows
from tests.support.pictures import NEED, RULE, agency_rows, match_keys

COUNCIL, HOSPITAL, POLICE = AgencyId("council"), AgencyId("hospital"), AgencyId("police")


def place_of(people: JoinedPeople, person: int) -> int:
    return [key.tobytes() for key in people.keys].index(match_keys([person]).tobytes())


def known_to(people: JoinedPeople, person: int) -> list[str]:
    place = place_of(people, person)
    return [view.agency for view in people.views if view.known[place]]


def shown(overlap: Overlap) -> dict[str, str]:
    return {"+".join(item.agencies): str(item.people) for item in overlap.combinations}


def overlap_of(*tables: AgencyRows) -> Overlap:
    return count_overlap(join_tables(tables), RULE)


def with_need(agency: str, people: Sequence[int], code: int) -> AgencyRows:
    return agency_rows(agency, people, (NEED,), [[code]] * len(people))


def test_people_are_joined_by_match_key_whatever_the_order_of_tables_and_rows() -> None:
    people = join_tables([agency_rows("police", [3, 1]), agency_rows("council", [2, 3])])
    assert len(people) == 3
    assert [view.agency for view in people.views] == ["council", "police"]
    assert known_to(people, 1) == ["police"]
    assert known_to(people, 2) == ["council"]
    assert known_to(people, 3) == ["council", "police"]


def test_records_of_one_person_are_merged_and_what_they_contradict_is_marked() -> None:
    records = [(1, 0), (1, 0), (2, 0), (2, 2), (3, MISSING), (3, 1), (4, MISSING)]
    table = agency_rows("council", [p for p, _ in records], (NEED,), [[c] for _, c in records])
    people = join_tables([table, agency_rows("police", [5])])
    codes = people.views[0].codes
    found = {person: int(codes[place_of(people, person), 0]) for person in range(1, 6)}
    assert found == {1: 0, 2: CONFLICTING, 3: 1, 4: MISSING, 5: MISSING}


def test_each_person_is_counted_in_one_combination() -> None:
    overlap = overlap_of(agency_rows("police", range(100)), agency_rows("council", range(60, 111)))
    assert shown(overlap) == {"police": "60", "council+police": "40", "council": "10"}
    assert str(overlap.shared()) == "40"
    assert str(overlap.known_to(POLICE)) == "100"
    assert overlap.is_complete


def test_several_records_of_a_person_count_once() -> None:
    overlap = overlap_of(
        agency_rows("police", [*range(20), *range(20)]), agency_rows("council", [])
    )
    assert shown(overlap)["police"] == "20"


def test_sums_leave_out_what_is_suppressed() -> None:
    overlap = overlap_of(agency_rows("police", range(50)), agency_rows("council", range(41, 50)))
    assert shown(overlap) == {
        "police": "40",
        "council": "suppressed",
        "council+police": "suppressed",
    }
    assert str(overlap.known_to(POLICE)) == "40"
    assert str(overlap.shared()) == "suppressed"
    assert not overlap.is_complete


def test_nobody_at_all_gives_a_picture_without_numbers() -> None:
    overlap = overlap_of(agency_rows("police", []), with_need("council", [], 0))
    assert set(shown(overlap).values()) == {"suppressed"}
    assert overlap.distributions[0].rows == ()


def test_beyond_four_agencies_no_suppressed_combination_is_listed() -> None:
    agencies = [f"agency{letter}" for letter in "abcdefgh"]
    assert len(agencies) > MAX_LISTED_AGENCIES
    tables = [agency_rows(agency, range(20)) for agency in agencies[1:]]
    overlap = overlap_of(agency_rows(agencies[0], range(29)), *tables)
    assert shown(overlap) == {"+".join(agencies): "20"}
    assert not overlap.is_complete


def test_order_of_combinations_follows_shown_numbers_not_true_ones() -> None:
    one = overlap_of(agency_rows("police", range(100, 112)), agency_rows("council", range(10)))
    other = overlap_of(agency_rows("police", range(100, 110)), agency_rows("council", range(12)))
    assert shown(one) == shown(other)
    assert list(shown(one)) == list(shown(other))


def test_attributes_are_counted_among_people_shared_with_exactly_the_same_agencies() -> None:
    overlap = overlap_of(
        agency_rows("police", range(100)),
        agency_rows(
            "council", range(100), (NEED,), [[0]] * 30 + [[1]] * 40 + [[-1]] * 20 + [[0]] * 10
        ),
        agency_rows("hospital", range(90, 120)),
    )
    (need,) = overlap.distributions
    assert need.agency == COUNCIL
    assert [(row.combination.agencies, *map(str, row.people)) for row in need.rows] == [
        ((COUNCIL, POLICE), "30", "40", "suppressed"),
        ((COUNCIL, HOSPITAL, POLICE), "suppressed", "suppressed", "suppressed"),
    ]
    assert [str(people) for people in need.known_to_both(POLICE)] == ["30", "40", "suppressed"]
    assert {str(people) for people in need.known_to_both(HOSPITAL)} == {"suppressed"}


def test_where_the_rest_would_be_given_away_the_smallest_value_is_suppressed_too() -> None:
    codes = [[0]] * 64 + [[1]] * 35 + [[2]]
    overlap = overlap_of(
        agency_rows("police", range(100)), agency_rows("council", range(100), (NEED,), codes)
    )
    (row,) = overlap.distributions[0].rows
    assert [str(people) for people in row.people] == ["65", "suppressed", "suppressed"]


def test_a_person_of_whom_records_disagree_counts_for_no_value() -> None:
    table = agency_rows("council", [*range(40), *range(40)], (NEED,), [[0]] * 60 + [[1]] * 20)
    overlap = overlap_of(agency_rows("police", range(40)), table)
    (row,) = overlap.distributions[0].rows
    assert [str(people) for people in row.people] == ["20", "suppressed", "suppressed"]
