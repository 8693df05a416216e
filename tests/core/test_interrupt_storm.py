"""A few presses of the storm of interruptions: whatever moment they hit, a command ends well."""

import sys
from pathlib import Path

import pytest
from interrupt_storm import CASES, Counts, attempt, judge, table, write_files

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc"),
]
PROGRAM = str(Path(sys.executable).with_name("joml-tui"))


@pytest.mark.parametrize("moments", [(0.25,), (1.0, 1.001, 1.003)], ids=["once", "three times"])
@pytest.mark.parametrize("name", ["run", "queue", "run, old store", "lab"])
def test_ctrl_c_ends_a_command_well(tmp_path, name, moments):
    (case,) = (each for each in CASES if each.name == name)
    write_files(tmp_path / "template")
    ended = attempt(case, tmp_path / "template", tmp_path / "try", PROGRAM, moments)
    counts = Counts()
    judge(case, ended, tmp_path / "try", counts, moments, start=0.1)
    assert not counts.faults, ended.text
    assert ended.code is not None


def test_the_storm_finds_what_it_looks_for(tmp_path):
    write_files(tmp_path)
    bad = tmp_path / "bad.py"
    bad.write_text(
        f"#!{sys.executable}\n"
        "import os\n"
        "open('tmp/left', 'w').close()\n"
        "print('Traceback: joml', flush=True)\n"
        "os._exit(3)\n"
    )
    bad.chmod(0o755)
    ended = attempt(CASES[0], tmp_path, tmp_path.with_name("try"), str(bad), ())
    counts = Counts()
    judge(CASES[0], ended, tmp_path.with_name("try"), counts, (1.0,), start=0.1)
    assert {"traceback", "exit code 3", "file left over"} <= set(counts.faults)
    assert "traceback" in table({"bad": counts})
