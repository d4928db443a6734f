"""Habits: how often the clerks of each agency write something wrong, or not at all.

The rates are judgements, each with its reason in README.md; none was fitted to a data set.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How often each slip happens: shares of the records to which it can happen."""

    given_misspelt: float
    family_misspelt: float
    nickname: float
    """Of the given names that have a short form."""
    variant: float
    """Of the names that have another spelling."""
    second_as_given: float
    """Of the people with a second name."""
    former_name: float
    """Of those whose name changed: the record is older."""
    preferred_family: float = 0.0
    """Of the pupils whose parents at home bear other family names: they go by one of them."""
    alias: float = 0.0
    rejoined: float
    """Of the names in several parts."""
    swapped: float
    newborn_unnamed: float = 0.0
    """Of the children under one."""
    unidentified: float = 0.0
    date_missing: float
    date_slip: float
    day_and_month_swapped: float
    date_placeholder: float
    sex_missing: float
    sex_wrong: float
    former_home: float
    no_abode: float = 0.0
    line_missing: float
    line_misspelt: float
    street_short: float
    postcode_missing: float
    postcode_misspelt: float
    phone_missing: float
    phone_slip: float
    former_phone: float
    email_missing: float = 0.0
    email_misspelt: float = 0.0
    nhs_missing: float = 0.0
    nhs_slip: float = 0.0
    nhs_of_relative: float = 0.0
    recorded_twice: float
    """Of the people, where duplicates are asked for."""


POLICE: Final = Habits(
    given_misspelt=0.040,
    family_misspelt=0.035,
    nickname=0.10,
    variant=0.12,
    second_as_given=0.05,
    former_name=0.10,
    alias=0.03,
    rejoined=0.30,
    swapped=0.015,
    date_missing=0.040,
    date_slip=0.020,
    day_and_month_swapped=0.015,
    date_placeholder=0.010,
    sex_missing=0.010,
    sex_wrong=0.005,
    former_home=0.18,
    no_abode=0.010,
    line_missing=0.06,
    line_misspelt=0.04,
    street_short=0.35,
    postcode_missing=0.10,
    postcode_misspelt=0.020,
    phone_missing=0.35,
    phone_slip=0.020,
    former_phone=0.20,
    recorded_twice=0.06,
)

COUNCIL: Final = Habits(
    given_misspelt=0.025,
    family_misspelt=0.020,
    nickname=0.05,
    variant=0.10,
    second_as_given=0.03,
    former_name=0.06,
    rejoined=0.15,
    swapped=0.005,
    date_missing=0.015,
    date_slip=0.012,
    day_and_month_swapped=0.010,
    date_placeholder=0.005,
    sex_missing=0.030,
    sex_wrong=0.010,
    former_home=0.08,
    no_abode=0.003,
    line_missing=0.01,
    line_misspelt=0.02,
    street_short=0.15,
    postcode_missing=0.020,
    postcode_misspelt=0.010,
    phone_missing=0.25,
    phone_slip=0.010,
    former_phone=0.15,
    email_missing=0.60,
    email_misspelt=0.015,
    nhs_missing=0.25,
    nhs_slip=0.008,
    nhs_of_relative=0.003,
    recorded_twice=0.03,
)

HOSPITAL: Final = Habits(
    given_misspelt=0.050,
    family_misspelt=0.040,
    nickname=0.08,
    variant=0.12,
    second_as_given=0.02,
    former_name=0.15,
    rejoined=0.25,
    swapped=0.015,
    newborn_unnamed=0.25,
    unidentified=0.003,
    date_missing=0.005,
    date_slip=0.012,
    day_and_month_swapped=0.005,
    date_placeholder=0.003,
    sex_missing=0.005,
    sex_wrong=0.005,
    former_home=0.16,
    no_abode=0.005,
    line_missing=0.12,
    line_misspelt=0.04,
    street_short=0.25,
    postcode_missing=0.030,
    postcode_misspelt=0.020,
    phone_missing=0.15,
    phone_slip=0.015,
    former_phone=0.20,
    nhs_missing=0.08,
    nhs_slip=0.005,
    nhs_of_relative=0.003,
    recorded_twice=0.03,
)

SCHOOL: Final = Habits(
    given_misspelt=0.010,
    family_misspelt=0.010,
    nickname=0.04,
    variant=0.05,
    second_as_given=0.01,
    former_name=0.05,
    preferred_family=0.30,
    rejoined=0.10,
    swapped=0.003,
    date_missing=0.002,
    date_slip=0.006,
    day_and_month_swapped=0.004,
    date_placeholder=0.001,
    sex_missing=0.003,
    sex_wrong=0.003,
    former_home=0.12,
    line_missing=0.005,
    line_misspelt=0.02,
    street_short=0.15,
    postcode_missing=0.010,
    postcode_misspelt=0.012,
    phone_missing=0.03,
    phone_slip=0.010,
    former_phone=0.15,
    email_missing=0.15,
    email_misspelt=0.020,
    recorded_twice=0.005,
)
