"""Segments that are told apart by what their fields have in common only."""

from collections.abc import Sequence

from linkage.agreement.schema import Segment
from linkage.ids import FieldName


def plain_segments(
    count: int,
    byte_count: int = 8,
    *,
    crossing: Sequence[int] = (),
    moving: Sequence[int] = (),
    at_home: Sequence[int] = (),
) -> tuple[Segment, ...]:
    """So many, by number: those that cross, those that move, and what a family shares with them."""
    return tuple(
        Segment(
            name=str(number),
            fields=(FieldName(str(number)),),
            start_byte=number * byte_count,
            byte_count=byte_count,
            crosses=number in crossing,
            moves=number in moving,
            at_home=number in moving or number in at_home,
        )
        for number in range(count)
    )
