"""What an import has finished survives a kill."""

import pytest

from cli.errors import CommandError
from cli.sales.journal import JobResult, JobStatus, Journal
from tests.factories.product import LUMEN, SAKURA

DONE = JobResult("order:1", JobStatus.DONE, order_id="abc")
CANCELLED = JobResult("order:2", JobStatus.CANCELLED, "PAYMENT_DECLINED", "def")


def test_results_are_read_back_in_the_order_in_which_they_ended(tmp_path):
    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        journal.record(CANCELLED)
        journal.record(DONE)

    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        assert list(journal.finished.values()) == [CANCELLED, DONE]


def test_a_failure_is_not_remembered(tmp_path):
    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        journal.record(JobResult("order:1", JobStatus.FAILED, "later"))

    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        assert journal.finished == {}


@pytest.mark.parametrize("torn_at", range(2, 60))
def test_a_torn_last_line_loses_only_itself(tmp_path, torn_at):
    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        journal.record(DONE)
        journal.record(CANCELLED)
    content = journal.path.read_bytes()
    journal.path.write_bytes(content[:-torn_at])

    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        assert journal.finished == {"order:1": DONE}
        journal.record(CANCELLED)
    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        assert list(journal.finished.values()) == [DONE, CANCELLED]


def test_files_and_tenants_have_journals_of_their_own(tmp_path):
    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        journal.record(DONE)

    with Journal.open(tmp_path, "other", LUMEN) as other_file, Journal.open(tmp_path, "digest", SAKURA) as other_tenant:
        assert (other_file.finished, other_tenant.finished) == ({}, {})


def test_a_second_import_of_the_same_file_is_refused_while_the_first_runs(tmp_path):
    refused = pytest.raises(CommandError, match="is being imported by another process")
    with Journal.open(tmp_path, "digest", LUMEN), refused:
        Journal.open(tmp_path, "digest", LUMEN)

    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        assert journal.finished == {}


def test_a_forgotten_journal_begins_anew(tmp_path):
    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        journal.record(DONE)
        journal.forget()
        journal.record(CANCELLED)

    with Journal.open(tmp_path, "digest", LUMEN) as journal:
        assert list(journal.finished.values()) == [CANCELLED]
