"""Standing: where a job is, told without moving it on."""

from linkage.errors import RequestError
from linkage.reasons import INVALID_REQUEST
from linkage_agent.job import Job
from linkage_agent.spool import SpooledDataset


def standing(job: Job) -> dict[str, str]:
    """A few words on each subject; nothing changes here or at the matcher.

    Raises:
        LinkageError: The matcher can't be asked.
    """
    status = job.transport.agreement_status()
    dataset = job.spool.load()
    facts = {
        "agreement": job.agreement.digest,
        "signed_by": ", ".join(status.signed_by) or "nobody yet",
        "project_secret": "made" if job.has_secret() else "not made yet",
        "dataset": dataset.id if dataset else "not encoded yet",
    }
    if dataset is not None:
        facts["records"] = str(dataset.manifest.record_count)
        facts["upload"] = "not approved yet"
        if job.is_approved(dataset):
            facts |= _at_matcher(job, dataset)
    return facts


def _at_matcher(job: Job, dataset: SpooledDataset) -> dict[str, str]:
    try:
        sent = job.transport.dataset_status(dataset.id)
    except RequestError as error:
        if error.reason is not INVALID_REQUEST:
            raise
        return {"upload": "approved, not begun"}  # the matcher has not heard of it
    if not sent.committed:
        return {"upload": f"{len(sent.missing_chunks)} chunks to be sent"}
    run = job.requested_run()
    if run is None:
        return {"upload": "sent", "run": "not asked for by this agency yet"}
    view = job.transport.run_view(run)
    approved = ", ".join(view.approved_by) or "nobody yet"
    return {"upload": "sent", "run": view.state.value, "release_approved_by": approved}
