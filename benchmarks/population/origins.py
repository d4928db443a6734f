"""Origins of name: the names that families of one origin bear, and their naming customs.

The names themselves are data, one TOML file an origin in `names/`, common ones first. What
families do with them (who takes whose name, what stands second) is here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

NAMES_FOLDER: Final = Path(__file__).parent / "names"

TextArray = npt.NDArray[np.object_]
"""Text values as Python strings in a numpy array, so that they can be picked by index."""

ZIPF_EXPONENT: Final = 0.85
ZIPF_SHIFT: Final = 3
"""The name of rank 0, 1, ... r is drawn in proportion to 1 / (r + 1 + 3) ** 0.85: a few names are
everywhere, most are rare (the law of Zipf and Mandelbrot)."""
TAIL_SHARE: Final = 0.55
"""Share of English families that bear one of the composed, rare names: so Smith, as in the
country, has one or two in a hundred."""


class FamilyRule(Enum):
    """What the children of a couple are called."""

    FATHERS = auto()
    """The father's family name."""
    BOTH_PARENTS = auto()
    """The mother's last, then the father's last family name."""
    LINEAGE = auto()
    """No family name: the father's given name, then the grandfather's."""


class SecondName(Enum):
    """What stands between the given and the family name."""

    ANOTHER = auto()
    """Another given name."""
    FATHERS = auto()
    """The father's given name."""
    RELIGIOUS = auto()
    """Singh or Kaur, which may also stand in place of a family name."""
    ENGLISH = auto()
    """An English given name, used beside the first."""


@dataclass(frozen=True, slots=True)
class Custom:
    """Naming customs of one origin; all rates are shares of the people they apply to.

    Attributes:
        share: share of the region's households.
        wife_takes: wives who take the husband's family name.
        wife_joins: wives who add it to their own with a hyphen.
        second_rate: people with a second name.
        prefix_rate: men whose first name is the prefix, with their own name second.
        own_family_rate: women with a name of their own in place of a family name.
        alike_twins: twins of one sex whose parents gave them names that sound alike.
        misspelt: how much likelier than an English name clerks here misspell one of this origin.
        swapped: how much likelier they take the given name for the family name.
    """

    share: float
    wife_takes: float
    wife_joins: float = 0.03
    second_rate: float = 0.75
    second: SecondName = SecondName.ANOTHER
    family: FamilyRule = FamilyRule.FATHERS
    prefix_rate: float = 0.0
    own_family_rate: float = 0.0
    alike_twins: float = 0.25
    misspelt: float = 1.5
    swapped: float = 1.0


CUSTOMS: Final[Mapping[str, Custom]] = {
    "english": Custom(share=0.560, wife_takes=0.82, wife_joins=0.06, misspelt=1.0),
    "scottish": Custom(share=0.050, wife_takes=0.80, wife_joins=0.05, misspelt=1.0),
    "welsh": Custom(share=0.050, wife_takes=0.82, wife_joins=0.05, misspelt=1.2),
    "irish": Custom(share=0.050, wife_takes=0.75, wife_joins=0.05, misspelt=1.2),
    "pakistani": Custom(
        share=0.060,
        wife_takes=0.35,
        second_rate=0.25,
        prefix_rate=0.35,
        own_family_rate=0.40,
        swapped=2.0,
    ),
    "hindu": Custom(
        share=0.035, wife_takes=0.80, second_rate=0.6, second=SecondName.FATHERS, alike_twins=0.4
    ),
    "polish": Custom(share=0.030, wife_takes=0.80, second_rate=0.4),
    "caribbean": Custom(share=0.030, wife_takes=0.70, wife_joins=0.06, misspelt=1.0),
    "west_african": Custom(
        share=0.035, wife_takes=0.75, second_rate=0.85, alike_twins=0.5, swapped=2.0
    ),
    "sikh": Custom(
        share=0.025,
        wife_takes=0.75,
        second_rate=1.0,
        second=SecondName.RELIGIOUS,
        alike_twins=0.6,
    ),
    "bangladeshi": Custom(
        share=0.025,
        wife_takes=0.15,
        second_rate=0.2,
        prefix_rate=0.45,
        own_family_rate=0.65,
        swapped=2.0,
    ),
    "chinese": Custom(
        share=0.015,
        wife_takes=0.10,
        second_rate=0.45,
        second=SecondName.ENGLISH,
        alike_twins=0.4,
        swapped=4.0,
    ),
    "arabic": Custom(
        share=0.010,
        wife_takes=0.10,
        second_rate=0.8,
        second=SecondName.FATHERS,
        alike_twins=0.4,
        swapped=2.0,
    ),
    "somali": Custom(
        share=0.010,
        wife_takes=0.02,
        wife_joins=0.0,
        second_rate=1.0,
        second=SecondName.FATHERS,
        family=FamilyRule.LINEAGE,
        swapped=2.0,
    ),
    "romanian": Custom(share=0.005, wife_takes=0.80, second_rate=0.5),
    "portuguese": Custom(
        share=0.005, wife_takes=0.40, second_rate=0.5, family=FamilyRule.BOTH_PARENTS
    ),
    "turkish": Custom(share=0.005, wife_takes=0.85, second_rate=0.3),
}
"""A large, mixed city: more origins than the country as a whole, so that each can be judged."""


