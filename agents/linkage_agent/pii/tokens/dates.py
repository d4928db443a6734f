"""Pieces of dates, YYYYMMDD, and of years, YYYY. PROTOCOL.md section 4.3.

The twelve pieces of a date are those of its year, MM and DD: its eight digits and four adjacent
pairs, tagged. A wrong digit in the year costs one to three of them.
"""


def month_and_day(text: str) -> list[str]:
    """Six pieces of a date's MMDD: its four digits and two pairs, tagged.

    The digits of month and day share their tags (`t` tens, `u` units); their pairs do not. So a
    date with day and month swapped keeps ten pieces of twelve, as does one with a wrong digit in
    day or month.
    """
    month, day = text[:2], text[2:]
    shared = [f"t:{month[0]}", f"u:{month[1]}", f"t:{day[0]}", f"u:{day[1]}"]
    return [*shared, f"m:{month}", f"d:{day}"]


def year_digits(text: str) -> list[str]:
    """Six pieces of a year: its four digits and two adjacent pairs, tagged.

    The first pair is left out: it says only the century, which most people share.
    """
    digits = [f"y1:{text[0]}", f"y2:{text[1]}", f"y3:{text[2]}", f"y4:{text[3]}"]
    return [*digits, f"y23:{text[1:3]}", f"y34:{text[2:4]}"]


def year_neighbours(text: str) -> list[str]:
    """The year before, the year, the year after: years one apart share two of three."""
    year = int(text)
    return [str(year - 1), str(year), str(year + 1)]
