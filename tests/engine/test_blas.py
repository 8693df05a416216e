"""Which training steps need BLAS to be limited to one thread."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from joml.compiled import blas
from joml.compiled.blas import ThreadLimit, limit_for_step

#: Counts the clock ticks of all threads but the main one, while BLAS may take two, over products of the given lengths.
_PROGRAM = """
import os, sys, time
os.environ["OPENBLAS_NUM_THREADS"] = "2"
import numpy as np

def ticks():
    others = [task for task in os.listdir("/proc/self/task") if int(task) != os.getpid()]
    stats = [open(f"/proc/self/task/{task}/stat").read().rsplit(")", 1)[1].split() for task in others]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats)

before = -1
while before != (before := ticks()):  # new threads look for work for a while
    time.sleep(0.3)

for lengths in sys.argv[1:]:
    rows, inner, columns = map(int, lengths.split("x"))
    before = ticks()
    for dtype in (np.float32, np.float64):
        a, b, out = np.ones((rows, inner), dtype), np.ones((inner, columns), dtype), np.empty((rows, columns), dtype)
        transposed = np.ones((columns, inner), dtype).T
        for _ in range(1000 if rows * inner * columns < 1e6 else 40):
            np.matmul(a, b, out)
            np.matmul(a, transposed, out)
    print(ticks() - before)
"""


@pytest.mark.parametrize("sizes", [(14, 28, 28, 28, 28, 28, 28, 4), (14, 100, 40, 4), (2, 1)])
def test_steps_of_small_networks_need_no_limit(sizes, monkeypatch):
    monkeypatch.setattr(blas, "_only_openblas", lambda: True)
    assert not isinstance(limit_for_step(sizes, 32), ThreadLimit)


@pytest.mark.parametrize(
    ("sizes", "samples"),
    [
        ((784, 100, 10), 32),  # 78,500 parameters
        ((14, 100, 40, 4), 256),  # a million multiplications in one product
        ((2, 3, 2), 4000),  # the sum of the squares of 12,000 outputs
        ((300, 1), 32),  # one row is a vector
    ],
)
def test_steps_that_openblas_may_share_out_are_limited(sizes, samples, monkeypatch):
    monkeypatch.setattr(blas, "_only_openblas", lambda: True)
    assert isinstance(limit_for_step(sizes, samples), ThreadLimit)


def test_another_blas_is_always_limited(monkeypatch):
    monkeypatch.setattr(blas, "_only_openblas", lambda: False)
    assert isinstance(limit_for_step((2, 3, 2), 4), ThreadLimit)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads' times are counted by Linux")
@pytest.mark.skipif(not blas._only_openblas(), reason="NumPy has another BLAS")
def test_openblas_computes_small_products_on_the_calling_thread():
    small = ("100x41x48", "40x101x49", "2x2x49999", "1x280x32", "32x280x1")
    for lengths in small:
        rows, inner, columns = map(int, lengths.split("x"))
        assert blas._is_small(rows, inner, columns)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *small, "256x512x256"], capture_output=True, text=True, check=True
    )
    *ticks, large = map(int, done.stdout.split())
    assert ticks == [0] * len(small)
    if len(os.sched_getaffinity(0)) > 1:
        assert large > 0
