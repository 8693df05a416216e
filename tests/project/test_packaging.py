"""The package as others install it: its extras, its classifiers, and the two ways to start it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from joml_tui import __version__

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DEVELOPERS = {"test", "parity"}


def test_the_extra_all_has_every_extra_for_users():
    extras = PROJECT["optional-dependencies"]
    (every,) = extras["all"]
    assert every.startswith("joml-tui[")
    assert set(every.partition("[")[2].rstrip("]").split(",")) == extras.keys() - DEVELOPERS - {"all"}


@pytest.mark.parametrize("extra", sorted(PROJECT["optional-dependencies"].keys() - DEVELOPERS))
def test_the_installation_page_names_every_extra(extra):
    text = (Path(__file__).parents[2] / "docs/install.md").read_text(encoding="utf-8")
    assert f"| `{extra}` |" in text


def test_the_classifiers_name_the_versions_of_python_and_the_audience():
    classifiers = PROJECT["classifiers"]
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in range(11, 15)} <= set(classifiers)
    assert {"Intended Audience :: Education", "Topic :: Education", "Operating System :: OS Independent"} <= set(
        classifiers
    )
    assert classifiers == sorted(classifiers)


def test_python_starts_it_as_a_module():
    shown = subprocess.run(
        [sys.executable, "-m", "joml_tui", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert shown.stdout.strip() == f"joml-tui, version {__version__}"