@dataclass(frozen=True, slots=True)
class NamePool:
    """Names to draw from, with each one's share."""

    names: TextArray
    shares: npt.NDArray[np.float64]

    def draw(self, rng: np.random.Generator, count: int) -> TextArray:
        """So many names, drawn independently."""
        return self.names[rng.choice(len(self.names), size=count, p=self.shares)]


@dataclass(frozen=True, slots=True)
class Origin:
    """One origin of name.

    Attributes:
        given: given names by (is female, is born before `OLDER_BEFORE`).
        variants: other spellings of a name, as a clerk might write it.
        nicknames: short and pet forms of given names.
        named: single names with a place of their own, such as `male_prefix`.
        twins: by whether they are girls, pairs of names that twins are given by custom.
    """

    name: str
    custom: Custom
    given: Mapping[tuple[bool, bool], NamePool]
    family: NamePool
    female_family: NamePool | None
    english: Mapping[bool, NamePool]
    nicknames: Mapping[str, tuple[str, ...]]
    variants: Mapping[str, tuple[str, ...]]
    named: Mapping[str, str] = field(default_factory=dict)
    twins: Mapping[bool, tuple[tuple[str, str], ...]] = field(default_factory=dict)


def load_origins() -> tuple[Origin, ...]:
    """Every origin, in the order of `CUSTOMS`."""
    return tuple(_load(name, custom) for name, custom in CUSTOMS.items())


def _load(name: str, custom: Custom) -> Origin:
    document = tomllib.loads((NAMES_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    lists = {key: value for key, value in document.items() if isinstance(value, list)}
    both = lists.get("unisex", [])
    female, male = lists.get("female", both), lists.get("male", both)
    return Origin(
        name=name,
        custom=custom,
        given={
            (True, False): _pool(female),
            (False, False): _pool(male),
            (True, True): _pool(lists.get("older_female", female)),
            (False, True): _pool(lists.get("older_male", male)),
        },
        family=_family_pool(lists),
        female_family=_pool(lists["female_family"]) if "female_family" in lists else None,
        english={
            is_female: _pool(lists[key])
            for is_female, key in ((True, "female_english"), (False, "male_english"))
            if key in lists
        },
        nicknames={key: tuple(forms) for key, forms in document["nicknames"].items()},
        variants={key: tuple(forms) for key, forms in document["spellings"].items()},
        named={key: value for key, value in document.items() if isinstance(value, str)},
        twins={
            is_female: tuple((first, second) for first, second in document.get(key, []))
            for is_female, key in ((True, "female_twins"), (False, "male_twins"))
        },
    )


def _pool(names: list[str]) -> NamePool:
    return NamePool(np.array(names, dtype=object), _zipf(len(names)))


def _family_pool(lists: Mapping[str, list[str]]) -> NamePool:
    """The listed family names and, where there are stems, the tail of composed ones."""
    listed = lists["family"]
    known = set(listed)
    composed = [
        stem + ending
        for ending in lists.get("family_endings", [])
        for stem in lists.get("family_stems", [])
        if stem + ending not in known
    ]
    if not composed:
        return _pool(listed)
    tail = np.full(len(composed), TAIL_SHARE / len(composed))
    shares = np.concatenate([(1 - TAIL_SHARE) * _zipf(len(listed)), tail])
    return NamePool(np.array(listed + composed, dtype=object), shares)


def _zipf(count: int) -> npt.NDArray[np.float64]:
    weights = 1.0 / (np.arange(1, count + 1) + ZIPF_SHIFT) ** ZIPF_EXPONENT
    shares: npt.NDArray[np.float64] = weights / weights.sum()
    return shares
