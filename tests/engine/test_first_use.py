"""A package whose names are imported when first used."""

import sys
from types import ModuleType

import pytest

import joml.layers.flatten
import joml.task
from joml.first_use import importing


@pytest.fixture
def package(monkeypatch):
    """A package in the place of ``joml.layers``, with its modules."""
    package = ModuleType("joml.layers")
    package.__path__ = joml.layers.__path__
    monkeypatch.setitem(sys.modules, "joml.layers", package)
    package.__getattr__, package.__dir__ = importing("joml.layers", {"joml.task": "find_task task_of"})
    return package


def test_a_name_is_that_of_its_module_and_asked_for_once(package):
    assert "task_of" not in vars(package)
    assert package.task_of is joml.task.task_of
    assert vars(package)["task_of"] is joml.task.task_of


def test_a_module_of_the_package_is_an_attribute_without_an_import(package):
    assert package.flatten is sys.modules["joml.layers.flatten"]


def test_all_names_are_listed_before_they_are_used(package):
    assert {"find_task", "task_of"} <= set(dir(package))


def test_a_name_that_is_not_there_is_refused(package):
    with pytest.raises(AttributeError, match=r"module 'joml\.layers' has no attribute 'flattened'"):
        _ = package.flattened
    assert not hasattr(package, "__wrapped__")
