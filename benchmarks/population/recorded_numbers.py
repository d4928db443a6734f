"""Recorded numbers: telephone, e-mail, NHS and pupil numbers as an agency has written them."""

from typing import Final

import numpy as np

from benchmarks.population.agencies import Content, PhoneForm
from benchmarks.population.desk import Desk, Generator
from benchmarks.population.numbers import draw_pupil_numbers
from benchmarks.population.origins import TextArray
from benchmarks.population.slips import misspell, slip_in_digits

SECOND_CONTACT_MISSING: Final = 0.3
"""Pupils with two parents at home of whom only one gave a number."""


def record_numbers(desk: Desk) -> dict[Content, TextArray]:
    """What the agency has of each kind of number; kinds that it does not ask for are left out."""
    people, asked = desk.people, {column.content for column in desk.agency.columns}
    recorded: dict[Content, TextArray] = {}
    if Content.PHONE in asked:
        is_old = desk.is_old(desk.habits.former_phone)
        recorded[Content.PHONE] = _phones(desk, np.where(is_old, people.former_phone, people.phone))
    if Content.EMAIL in asked:
        recorded[Content.EMAIL] = _mail(desk, people.email)
    if Content.NHS_NUMBER in asked:
        recorded[Content.NHS_NUMBER] = _nhs_numbers(desk)
    if Content.PUPIL_NUMBER in asked:
        recorded[Content.PUPIL_NUMBER] = draw_pupil_numbers(desk.rng, people.birth)
        recorded |= _parents(desk)
    return recorded


def _parents(desk: Desk) -> dict[Content, TextArray]:
    """How a school reaches the parents: both by telephone, the first by e-mail."""
    people, everyone = desk.people, desk.everyone
    is_old = desk.is_old(desk.habits.former_phone)
    first, other = people.parent, people.other_parent
    phones = np.where(is_old, everyone.former_phone[first], everyone.phone[first])
    both = (first != other) & (desk.rng.random(len(desk)) >= SECOND_CONTACT_MISSING)
    return {
        Content.PARENT_PHONE: _phones(desk, phones),
        Content.OTHER_PARENT_PHONE: _phones(desk, np.where(both, everyone.phone[other], "")),
        Content.PARENT_EMAIL: _mail(desk, everyone.email[first]),
    }


def _phones(desk: Desk, phones: TextArray) -> TextArray:
    phones = np.where(desk.is_nameless, "", phones)
    desk.change(phones, desk.habits.phone_slip, slip_in_digits)
    match desk.agency.phone_form:
        case PhoneForm.PLAIN:
            written = [phone.replace(" ", "") for phone in phones]
        case PhoneForm.INTERNATIONAL:
            written = [f"+44 {phone[1:]}" if phone else "" for phone in phones]
        case PhoneForm.SPACED:
            written = phones.tolist()
    return desk.or_missing(np.array(written, dtype=object), desk.habits.phone_missing)


def _mail(desk: Desk, mail: TextArray) -> TextArray:
    mail = mail.copy()
    desk.change(mail, desk.habits.email_misspelt, _misspell_local_part)
    return desk.or_missing(mail, desk.habits.email_missing)


def _misspell_local_part(rng: Generator, address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{misspell(rng, local).lower()}@{domain}"


def _nhs_numbers(desk: Desk) -> TextArray:
    """The number; of those who were given a new one, the former; at times a relative's."""
    people, everyone, habits = desk.people, desk.everyone, desk.habits
    is_old = desk.is_old(habits.former_name)
    numbers = np.where(is_old, people.former_nhs_number, people.nhs_number)
    of_relative = desk.chance(habits.nhs_of_relative)
    numbers = np.where(of_relative, everyone.nhs_number[people.relative], numbers)
    numbers = np.where(desk.is_nameless, "", numbers)
    desk.change(numbers, habits.nhs_slip, slip_in_digits)
    if desk.agency.nhs_spaced:
        spaced = [f"{number[:3]} {number[3:6]} {number[6:]}".strip() for number in numbers]
        numbers = np.array(spaced, dtype=object)
    return desk.or_missing(numbers, habits.nhs_missing)
