"""What all tests share."""

import os

import hypothesis
import pytest

# How long an example takes says more of what else the machine does than of the code.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


@pytest.fixture(autouse=True, scope="session")
def store_of_its_own(tmp_path_factory):
    """Let no test write into the user's own store of runs, nor any process that a test starts."""
    before = os.environ.get("JOML_STORE")
    os.environ["JOML_STORE"] = str(tmp_path_factory.mktemp("store") / "runs.db")
    yield
    if before is None:
        del os.environ["JOML_STORE"]
    else:
        os.environ["JOML_STORE"] = before
