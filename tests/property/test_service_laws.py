"""Laws of the upload: every call can be repeated, in any order, across restarts."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from linkage.agreement.statements import commitment
from linkage.crypto.secret import Secret
from linkage.errors import LinkageError
from linkage.ids import AgencyId, DatasetId
from linkage.matcher.service.clock import SystemClock
from tests.support.agreements import make_agreement
from tests.support.datasets import MadeDataset, make_dataset
from tests.support.services import ServedProject, started_services

WORLD = make_agreement()
AGREEMENT = WORLD.agreement
AGENCIES = AGREEMENT.agencies
CHUNK_COUNT = 3
VERSIONS = 2
DONE = "done"

DATASETS = {
    (agency, version): make_dataset(AGREEMENT, agency, seed=10 * number + version)
    for number, agency in enumerate(AGENCIES)
    for version in range(VERSIONS)
}
SIGNATURES = {
    made.id: WORLD.signing_keys[made.manifest.agency].sign(
        commitment(AGREEMENT.digest, made.manifest.agency, made.id)
    )
    for made in DATASETS.values()
}

datasets = st.sampled_from(sorted(DATASETS)).map(DATASETS.__getitem__)
indices = st.integers(0, CHUNK_COUNT)


@dataclass
class Upload:
    """What a matcher should know of one agency's dataset: the whole model."""

    dataset: DatasetId | None = None
    arrived: set[int] = field(default_factory=set)
    committed: bool = False


class UploadCalls(RuleBasedStateMachine):
    """Agencies call as they like, and the matcher restarts when it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.folder = Path(self.undo.enter_context(tempfile.TemporaryDirectory())) / "store"
        self.key = Secret.generate()
        self.uploads = {agency: Upload() for agency in AGENCIES}

    @initialize()
    def start(self) -> None:
        self.running = ExitStack()
        self.matcher: ServedProject = self.running.enter_context(
            started_services(WORLD, self.folder, self.key, SystemClock())
        )

    def teardown(self) -> None:
        self.running.close()
        self.undo.close()

    @rule()
    def restart(self) -> None:
        self.running.close()
        self.start()

    @rule(made=datasets)
    def open(self, made: MadeDataset) -> None:
        upload = self.uploads[made.manifest.agency]
        another = upload.dataset != made.id
        expected = "REQUEST_CONFLICT" if another and upload.committed else DONE
        assert outcome(lambda: self.matcher.open(made)) == expected
        if another and expected == DONE:
            self.uploads[made.manifest.agency] = Upload(made.id)

    @rule(made=datasets, index=indices, said_to_be=indices)
    def put_chunk(self, made: MadeDataset, index: int, said_to_be: int) -> None:
        upload = self.uploads[made.manifest.agency]
        payload = made.payloads[index % CHUNK_COUNT]
        is_right = said_to_be == index % CHUNK_COUNT
        if upload.dataset != made.id or said_to_be == CHUNK_COUNT:
            expected = "INVALID_REQUEST"
        elif is_right:
            expected = DONE
        else:
            expected = "WRONG_STATE" if upload.committed else "CHUNK_CORRUPT"
        caller = self.matcher.caller(made.manifest.agency)
        put = self.matcher.uploads.put_chunk
        assert outcome(lambda: put(caller, AGREEMENT, made.id, said_to_be, payload)) == expected
        if expected == DONE:
            upload.arrived.add(said_to_be)

    @rule(made=datasets, caller=st.sampled_from(AGENCIES))
    def commit(self, made: MadeDataset, caller: AgencyId) -> None:
        upload = self.uploads[made.manifest.agency]
        if upload.dataset != made.id or caller != made.manifest.agency:
            expected = "INVALID_REQUEST"
        else:
            expected = DONE if len(upload.arrived) == CHUNK_COUNT else "UPLOAD_INCOMPLETE"
        called = self.matcher.uploads.commit
        as_caller = self.matcher.caller(caller)
        signature = SIGNATURES[made.id]
        assert outcome(lambda: called(as_caller, AGREEMENT, made.id, signature)) == expected
        upload.committed |= expected == DONE

    @invariant()
    def matcher_knows_what_the_model_knows(self) -> None:
        for agency, upload in self.uploads.items():
            stored = self.matcher.store.datasets.of_agency(AGREEMENT.digest, agency)
            assert (stored.dataset if stored else None) == upload.dataset
            if upload.dataset is not None:
                caller = self.matcher.caller(agency)
                status = self.matcher.uploads.query(caller, AGREEMENT, upload.dataset)
                assert status.committed == upload.committed
                assert {*range(CHUNK_COUNT)} - {*status.missing_chunks} == upload.arrived


UploadCalls.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow],
)
TestUploadCalls = UploadCalls.TestCase


def outcome(act: Callable[[], object]) -> str:
    """`DONE`, or the reason why not."""
    try:
        act()
    except LinkageError as error:
        return error.reason.code
    return DONE


@settings(max_examples=10)
@given(order=st.permutations([*range(CHUNK_COUNT)] * 2), cut=st.integers(0, 2 * CHUNK_COUNT))
def test_chunks_may_come_in_any_order_twice_and_across_a_restart(
    order: list[int], cut: int
) -> None:
    made = DATASETS[AGENCIES[0], 0]
    key = Secret.generate()
    with tempfile.TemporaryDirectory() as folder:
        for part in (order[:cut], order[cut:]):
            with started_services(WORLD, Path(folder) / "store", key, SystemClock()) as matcher:
                matcher.open(made)
                for index in part:
                    matcher.put_chunk(made, index)
        with started_services(WORLD, Path(folder) / "store", key, SystemClock()) as matcher:
            matcher.commit(made)
            read = matcher.store.datasets.read_chunk
            assert tuple(read(made.id, index) for index in range(CHUNK_COUNT)) == made.payloads
