"""Python's garbage collector leaves alone what stays as long as the lab."""

import subprocess
import sys

FULL_COLLECTION = """
import gc
from joml_tui.ui.gc_tuning import spare_what_stays
kept = [[place] for place in range(300_000)]
spare_what_stays()
visited = len(gc.get_objects())
later = [[]]
later[0].append(later)
del later
print(visited, gc.collect() > 0, gc.get_threshold()[0] >= 700)
"""


def test_what_stays_is_not_visited_and_later_garbage_still_found():
    completed = subprocess.run([sys.executable, "-c", FULL_COLLECTION], capture_output=True, text=True, check=True)
    visited, later_found, rarer = completed.stdout.split()
    assert int(visited) < 1_000
    assert (later_found, rarer) == ("True", "True")
