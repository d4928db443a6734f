"""Made-up people for tests of the decision engine: families and homes, recorded by clerks who slip.

    everyone = make_people(2_000)                 # the population's people, as a table of text
    ours = recorded(everyone.take(rows), seed=1)  # one agency's view of some of them
    dataset = encode_people(SCHEMA, ours, …)      # its encodings, in the order of the table

Encodings are made by the agents' own code, under one secret that never changes: what is found in so
few records depends a little on which bits meet, and a test's outcome must not.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from benchmarks.population import people
from benchmarks.population.origins import load_origins
from benchmarks.population.slips import misspell
from linkage.agreement.model import Accept, Candidates, MatchPolicy
from linkage.agreement.schema import EncodingSchema, FieldKind, Reveals, TokenKind
from linkage.arrays import EncodingMatrix
from linkage.crypto.secret import Secret
from linkage_agent.pii.encode import encode
from tests.support.columns import make_columns, make_field, make_schema

SECRET: Final = Secret(bytes(range(32)))

NAME_TOKENS: Final = {
    TokenKind.SHARED_BIGRAMS: 8,
    TokenKind.SHARED_WORDS: 8,
    TokenKind.PHONETIC: 3,
    TokenKind.INITIAL: 4,
}
GIVEN: Final = make_field("given", FieldKind.GIVEN_NAME, NAME_TOKENS | {TokenKind.NICKNAME: 6})
FAMILY: Final = make_field("family", FieldKind.FAMILY_NAME, NAME_TOKENS)
BIRTH: Final = make_field(
    "birth",
    FieldKind.DATE,
    {TokenKind.DATE_PARTS: 10, TokenKind.YEAR_NEIGHBOURS: 4, TokenKind.WHOLE: 10},
)
SEX: Final = make_field("sex", FieldKind.SEX, {TokenKind.WHOLE: 16})
POSTCODE: Final = make_field(
    "postcode",
    FieldKind.POSTCODE,
    {TokenKind.BIGRAMS: 6, TokenKind.POSTCODE_PARTS: 6, TokenKind.WHOLE: 10},
)
ADDRESS: Final = make_field(
    "address",
    FieldKind.ADDRESS,
    {TokenKind.BIGRAMS: 3, TokenKind.WORDS: 6, TokenKind.NUMBERS: 12},
)
CODE: Final = make_field("code", FieldKind.CODE, {TokenKind.BIGRAMS: 8, TokenKind.WHOLE: 10})
FIELDS: Final = (GIVEN, FAMILY, BIRTH, SEX, POSTCODE, ADDRESS)
SCHEMA: Final = make_schema(*FIELDS, reveals=Reveals.FIELD_LIKENESS, length_bits=512)
BALANCE: Final = MatchPolicy(Accept.BALANCE, None, Candidates.ALL_PAIRS)


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """People as text; None is missing.

    Attributes:
        columns: a column for each field.
        persons: who each row is.
        homes: the household of each row.
    """

    columns: dict[str, list[str | None]]
    persons: tuple[int, ...]
    homes: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.persons)

    def __repr__(self) -> str:
        return f"Table({len(self)} people)"

    def take(self, rows: Iterable[int]) -> Self:
        """Some of the rows, in this order; a row may come twice."""
        chosen = [int(row) for row in rows]
        return replace(
            self,
            columns={name: [held[row] for row in chosen] for name, held in self.columns.items()},
            persons=tuple(self.persons[row] for row in chosen),
            homes=tuple(self.homes[row] for row in chosen),
        )

    def having(self, **columns: Sequence[str | None] | str | None) -> Self:
        """The same with other values in some columns: one for each row, or one for all."""
        filled = {
            name: [held] * len(self) if held is None or isinstance(held, str) else list(held)
            for name, held in columns.items()
        }
        return replace(self, columns=self.columns | filled)


def make_people(count: int, seed: int = 1) -> Table:
    """So many people of a region, household by household; `seed` draws another region."""
    region = people.make_people(np.random.default_rng(seed), count, load_origins())
    return Table(
        columns={
            "given": region.given.tolist(),
            "family": region.family.tolist(),
            "birth": region.birth.astype(str).tolist(),
            "sex": np.where(region.is_female, "female", "male").tolist(),
            "postcode": region.dwellings.postcodes[region.home].tolist(),
            "address": region.dwellings.lines[region.home].tolist(),
        },
        persons=tuple(range(count)),
        homes=tuple(region.household.tolist()),
    )


def recorded(table: Table, seed: int, slips: float = 0.08, moves: float = 0.1) -> Table:
    """The same people as clerks write them down.

    Args:
        table: as they are.
        seed: of the clerks.
        slips: share of values, but for sex, that are written wrongly; half as many are missing.
        moves: share of people who are recorded at the address of somebody else.
    """
    rng = np.random.default_rng(seed)
    columns = {name: list(values) for name, values in table.columns.items()}
    for row in np.flatnonzero(rng.random(len(table)) < moves).tolist():
        other = int(rng.integers(len(table)))
        for name in ("postcode", "address"):
            columns[name][row] = table.columns[name][other]
    for name, values in columns.items():
        for row, value in enumerate(values):
            if value is not None and rng.random() < slips / 2:
                values[row] = None
            elif value is not None and name != "sex" and rng.random() < slips:
                values[row] = _miswritten(rng, name, value)
    return replace(table, columns=columns)


def _miswritten(rng: np.random.Generator, name: str, value: str) -> str:
    if name != "birth":
        return misspell(rng, value)
    year, month, day = value.split("-")
    if rng.random() < 0.5 and int(day) <= 12:
        return f"{year}-{day}-{month}"
    return f"{year}-{month}-{rng.integers(1, 29):02}"


def encode_people(
    tables: Sequence[Table], schema: EncodingSchema = SCHEMA
) -> tuple[EncodingMatrix, ...]:
    """Each table's encodings, under one secret and in the order of its rows."""
    encodings = []
    for table in tables:
        encoded = encode(make_columns(table.columns), schema, SECRET, 1, secrets.token_bytes)
        assert len(encoded) == len(table), "a row was withheld"
        rows = np.empty_like(encoded.encodings.rows)
        rows[encoded.row_of_record] = encoded.encodings.rows
        encodings.append(EncodingMatrix(rows))
    return tuple(encodings)
