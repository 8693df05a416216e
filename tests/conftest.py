"""What all tests share."""

import gc
import os
import signal
import sys

import hypothesis
import pytest

# How long an example takes says more of what else the machine does than of the code.
hypothesis.settings.register_profile("any machine", deadline=None, max_examples=50)
hypothesis.settings.load_profile("any machine")

# Compiled once: otherwise each process that a test starts, and there are hundreds, compiles the whole product anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Threads of BLAS and of OpenMP wait for each other by computing: where tests run side by side, trainings of a few units
# in torch or scikit-learn cost eight times as much of the processors with two threads as with one.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# Shells start what runs in the background without Ctrl-C, and every process that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Take what all tests leave alone, a million objects, out of each full collection."""
    gc.collect()
    gc.freeze()


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
