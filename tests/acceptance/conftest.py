"""One running product for all acceptance tests that only need the usual topology."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.product import RunningProduct
from tests.factories.product import running_product as started


@pytest.fixture(scope="session")
def running_product() -> Iterator[RunningProduct]:
    state = Path(tempfile.mkdtemp(prefix="retailflow-product-"))
    state.chmod(0o711)
    with started(state) as product:
        yield product
    shutil.rmtree(state, ignore_errors=True)
