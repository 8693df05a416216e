"""The current folder may be deleted while a program works in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import document

from joml_tui.working_folder import working_folder

COMMAND = Path(sys.executable).with_name("joml-tui")


@pytest.fixture
def gone(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PWD", str(folder))
    yield folder
    os.chdir(tmp_path)


def test_it_is_the_one_of_the_program_and_a_deleted_one_keeps_its_path(gone, monkeypatch):
    assert working_folder() == gone
    gone.rmdir()
    assert working_folder() == gone
    monkeypatch.setenv("PWD", str(gone.parent))  # of a program that has gone elsewhere since
    assert not working_folder().exists()
    monkeypatch.delenv("PWD")
    assert not working_folder().exists()


@pytest.mark.slow
def test_a_run_in_a_deleted_folder_is_recorded_and_its_export_is_refused_by_name(gone, tmp_path):
    store = tmp_path / "runs.db"
    begin = 'cd "$1"; rmdir "$1"; shift; exec "$@"'

    def given(*arguments):
        folder = tmp_path / "here"
        folder.mkdir(exist_ok=True)
        line = ["sh", "-c", begin, "sh", folder, COMMAND, *arguments, "--store", store]
        return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)

    trained = given("run", "xor", "--epochs", "1", "--quiet")
    assert (trained.returncode, trained.stderr) == (0, "")
    assert document("runs", "list", store=store)["state"] == "finished"
    for arguments in (["runs", "export", "1"], ["runs", "export", "1", "--output", "a.csv"], ["inspect", "a.csv"]):
        refused = given(*arguments)
        assert refused.returncode in (1, 2)
        assert "--debug" not in refused.stderr
    assert "here" in given("runs", "export", "1").stderr
