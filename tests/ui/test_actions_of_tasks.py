"""The keys that the lab's guide gives for usual tasks do reach them."""

import pytest
from msgspec.structs import replace

from benchmarks.tasks import TASKS, press
from joml_tui.experiment.presets import DEFAULT_PRESET, find_experiment


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
async def test_the_keys_of_a_task_reach_it(task):
    one_run = "seeds" not in task.title
    assert await press(task, experiment=None if one_run else replace(find_experiment(DEFAULT_PRESET), epochs=1))


def test_usual_tasks_take_few_keys():
    counts = [task.count for task in TASKS]
    assert counts == ["1", "11", "5", "6", "4", "3 and the path"]
