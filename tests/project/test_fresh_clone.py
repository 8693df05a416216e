"""The first command on a fresh machine: a clone without an environment, and no terminal."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("make"), reason="needs a git checkout and make")
def test_make_run_installs_and_trains_and_does_both_at_once_the_second_time(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "MAKE"))}
    environment["PIP_NO_COMPILE"] = "1"  # of all that is installed, a training imports a tenth

    def make_run():
        return subprocess.run(
            ["make", "run"],
            cwd=clone,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    first = make_run()
    assert first.returncode == 0, first.stdout + first.stderr
    assert "14-100-40-4" in first.stdout
    assert "finished" in first.stdout
    second = make_run()
    assert second.returncode == 0
    assert "finished" in second.stdout
    assert "install" not in second.stdout
