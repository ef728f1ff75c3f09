"""Which `Accept` headers ask for an answer in parts, and in which format."""

import pytest

from router.execution.incremental.formats import IncrementalFormat
from router.multipart import incremental_format


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, None),
        ("", None),
        ("*/*", None),
        ("application/json", None),
        ("multipart/form-data", None),
        ("multipart/mixed;q=0, application/json", None),
        ("multipart/mixed; q=0.0, application/json", None),
        ("multipart/mixed", IncrementalFormat.CURRENT),
        ("application/json, multipart/mixed; q=0.5", IncrementalFormat.CURRENT),
        ("multipart/mixed;incrementalSpec=v0.2, application/json", IncrementalFormat.CURRENT),
        ('Multipart/Mixed; incrementalSpec="v0.2"', IncrementalFormat.CURRENT),
        ("multipart/mixed;incrementalDeliverySpec=3283f8a", IncrementalFormat.CURRENT),
        ("multipart/mixed;deferSpec=20220824, application/graphql-response+json", IncrementalFormat.OLDER),
        ('multipart/mixed; boundary="-"; deferSpec=20220824', IncrementalFormat.OLDER),
        ("multipart/mixed;deferSpec=20220824;q=0, multipart/mixed;incrementalSpec=v0.2", IncrementalFormat.CURRENT),
    ],
)
def test_the_accept_header_decides_the_format(accept: str | None, expected: IncrementalFormat | None):
    assert incremental_format(accept) is expected
