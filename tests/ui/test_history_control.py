"""Runs that last: recorded by the lab, found in the next one, opened, forked, resumed and deleted there."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import asynccontextmanager

import numpy as np
import pytest
from laboratory import (
    ENDLESS,
    SHORT,
    SMALL,
    WIDE,
    cell,
    lab_of,
    last_run,
    listed_all,
    opens,
    settled,
    texts,
    toasts,
    trained,
    until,
)
from msgspec import structs
from textual.widgets import Input

from joml_tui.experiment import CsvFile, LayerSpec, OutputSpec
from joml_tui.experiment.yaml_text import dump_experiment
from joml_tui.export import FORMATS
from joml_tui.runs.run import RunState, start_run
from joml_tui.store import database, open_store
from joml_tui.ui.app import LabApp
from joml_tui.ui.dialogs.export_dialog import Export
from joml_tui.ui.dialogs.question_dialog import Question
from joml_tui.ui.run_history.history_screen import EarlierRuns
from joml_tui.ui.run_history.history_table import EarlierTable
from joml_tui.ui.runs import session

INTERRUPTED = """
import sys, time
from pathlib import Path
from joml_tui.experiment.yaml_text import load_experiment
from joml_tui.runs.run import start_run
from joml_tui.store import Recorder, open_store
store = open_store(sys.argv[1])
recorder = Recorder(store)
run = start_run(load_experiment(Path(sys.argv[2])), engine="thread")
recorder.add(run, name="cut off")
while run.iteration < 500:
    time.sleep(0.01)
while not recorder.flush(1) or (store.state(recorder.number_of(run)) or (0,))[0] < 500:
    time.sleep(0.01)
