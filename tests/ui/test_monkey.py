"""Random keys, pastes, mouse and resizes at the real lab: see `monkey`, which plays a failing seed again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
#: `make attack` sends many times as many, of ten seeds.
EVENTS = 600
#: A machine that runs tests beside it lets nobody answer within two seconds; the command is stricter.
PATIENCE = 20


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("seed", "pace"), [(11, []), (12, ["--paced"])], ids=["11", "12 paced"])
def test_no_key_ends_the_lab(seed, pace):
    """At full speed a training takes a whole processor for as long as the test: one seed is enough for that."""
    command = [sys.executable, "-m", "tests.ui.monkey", "--seed", str(seed), "--events", str(EVENTS), *pace]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "engine")])}
    done = subprocess.run(
        [*command, "--patience", str(PATIENCE)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
