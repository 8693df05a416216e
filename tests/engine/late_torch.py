"""Torch, imported by the first test that computes with it: that takes seconds, in each process that collects tests."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest


class Late:
    """A module that is imported when the first of its names is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # pytest asks each thing in a module whether it is a test
            raise AttributeError(name)
        return getattr(import_module(self._name), name)


def torch_for(purpose: str) -> Late:
    """Return torch for the tests of a module; skip these where it is not installed."""
    if find_spec("torch") is None:
        pytest.skip(f"could not import 'torch': {purpose} needs torch", allow_module_level=True)
    return Late("torch")
