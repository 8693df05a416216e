"""A network that does not fit the memory is refused with the figures before it is built."""

import pytest

from joml_tui.experiment import Experiment, LayerSpec, Xor
from joml_tui.runs.worker import free_memory
from joml_tui.runs.worker.builder import build_trainer
from joml_tui.runs.worker.free_memory import check_memory, find_free_memory

LARGE = Experiment(dataset=Xor(samples=60), layers=(LayerSpec(3000), LayerSpec(3000)))


def test_a_training_that_needs_more_than_is_free_is_refused(monkeypatch):
    monkeypatch.setattr(free_memory, "find_free_memory", lambda: 600_000_000)
    reason = (
        "9,018,002 parameters take up to 0.8 GB of memory while they are trained, and 0.6 GB are free; choose smaller"
    )
    with pytest.raises(ValueError, match=reason):
        build_trainer(LARGE)
    check_memory(Experiment(dataset=Xor(samples=60), layers=(LayerSpec(100),)))
    monkeypatch.setattr(free_memory, "find_free_memory", lambda: None)  # as on other systems
    check_memory(LARGE)


def test_free_memory_is_that_of_the_machine_or_less_under_a_limit(monkeypatch, tmp_path):
    machine = tmp_path / "meminfo"
    machine.write_text("MemTotal:       24000 kB\nMemAvailable:   10000 kB\n")
    monkeypatch.setattr(free_memory, "_MEMORY", machine)
    monkeypatch.setattr(free_memory, "_left_of_limit", lambda: None)
    assert find_free_memory() == 10_000 * 1024
    monkeypatch.setattr(free_memory, "_left_of_limit", lambda: 4096)
    assert find_free_memory() == 4096
    machine.write_text("nothing of the kind")
    monkeypatch.setattr(free_memory, "_left_of_limit", lambda: None)
    assert find_free_memory() is None
