"""A limited address space is used sparingly, and the lab says when it is too small."""

import os
import sys

import pytest
from click.testing import CliRunner

from joml_tui import address_space
from joml_tui.address_space import limit_of_address_space, refusal_of_lab, share_one_heap_if_limited
from joml_tui.cli import main as program

resource = pytest.importorskip("resource")


def test_the_limit_is_that_of_the_process(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 28, resource.RLIM_INFINITY))
    assert limit_of_address_space() == 1 << 28
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert limit_of_address_space() is None


@pytest.mark.parametrize(("limit", "heaps"), [(None, None), (1 << 29, "1")])
def test_processes_have_one_heap_only_under_a_limit(limit, heaps, monkeypatch):
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    monkeypatch.setattr(address_space, "_HEAPS", -1_000)  # not this process's own
    monkeypatch.setattr(address_space, "limit_of_address_space", lambda: limit)
    share_one_heap_if_limited()
    assert os.environ.pop("MALLOC_ARENA_MAX", None) == heaps


def test_the_lab_says_what_it_needs(monkeypatch):
    monkeypatch.setattr(address_space, "limit_of_address_space", lambda: 260 << 20)
    monkeypatch.setattr(sys.modules["joml_tui.cli.main"], "_has_terminal", lambda: True)
    result = CliRunner().invoke(program, [])
    assert result.exit_code == 1
    assert "the lab needs 300 MiB of address space, and 260 MiB are allowed here; raise the limit" in result.stderr
    monkeypatch.setattr(address_space, "limit_of_address_space", lambda: 300 << 20)
    assert refusal_of_lab() == ""
