"""What all tests share."""

import os

import pytest


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
