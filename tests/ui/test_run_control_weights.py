"""Training from weights in a file, from the lab."""

import numpy as np
import pytest
from laboratory import SHORT, SMALL, has_ended, lab_of, last_run, opened, opens, texts, until
from msgspec import structs
from textual.widgets import Input

from joml.files.parameter_tables import Layout, write_biases, write_weights
from joml_tui.experiment import LayerSpec
from joml_tui.export.networks import trained
from joml_tui.export.weight_files import write_npz
from joml_tui.runs.run import start_run
from joml_tui.serialization import unpack_state
from joml_tui.ui.data_files.file_dialog import FileDialog


@pytest.fixture(scope="module")
def origin():
    run = start_run(SHORT, engine="thread")
    assert run.wait(300)
    return run


async def named(pilot, path):
    await opens(pilot, FileDialog, "W")
    pilot.app.screen.query_one(Input).value = str(path)
    await pilot.press("enter")


def problem(pilot):
    """Return why the path in the dialog could not be used."""
    return " ".join(texts(pilot, "#file-problem")) if isinstance(pilot.app.screen, FileDialog) else ""


@pytest.mark.parametrize("size", [SMALL])
async def test_the_composed_network_trains_from_them(origin, tmp_path, size):
    write_npz(origin, tmp_path / "w.npz")
    async with opened(SHORT, size) as pilot:
        await named(pilot, tmp_path / "w.npz")
        await has_ended(pilot)
        run = last_run(pilot)
        first, end = run.run.snapshots.at(0)[1], origin.snapshots.latest
        assert np.array_equal(unpack_state(first)["theta"], unpack_state(end)["theta"])
        assert "w.npz" in run.note


async def test_what_does_not_fit_is_reported_and_what_was_written_stays(origin, tmp_path):
    write_npz(origin, tmp_path / "w.npz")
    async with opened(structs.replace(SHORT, layers=(LayerSpec(9, "tanh"),)), SMALL) as pilot:
        await named(pilot, tmp_path / "w.npz")
        await until(pilot, lambda: "ayer 1: W is (4, 2)" in problem(pilot))
        assert pilot.app.screen.query_one(Input).value == str(tmp_path / "w.npz")
        await pilot.press(*"x", "enter")
        await until(pilot, lambda: "w.npzx" in problem(pilot))
        await pilot.press("escape")
        assert not lab_of(pilot).session.runs


async def test_a_table_of_weights_alone_asks_for_the_table_of_biases(origin, tmp_path):
    W, b = trained(origin).network.get_Ws_bs()
    (tmp_path / "w.csv").write_text(write_weights(W, Layout("inputs")))
    (tmp_path / "b.csv").write_text(write_biases(b, Layout("layers")))
    async with opened(SHORT, SMALL) as pilot:
        await named(pilot, tmp_path / "w.csv")
        await until(pilot, lambda: "biases that belongs to w.csv" in getattr(pilot.app.screen, "_title", ""))
        pilot.app.screen.query_one(Input).value = str(tmp_path / "b.csv")
        await pilot.press("enter")
        await has_ended(pilot)
        run = last_run(pilot)
        first, end = run.run.snapshots.at(0)[1], origin.snapshots.latest
        np.testing.assert_allclose(unpack_state(first)["theta"], unpack_state(end)["theta"], rtol=1e-6)
        assert run.note.endswith("b.csv")
        assert "w.csv and the biases in " in run.note


async def test_the_path_is_completed(origin, tmp_path):
    (tmp_path / "kept").mkdir()
    write_npz(origin, tmp_path / "kept" / "weights.npz")
    async with opened(SHORT, SMALL) as pilot:
        await opens(pilot, FileDialog, "W")
        pilot.app.screen.query_one(Input).value = f"{tmp_path}/ke"
        await pilot.press("tab", "w", "enter")
        await has_ended(pilot)
        assert "kept/weights.npz" in last_run(pilot).note
