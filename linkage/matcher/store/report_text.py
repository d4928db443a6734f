"""A run's report as bytes, for the store alone: nobody else reads or writes this form."""

import json
from dataclasses import asdict
from typing import Any

from linkage.exchange.report import (
    Estimate,
    EvidenceBar,
    PairQuality,
    Quality,
    RunReport,
    SegmentWeight,
)
from linkage.ids import AgencyId


def write_report(report: RunReport) -> bytes:
    """The report as JSON."""
    return json.dumps(asdict(report)).encode()


def read_report(content: bytes) -> RunReport:
    """The report that `write_report` wrote."""
    document = json.loads(content)
    overall = document["overall"]
    return RunReport(
        threshold=document["threshold"],
        overall=None if overall is None else _quality(overall),
        pairs=tuple(
            PairQuality(AgencyId(pair["left"]), AgencyId(pair["right"]), _quality(pair["quality"]))
            for pair in document["pairs"]
        ),
        bars=tuple(EvidenceBar(**bar) for bar in document["bars"]),
        weights=tuple(SegmentWeight(**weight) for weight in document["weights"]),
        warnings=tuple(document["warnings"]),
    )


def _quality(document: dict[str, Any]) -> Quality:
    return Quality(
        matches=Estimate(**document["matches"]),
        precision=Estimate(**document["precision"]),
        recall=Estimate(**document["recall"]),
        accepted=document["accepted"],
        candidate_recall=document["candidate_recall"],
    )
