"""Another package called joml in the engine's place is told in a sentence, by every command and by the doctor."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import joml
from joml_tui.engine_origin import describe_other_distribution, describe_wrong_engine

OTHER = {
    "a package": {"joml/__init__.py": 'name = "joml"\n'},
    "a module": {"joml.py": "import math\n"},
    "a folder": {"joml/readme.txt": "no package\n"},
    "the article's library": {
        "joml/__init__.py": "",
        "joml/network.py": "class Network: ...\n",
        "joml/training/trainer.py": "",
    },
}


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def command(folder, *arguments):
    code = "import sys; from joml_tui.cli import main; sys.argv[0] = 'joml-tui'; main()"
    paths = f"{folder}{os.pathsep}{Path(__file__).parents[2]}"
    environment = {**os.environ, "PYTHONPATH": paths, "JOML_STORE": str(folder / "runs.db")}
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_engine_is_found_without_being_imported():
    assert describe_wrong_engine() == ""
    assert describe_other_distribution() == ""
    assert Path(joml.__file__).with_name("declaration.py").is_file()


@pytest.mark.parametrize("name", [name for name in OTHER if name != "a folder"])
def test_another_package_is_named(name, tmp_path, monkeypatch):
    write(tmp_path, OTHER[name])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "joml")
    description = describe_wrong_engine()
    assert str(tmp_path) in description
    assert "another package of that name" in description
    assert "pip uninstall joml joml-tui" in description


def test_commands_say_it_in_a_sentence(tmp_path):
    write(tmp_path, OTHER["a package"])
    done = command(tmp_path, "run", "xor", "--epochs", "1", "--no-store")
    assert done.returncode == 1
    assert done.stderr.startswith("joml-tui: import joml finds ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_doctor_notices(tmp_path):
    write(tmp_path, OTHER["a package"])
    write(tmp_path, {"joml-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: joml\nVersion: 1.0\n"})
    done = command(tmp_path, "doctor")
    assert done.returncode == 1
    lines = {line[7:].split("  ")[0].strip(): line for line in done.stdout.splitlines()}
    assert lines["import joml"].startswith("BROKEN")
    assert lines["package joml"].startswith("BROKEN")
    assert "joml 1.0 is installed too" in lines["package joml"]
