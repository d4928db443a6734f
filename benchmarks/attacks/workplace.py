"""The workplace of a run: people and encodings, made once for all attacks."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.attacks.encodings import Encoded, Encoding, encode_people
from benchmarks.attacks.people import ATTACKED, Held, Region, read_region, write_region
from benchmarks.attacks.scene import Scene, Sizes, make_scene
from linkage.agreement.schema import Reveals

PEOPLE_SEED: Final = 1
AGENCIES_SECRET: Final = 1
ATTACKERS_SECRET: Final = 2
SCENE_SEED: Final = 3
"""Who is sent, known and a target."""


@dataclass(slots=True)
class Workplace:
    """Where a run keeps what it made.

    Attributes:
        folder: empty at first; for the agencies' extracts.
        people: on the attacker's list: the records of one agency.
        quick: whether smaller sizes will do.
    """

    folder: Path
    people: int
    quick: bool
    _regions: dict[Reveals, Region] = field(default_factory=dict)
    _latest: tuple[Encoding, Encoded, Encoded] | None = None

    def region(self, reveals: Reveals) -> Region:
        """The agencies, with the schema proposed at a level."""
        if not any(self.folder.iterdir()):
            write_region(self.folder, self.people, PEOPLE_SEED)
        if reveals not in self._regions:
            self._regions[reveals] = read_region(self.folder, reveals)
        return self._regions[reveals]

    def attacked(self, encoding: Encoding) -> Held:
        """The agency whose encodings are attacked."""
        return self.region(encoding.reveals).agencies[ATTACKED]

    def encoded(self, encoding: Encoding) -> tuple[Encoded, Encoded]:
        """What the agency sends, and what the attacker makes of the same people.

        Kept until another encoding is asked for.
        """
        if self._latest is None or self._latest[0] is not encoding:
            schema = self.region(encoding.reveals).schema
            columns = self.attacked(encoding).columns
            sent, own = (
                encode_people(columns, schema, encoding, seed)
                for seed in (AGENCIES_SECRET, ATTACKERS_SECRET)
            )
            self._latest = encoding, sent, own
        return self._latest[1:]

    def scene(self, encoding: Encoding, sizes: Sizes) -> Scene:
        """A view of the encoding, always of the same records for the same sizes."""
        sent, own = self.encoded(encoding)
        rng = np.random.default_rng(SCENE_SEED)
        return make_scene(self.attacked(encoding).columns, sent, own, sizes, rng)
