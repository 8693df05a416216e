"""The keys that the lab's guide gives for usual tasks do reach them."""

import pytest

from benchmarks.tasks import TASKS, press


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.title)
async def test_the_keys_of_a_task_reach_it(task):
    assert await press(task)


def test_usual_tasks_take_few_keys():
    counts = [task.count for task in TASKS]
    assert counts == ["1", "11", "5", "6", "4", "3 and the path"]
