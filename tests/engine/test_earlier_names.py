"""Modules that were moved and classes that were renamed are there under their earlier names too."""

import importlib
import subprocess
import sys
import warnings

import pytest

from joml.earlier_names import RENAMED, RENAMED_CLASSES


@pytest.mark.parametrize("earlier", RENAMED)
def test_an_earlier_name_gives_the_module_of_today_and_a_warning(earlier):
    for name in [name for name in sys.modules if name in RENAMED]:
        del sys.modules[name]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        module = importlib.import_module(earlier)
    assert module is importlib.import_module(RENAMED[earlier])
    assert f"{earlier} is now {RENAMED[earlier]}" in [str(each.message) for each in caught]
    assert {each.category for each in caught} == {DeprecationWarning}


def test_each_name_of_today_is_a_module():
    for today in RENAMED.values():
        assert importlib.import_module(today).__name__ == today


@pytest.mark.parametrize(
    ("module", "earlier"),
    [
        ("joml", "Clipped"),
        ("joml", "Decayed"),
        ("joml", "Rule"),
        ("joml.optimizer", "VectorRule"),
        ("joml.optimizers.base", "Rule"),
        ("joml.optimizers.base", "VectorRule"),
        ("joml.optimizers.transforms", "Clipped"),
        ("joml.optimizers.transforms", "Decayed"),
    ],
)
def test_an_earlier_class_name_gives_the_class_of_today_and_a_warning(module, earlier):
    home, today = importlib.import_module(module), RENAMED_CLASSES[earlier]
    with pytest.warns(DeprecationWarning, match=f"{module}.{earlier} is now {module}.{today}"):
        assert getattr(home, earlier) is getattr(home, today)


def test_a_name_that_never_was_is_refused_as_ever():
    with pytest.raises(AttributeError, match="module 'joml' has no attribute 'Clip'"):
        getattr(importlib.import_module("joml"), "Clip")  # noqa: B009


OLD = """
import pickle, warnings
warnings.simplefilter("ignore")
from joml.adaptive import Adam
from joml.datasets.spin_glass import spin_glass_14
from joml.functions import Tanh
from joml.training import Trainer
from joml import checkpoint, weights
import joml, joml.datasets.planar
assert Adam is joml.Adam and Tanh is joml.Tanh and Trainer is joml.Trainer
assert pickle.loads(b"cjoml.adaptive\\nAdam\\n.") is Adam
assert joml.datasets.planar.xor(20).x_train.shape[0] == 2
"""


@pytest.mark.slow
def test_a_program_of_an_earlier_version_runs():
    subprocess.run([sys.executable, "-c", OLD], check=True)


@pytest.mark.slow
def test_the_articles_names_give_no_warning():
    program = (
        "import joml.optimizer, joml.utils, joml.network, joml.layer, joml.logger; joml.optimizer.GradientDescent(0.1)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
