"""Links two files in plaintext with recordlinkage, without labels. Runs in its environment.

As its documentation teaches: candidate pairs from several blocks, string similarities with a
threshold for each field, the unsupervised ECM classifier over them. Two things more, without which
the classifier often takes a block for the matches: pairs that agree on one field only are dropped
before it, and full agreement is a feature beside likeness. Its one-to-one selection takes pairs in
order of match probability, and of summed similarity where that ties.

Usage: python link.py FOLDER, which holds left.csv, right.csv and fields.json (name to kind).
Writes links.json there.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import recordlinkage  # type: ignore[import-not-found]  # in this environment only
from recordlinkage.preprocessing import clean  # type: ignore[import-not-found]

SIMILARITIES = {
    "given-name": ("jarowinkler", 0.85),
    "family-name": ("jarowinkler", 0.85),
    "address": ("jarowinkler", 0.85),
    "place": ("jarowinkler", 0.85),
    "date": ("damerau_levenshtein", 0.75),
    "postcode": ("damerau_levenshtein", 0.75),
    "sex": ("levenshtein", 1.0),
}
"""Method and threshold by kind of field. 0.85 is the documentation's for names; for dates (eight
digits) and postcodes 0.75 lets one or two slips pass."""
BLOCKED_KINDS = ("given-name", "family-name", "date", "postcode")
"""A pair that agrees exactly on any of these is a candidate."""
LEAST_ALIKE = 2
"""Fields other than sex on which a pair must be alike to be classified."""
MATCH_PROBABILITY = 0.5


def main(folder: Path) -> None:
    """Links the two files."""
    started = time.perf_counter()
    fields = json.loads((folder / "fields.json").read_text(encoding="utf-8"))
    left, right = (_read(folder / f"{side}.csv", fields) for side in ("left", "right"))
    similarities = _compare(left, right, fields)
    features = _features(similarities, fields)
    classifier = recordlinkage.ECMClassifier()
    classifier.fit(features)
    probabilities = classifier.prob(features).fillna(0.0)  # of what it can't tell
    summed = similarities.sum(axis=1).loc[features.index]
    order = (
        pd.DataFrame({"probability": probabilities, "sum": summed})
        .sort_values(["probability", "sum"], ascending=False)
        .index
    )
    linked = recordlinkage.OneToOneLinking(method="greedy").compute(order)
    links = {
        "classified": _rows(probabilities[probabilities >= MATCH_PROBABILITY].index),
        "linked": _rows(linked),
        "probabilities": probabilities.loc[linked].tolist(),
        "seconds": time.perf_counter() - started,
        "versions": {name: version(name) for name in ("recordlinkage", "pandas", "scikit-learn")},
    }
    (folder / "links.json").write_text(json.dumps(links), encoding="utf-8")


def _read(path: Path, fields: dict[str, str]) -> pd.DataFrame:
    """The file with its values cleaned as the library does it; missing ones are None."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, index_col="row")
    table.index = table.index.astype(int)
    for name, kind in fields.items():
        column = table[name].mask(table[name] == "")
        if kind in {"date", "postcode"}:
            table[name] = column.str.replace(r"[\s-]", "", regex=True).str.upper()
        else:
            table[name] = clean(column, strip_accents="unicode")
    return table.mask(table == "")


def _compare(left: pd.DataFrame, right: pd.DataFrame, fields: dict[str, str]) -> pd.DataFrame:
    indexer = recordlinkage.Index()
    for name, kind in fields.items():
        if kind in BLOCKED_KINDS:
            indexer.block(name)
    comparison = recordlinkage.Compare()
    for name, kind in fields.items():
        comparison.string(name, name, method=SIMILARITIES[kind][0], label=name)
    similarities: pd.DataFrame = comparison.compute(indexer.index(left, right), left, right)
    return similarities


def _features(similarities: pd.DataFrame, fields: dict[str, str]) -> pd.DataFrame:
    """Likeness and full agreement on each field as 0 or 1: what the classifier's start is for."""
    thresholds = pd.Series({name: SIMILARITIES[kind][1] for name, kind in fields.items()})
    alike = similarities >= thresholds
    telling = [name for name, kind in fields.items() if kind != "sex"]
    kept = alike[telling].sum(axis=1) >= LEAST_ALIKE
    agreed = (similarities[telling] == 1.0).add_suffix(" agreed")
    features = pd.concat([alike, agreed], axis=1)[kept].astype(int)
    return features.loc[:, features.any() & ~features.all()]


def _rows(index: pd.MultiIndex) -> list[list[int]]:
    return [[int(left), int(right)] for left, right in index]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
