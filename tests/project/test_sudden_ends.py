"""`make attack` notices records that are lost or differ after the processes that wrote them were killed."""

from click.testing import CliRunner
from sudden_ends import World, figures, judged

from joml_tui.cli import main
from joml_tui.store import open_store


def test_a_lost_record_and_another_result_are_noticed(tmp_path):
    world = World(tmp_path / "world")
    line = ["run", str(world.folder / "short.yaml"), "--epochs", "1", "--quiet", "--store", str(world.store)]
    assert CliRunner().invoke(main, line).exit_code == 0
    with open_store(world.store) as store:
        whole = figures(store, 1)
    rows = len(whole["train_cost"])
    assert list(judged(world.store, {1: rows}, whole)) == []
    assert list(judged(world.store, {1: rows + 1, 2: 1}, whole)) == [
        f"run 1: {rows + 1} iterations were in the store, {rows} are there now",
        "run 2: 1 iterations were in the store, None are there now",
    ]
    other = {**whole, "train_cost": whole["train_cost"] + 1}
    assert list(judged(world.store, {}, other)) == ["run 1 is not the uninterrupted one: train_cost"]