print("recorded", flush=True)
time.sleep(600)
"""


@asynccontextmanager
async def recorded(path, experiment=SHORT, size=WIDE):
    """Open a lab with a store; leave it as the program does."""
    app = LabApp(experiment, store=path)
    recording, was_told = app.lab.recording, threading.Event()
    tell = recording.on_open

    def noted():
        tell()
        was_told.set()

    recording.on_open = noted
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await settled(pilot)
        await until(pilot, was_told.is_set)  # it is open a moment earlier, of which the lab does not know yet
        await pilot.pause()
        try:
            yield pilot
        finally:
            app.lab.stop_all()
            closing = await asyncio.to_thread(app.lab.close_record)
            for entry in app.lab.session.runs:
                await asyncio.to_thread(entry.run.wait, 5)
            assert closing == ""


async def listed(pilot):
    """Open the list of earlier runs and wait for it."""
    screen = await opens(pilot, EarlierRuns, "H")
    await listed_all(pilot)
    return screen.query_one(EarlierTable)


def keep(path, *names, experiment=SHORT, **changes):
    """Put ended runs of these names into a store."""
    run = start_run(structs.replace(experiment, **changes), engine="thread")
    assert run.wait(300)
    with open_store(path) as store:
        return [store.keep(run, name=name) for name in names]


def numbers(table):
    return [stored.number for stored in table.rows]


@pytest.mark.quick
async def test_a_run_is_recorded_with_what_it_is_called_and_found_in_the_next_lab(tmp_path):
    path = tmp_path / "runs.db"
    async with recorded(path) as pilot:
        await trained(pilot)
        lab = lab_of(pilot)
        entry = last_run(pilot)
        lab.owners["notes"].name(entry, "mine")
        lab.owners["notes"].note(entry, "a word")
        lab.owners["notes"].tag(entry, "deep, first")
        await until(pilot, lambda: lab.recording.number_of(entry.run) == 1)
        await until(pilot, lambda: "stored" in str(lab.query_one("#settings-line").content))
        cost = entry.run.history.train_cost.copy()
    with open_store(path) as store:
        (stored,) = store.runs()
        assert (stored.name, stored.note, stored.tags) == ("mine", "a word", ("deep", "first"))
        assert stored.state is RunState.FINISHED
        np.testing.assert_array_equal(store.series(1)["train_cost"], cost)
    async with recorded(path) as pilot:
        assert "1 earlier run: press H" in str(lab_of(pilot).query_one("#settings-line").content)
        assert numbers(await listed(pilot)) == [1]
        await pilot.press("enter")
        await until(pilot, lambda: lab_of(pilot).session.runs)
        entry = last_run(pilot)
        assert (entry.number, entry.name, entry.note, entry.tags) == (1, "mine", "a word", ("deep", "first"))
        np.testing.assert_array_equal(entry.run.history.train_cost, cost)
        assert (await listed(pilot)).rows == []  # it is in the lab


async def test_a_run_has_its_number_of_the_store_from_the_beginning(tmp_path):
    path = tmp_path / "runs.db"
    keep(path, "one", "two", "three")
    with open_store(path) as store:
        store.delete([3])  # numbers are not given again
    async with recorded(path) as pilot:
        await until(pilot, lambda: lab_of(pilot).recording.store is not None)
        await listed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: lab_of(pilot).session.runs)
        assert last_run(pilot).number == 2
        await settled(pilot)
        await trained(pilot)
        entry, recording = last_run(pilot), lab_of(pilot).recording
        assert entry.label.endswith("#4")
        await until(pilot, lambda: recording.number_of(entry.run) == 4)
        with open_store(path) as other:
            other.keep(entry.run, name="of another program")
        await trained(pilot)
        entry = last_run(pilot)
        await until(pilot, lambda: entry.number == 6)  # it was called 5 until it was recorded
        assert "#6" in cell(pilot, entry, "network")


async def test_a_run_without_a_name_is_recorded_under_its_experiments(tmp_path):
    path = tmp_path / "runs.db"
    async with recorded(path, structs.replace(SHORT, name=" my  net ")) as pilot:
        await trained(pilot)
        lab, entry = lab_of(pilot), last_run(pilot)
        lab.owners["notes"].tag(entry, "deep")  # what is said of it later leaves the name alone
        await until(pilot, lambda: lab.recording.number_of(entry.run) == 1)
        assert "my net" not in entry.label  # in the lab, many runs of one experiment are told apart by their networks
    with open_store(path) as store:
        assert [(stored.name, stored.tags) for stored in store.runs()] == [("my net", ("deep",))]
        assert store.find("my net").number == 1


async def test_several_are_marked_opened_and_one_forked_with_its_origin_recorded(tmp_path):
    path = tmp_path / "runs.db"
    keep(path, "one", "two", "three")
    async with recorded(path) as pilot:
        table = await listed(pilot)
        assert numbers(table) == [3, 2, 1]
        await pilot.press("space", "down", "space")
        await pilot.press("enter")
        lab = lab_of(pilot)
        await until(pilot, lambda: len(lab.session.runs) == 2)
        await settled(pilot)
        assert [entry.name for entry in lab.session.runs] == ["one", "three"]
        lab.query_one("#runs").focus()
        await pilot.press("h")
        await until(pilot, lambda: pilot.app.screen is not lab)
        pilot.app.screen.query_one("#travel-epochs", Input).value = "5"
        await pilot.pause()
        await pilot.click("#travel-go")
        await until(pilot, lambda: len(lab.session.runs) == 3 and not last_run(pilot).live)
        assert last_run(pilot).run.state is RunState.FINISHED
        assert last_run(pilot).run.epochs == 5
        await until(pilot, lambda: lab.recording.number_of(last_run(pilot).run) == 4)
    with open_store(path) as store:
        assert store.run(4).origin == 3


async def test_a_run_whose_process_was_killed_is_reported_and_resumed_under_its_number(tmp_path):
    path, yaml = tmp_path / "runs.db", tmp_path / "run.yaml"
    yaml.write_text(dump_experiment(ENDLESS))
    program = [sys.executable, "-c", INTERRUPTED, str(path), str(yaml)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "recorded\n"
        os.kill(process.pid, signal.SIGKILL)
    async with recorded(path) as pilot:
        await until(pilot, lambda: "1 run was interrupted; press H to resume it." in toasts(pilot))
        table = await listed(pilot)
        assert table.selected.state is RunState.INTERRUPTED
        before = table.selected.summary.iteration
        await pilot.press("r")
        await until(pilot, lambda: lab_of(pilot).session.runs)
        entry = last_run(pilot)
        await until(pilot, lambda: entry.run.iteration > before)
        assert entry.name == "cut off"
        assert lab_of(pilot).recording.number_of(entry.run) == 1
        await pilot.press("x")
        await until(pilot, lambda: not entry.live)
        assert entry.run.state is RunState.STOPPED
        last = entry.run.iteration
    with open_store(path) as store:
        (stored,) = store.runs()
        assert (stored.state, stored.summary.iteration) == (RunState.STOPPED, last)
    async with recorded(path) as pilot:
        assert "interrupted" not in toasts(pilot)


async def test_a_run_that_trains_when_the_lab_is_left_is_recorded_as_stopped(tmp_path):
    path = tmp_path / "runs.db"
    async with recorded(path, ENDLESS) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration > 100)
        entry = last_run(pilot)
        lab_of(pilot).stop_all()
        assert await asyncio.to_thread(lab_of(pilot).close_record) == ""
    with open_store(path) as store:
        (stored,) = store.runs()
        assert (stored.state, stored.summary.iteration) == (RunState.STOPPED, entry.run.iteration)


async def test_a_deleted_run_leaves_the_store_only_when_it_cannot_come_back(tmp_path, monkeypatch):
    path = tmp_path / "runs.db"
    monkeypatch.setattr(session, "MOST_DELETED", 1)
    async with recorded(path) as pilot:
        lab = lab_of(pilot)
        for _ in range(3):
            await trained(pilot)
        await until(pilot, lambda: all(lab.recording.number_of(entry.run) for entry in lab.session.runs))
        for entry in lab.session.runs[:2]:
            lab.runs_area.delete(entry)
        store = lab.recording.store
        await until(pilot, lambda: [stored.number for stored in store.runs()] == [3, 2])  # beyond the undo's reach
        await pilot.press("u")
        assert [entry.number for entry in lab.session.runs] == [2, 3]
        lab.runs_area.delete(lab.session.runs[1])
    with open_store(path) as store:
        assert [stored.number for stored in store.runs()] == [2]


async def test_an_earlier_run_that_was_opened_stays_in_the_store_when_it_is_taken_out_of_the_table(tmp_path):
    path = tmp_path / "runs.db"
    keep(path, "kept")
    async with recorded(path) as pilot:
        await listed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: lab_of(pilot).session.runs)
        lab_of(pilot).runs_area.delete(last_run(pilot))
    with open_store(path) as store:
        assert [stored.name for stored in store.runs()] == ["kept"]


async def test_a_store_that_can_only_be_read_is_listed_and_its_runs_opened_and_changes_are_refused(
    tmp_path, monkeypatch
):
    path = tmp_path / "runs.db"
    keep(path, "theirs")
    before = path.read_bytes()
    monkeypatch.setattr(database, "_opened_at_once", lambda _: None)
    monkeypatch.setattr(database, "can_only_be_read", lambda _: True)
    async with recorded(path) as pilot:
        lab = lab_of(pilot)
        refusal = f"the store {path} can only be read: copy it into a folder of your own, and name the copy by --store"
        line = str(lab.query_one("#settings-line").content)
        assert "1 earlier run: press H" in line and "Not recorded" in line
        assert numbers(await listed(pilot)) == [1]
        await pilot.press("delete", "r")
        await until(pilot, lambda: f"T{refusal[1:]}" in toasts(pilot))
        assert isinstance(pilot.app.screen, EarlierRuns)
        await pilot.press("enter")
        await until(pilot, lambda: lab.session.runs)
        entry = last_run(pilot)
        assert (entry.number, entry.name, entry.run.state) == (1, "theirs", RunState.FINISHED)
        await until(pilot, lambda: "stored" in str(lab.query_one("#settings-line").content))
        lab.owners["notes"].note(entry, "mine")
        await until(pilot, lambda: "note and tags of run 1 are not recorded" in toasts(pilot))
        assert (lab.recording.trouble, lab.recording.records) == (refusal, False)
        assert (await listed(pilot)).rows == []  # it is in the lab
    assert path.read_bytes() == before


async def test_earlier_runs_are_sorted_by_any_field_or_setting(tmp_path):
    path = tmp_path / "runs.db"
    for seed, rate in enumerate((0.03, 0.01, 0.02)):
        keep(path, "", seed=seed, optimizer=structs.replace(SHORT.optimizer, learning_rate=rate))
    async with recorded(path, size=SMALL) as pilot:
        table = await listed(pilot)
        await pilot.press("S", *"optimizer.learning_rate", "enter")
        await until(pilot, lambda: numbers(table) == [2, 3, 1])
        lines = [table.render_line(line).text for line in range(2)]
        assert "▲optimizer.learning_rate" in lines[0]
        assert "0.01" in lines[1].split()
        await pilot.press("S", "enter")
        await until(pilot, lambda: numbers(table) == [1, 3, 2])
        await pilot.press("slash", *"seed>0", "enter")
        await until(pilot, lambda: numbers(table) == [3, 2])
        await pilot.press("escape")
        await until(pilot, lambda: numbers(table) == [1, 3, 2])
        await until(pilot, lambda: table.region.y == 1)  # beneath its title, without the filter
        await pilot.click("#earlier", offset=(5, 0))  # the numbers' title
        await until(pilot, lambda: numbers(table) == [1, 2, 3])
        await pilot.press("S", "ctrl+home", "enter")
        await until(pilot, lambda: numbers(table) == [3, 2, 1])


async def test_the_settings_that_differ_between_earlier_runs_have_columns(tmp_path):
    path = tmp_path / "runs.db"
    for seed, share in ((1, 0.0), (2, 0.2)):
        keep(path, "run", seed=seed, layers=(LayerSpec(4, "tanh", dropout=share),))
    async with recorded(path, size=WIDE) as pilot:
        table = await listed(pilot)
        head, first, second = (table.render_line(row).text for row in range(3))
        assert "layers[].dropout" in head and "Seed" in head
        assert "0.2" in first.split() and "0" in second.split()
        await pilot.press("slash", *"seed>1", "enter")
        await until(pilot, lambda: "layers[].dropout" not in table.render_line(0).text)  # one run has no differences


async def test_earlier_runs_are_deleted_for_good_after_a_question(tmp_path):
    path = tmp_path / "runs.db"
    keep(path, "one", "two")
    async with recorded(path, size=SMALL) as pilot:
        table = await listed(pilot)
        await pilot.press("delete", "k")
        assert numbers(table) == [2, 1]
        await pilot.press("delete", "d")
        await until(pilot, lambda: numbers(table) == [1])
        await pilot.press("delete", "d")
        await until(pilot, lambda: numbers(table) == [])
        await pilot.press("enter", "space", "r", "delete", "end", "pagedown")
        text = str(pilot.app.screen.query_one("#earlier-said").content)
        assert text == "No earlier runs yet: from now on every run is recorded."
        await pilot.press("escape")
        assert pilot.app.screen is lab_of(pilot)


async def test_the_filter_counts_and_says_what_is_wrong(tmp_path):
    path = tmp_path / "runs.db"
    keep(path, "deep", "flat", "deeper")
    async with recorded(path) as pilot:
        table = await listed(pilot)
        await pilot.press("slash", *"name:deep")
        await until(pilot, lambda: numbers(table) == [3, 1])
        assert str(pilot.app.screen.query_one("#filter-count").content) == "2 of 3"
        await pilot.press("escape")
        await until(pilot, lambda: numbers(table) == [3, 2, 1])
        await pilot.press("slash", *"nome:x", "enter")
        await until(pilot, lambda: "nome" in str(pilot.app.screen.query_one("#filter-problem").content))
        assert numbers(table) == [3, 2, 1]


async def test_a_run_whose_data_have_changed_is_resumed_only_knowingly(tmp_path):
    path, data = tmp_path / "runs.db", tmp_path / "points.csv"
    rows = [f"{n % 17},{n * n % 23},{n % 2}\n" for n in range(200)]
    data.write_text("".join(rows))
    experiment = structs.replace(ENDLESS, dataset=CsvFile(str(data)), layers=(), input_size=None, output=OutputSpec())
    run = start_run(experiment, engine="thread", paused=True)
    run.step(5)
    while run.iteration < 5:
        run.wait(0.01)
    run.stop()
    assert run.wait(300)
    with open_store(path) as store:
        store.keep(run)
    data.write_text("".join(rows[:-10]))
    async with recorded(path) as pilot:
        for key, goes_on in (("l", False), ("g", True)):
            await listed(pilot)
            await opens(pilot, Question, "r")
            assert "points.csv has changed since run 1 was trained: 10 rows fewer" in texts(pilot, ".dialog-text")[0]
            await pilot.press(key)
            await until(pilot, lambda: not isinstance(pilot.app.screen, Question))
            if goes_on:
                await until(pilot, lambda: lab_of(pilot).session.runs)
                await until(pilot, lambda: last_run(pilot).run.iteration > 5)
                await pilot.press("x")
                await until(pilot, lambda: not last_run(pilot).live)
            else:
                assert not lab_of(pilot).session.runs


async def test_a_finished_run_is_not_resumed_and_the_way_out_is_reported(tmp_path):
    path = tmp_path / "runs.db"
    keep(path, "done")
    async with recorded(path) as pilot:
        await listed(pilot)
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(pilot.app.screen, EarlierRuns)
        assert "Run 1 has finished: only interrupted and stopped runs can be resumed." in toasts(pilot)


async def test_hostile_names_are_shown_harmlessly(tmp_path):
    path = tmp_path / "runs.db"
    keep(path, "[red]a\x1b[31m\x07b\nc", "名" * 100, "[/]" * 20)
    async with recorded(path, size=SMALL) as pilot:
        table = await listed(pilot)
        for y in range(5):
            strip = table.render_line(y)
            assert strip.cell_length == table.scrollable_content_region.width
            assert "\x1b" not in strip.text
            assert "\x07" not in strip.text
        await pilot.press("end")
        assert "[red]a" in str(pilot.app.screen.query_one("#earlier-said").content)
        await pilot.press("enter")
        await until(pilot, lambda: lab_of(pilot).session.runs)


async def test_a_damaged_store_is_set_aside_told_once_and_a_new_one_used(tmp_path):
    path = tmp_path / "runs.db"
    path.write_bytes(b"no database at all" * 500)
    async with recorded(path) as pilot:
        await until(pilot, lambda: "was renamed to" in toasts(pilot))
        assert toasts(pilot).count("was renamed to") == 1
        await trained(pilot)
        await until(pilot, lambda: lab_of(pilot).recording.number_of(last_run(pilot).run) == 1)


async def test_another_programs_database_is_reported_and_the_lab_goes_on_without(tmp_path):
    path = tmp_path / "runs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (name)")
    connection.close()
    async with recorded(path, size=SMALL) as pilot:
        await until(pilot, lambda: "is a database of another program" in toasts(pilot))
        await trained(pilot)
        await pilot.pause()
        assert "not recorded" in str(lab_of(pilot).query_one("#settings-line").content)
        await pilot.press("H")
        await pilot.pause()
        assert pilot.app.screen is lab_of(pilot)
        assert "No earlier runs can be shown" in toasts(pilot)


async def test_a_run_with_damaged_curves_is_reported_and_the_others_open(tmp_path):
    path = tmp_path / "runs.db"
    keep(path, "good", "bad")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE chunks SET data = x'00' WHERE run = 2")
    connection.close()
    async with recorded(path) as pilot:
        await listed(pilot)
        await pilot.press("space", "space", "enter")
        await until(pilot, lambda: "is damaged" in toasts(pilot))
        assert [entry.name for entry in lab_of(pilot).session.runs] == ["good"]


async def test_a_lab_without_a_store_records_nothing_and_says_so_when_asked():
    app = LabApp(SHORT)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("H")
        await pilot.pause()
        assert "No earlier runs can be shown: this lab records none" in toasts(pilot)
        assert texts(pilot, "#product") == ["JOML"]


async def test_ten_thousand_runs_are_shown_and_gone_through_without_delay(tmp_path):
    path = tmp_path / "runs.db"
    keep(path, "first")
    with sqlite3.connect(path) as connection:
        columns = "created, changed, owner, state, message, name, note, tags, sweep, fingerprint, summary"
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
            f"INSERT INTO runs ({columns}) SELECT {columns} FROM runs, n WHERE number = 1"
        )
    connection.close()
    async with recorded(path) as pilot:
        table = await listed(pilot)
        assert len(table.rows) == 10_000
        for key in ("pagedown", "end", "home", "down", "space"):
            await pilot.press(key)
        assert table.marked == {9_999}


async def test_a_run_is_exported_in_the_format_that_is_chosen_under_a_name_that_follows_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with recorded(tmp_path / "runs.db", size=SMALL) as pilot:
        await trained(pilot)
        dialog = await opens(pilot, Export, "e")
        entry = dialog.query_one("#path", Input)
        assert entry.value.endswith(".csv")
        names = [format_.name for format_ in FORMATS]
        await pilot.press(*["down"] * names.index("npz"))
        await pilot.pause()
        assert entry.value.endswith(".npz")
        entry.value = "mine.npz"
        await pilot.press("up", "down")
        await pilot.pause()
        assert entry.value == "mine.npz"
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is not dialog)
        with np.load("mine.npz") as kept:
            assert kept.files


async def test_what_stops_an_export_is_said_in_the_dialog(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with recorded(tmp_path / "runs.db", size=SMALL) as pilot:
        await trained(pilot)
        dialog = await opens(pilot, Export, "e")
        dialog.query_one("#path", Input).value = "nowhere/run.csv"
        await pilot.press("enter")
        await until(pilot, lambda: "nowhere" in str(dialog.query_one("#form-line").content))
        assert pilot.app.screen is dialog
