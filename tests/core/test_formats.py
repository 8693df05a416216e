"""Every format of tables and charts: read back by another reader, whatever stands in the names, and on a full disk."""

import csv
import json
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from msgspec import structs
from small_disk import can_mount, small_disk_command

from joml_tui.experiment.presets import find_experiment
from joml_tui.experiment.yaml_text import dump_experiment, parse_experiment
from joml_tui.export import (
    CHART_FORMATS,
    FORMATS,
    TABLE_FORMATS,
    AnnotatedRun,
    ExportError,
    charts_text,
    format_of,
    missing_extra,
    runs_format_of,
)
from joml_tui.runs.history import History
from joml_tui.runs.run import start_run

HOSTILE = "=1+1\n\r\t\x00\x1b[31m\x7f\u202e</svg>$\\frac$ & 漢字🎉\ud800"
SERIES = ("train_cost", "train_accuracy", "test_cost", "test_accuracy")
OF_RUNS = [
    (kind, each.name) for kind, formats in (("table", TABLE_FORMATS), ("chart", CHART_FORMATS)) for each in formats
]
MINE = ("csv", "parquet", "jsonl", "svg", "png", "txt")


def trained(preset, **changed):
    run = start_run(structs.replace(find_experiment(preset), epochs=2, test_every=7, **changed), engine="thread")
    assert run.wait(300)
    return run


@pytest.fixture(scope="module")
def run():
    return trained("xor", name="mine")


@pytest.fixture(scope="module")
def replicas():
    return trained("sine", replicas=3)


@pytest.fixture
def diverged():
    """A run with numbers in it that are none of JSON's."""
    run = trained("xor")
    history = History.create(4, 8, 32, 128)
    history.append([1.5, np.nan, np.inf, -np.inf], [0.5, 0.25, np.nan, 0.0])
    history.append_check(2, np.nan, 0.5)
    history.append_check(4, np.inf, 0.25)
    run.history, run.iterations_per_epoch = history, 4
    return run


def of_runs(kind, name):
    return runs_format_of(name, {"table": TABLE_FORMATS, "chart": CHART_FORMATS}[kind]).write


def series_in(rows, name):
    """Return the values of a series in rows, and the iterations that they stand at."""
    measured = [(row["iteration"], row[name]) for row in rows if row[name] is not None]
    return [iteration for iteration, _ in measured], np.array([value for _, value in measured])


def parquet_of(path):
    return pytest.importorskip("pyarrow.parquet").read_table(path)


def json_lines(path):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n")
    return [json.loads(line, parse_constant=refuse) for line in text[:-1].split("\n")]


class TestSeries:
    @pytest.mark.parametrize("name", ["parquet", "jsonl"])
    def test_they_read_back_exactly(self, run, tmp_path, name):
        format_of(name).write(run, tmp_path / "a")
        rows = parquet_of(tmp_path / "a").to_pylist() if name == "parquet" else json_lines(tmp_path / "a")
        assert [row["iteration"] for row in rows] == list(range(1, run.iteration + 1))
        assert [row["epoch"] for row in rows] == [1 + at // run.iterations_per_epoch for at in range(run.iteration)]
        for series in SERIES:
            iterations, values = series_in(rows, series)
            np.testing.assert_array_equal(values, run.history.series(series).astype(np.float64))
            expected = run.history.test_iteration.tolist() if "test" in series else list(range(1, run.iteration + 1))
            assert iterations == expected

    @pytest.mark.parametrize("name", ["parquet", "jsonl"])
    def test_replicas_have_their_spread_and_values_r2(self, replicas, tmp_path, name):
        format_of(name).write(replicas, tmp_path / "a")
        rows = parquet_of(tmp_path / "a").to_pylist() if name == "parquet" else json_lines(tmp_path / "a")
        format_of("csv").write(replicas, tmp_path / "a.csv")
        assert list(rows[0]) == (tmp_path / "a.csv").read_text().splitlines()[0].split(",")
        for column, series in (
            ("train_r2", "train_accuracy"),
            ("train_cost_spread", "train_cost_spread"),
            ("test_r2_spread", "test_accuracy_spread"),
        ):
            np.testing.assert_array_equal(series_in(rows, column)[1], replicas.history.series(series))

    def test_parquet_has_types_and_the_experiment(self, run, tmp_path):
        format_of("parquet").write(run, tmp_path / "a.parquet")
        table = parquet_of(tmp_path / "a.parquet")
        assert [str(field.type) for field in table.schema] == ["int64"] * 2 + ["float"] * 4
        assert table.column("test_cost").null_count == run.iteration - run.history.tests
        metadata = table.schema.metadata
        assert parse_experiment(metadata[b"experiment"].decode()) == run.experiment
        assert metadata[b"network"].decode() == run.architecture

    def test_parquet_tells_nan_from_nothing(self, diverged, tmp_path):
        format_of("parquet").write(diverged, tmp_path / "a.parquet")
        columns = parquet_of(tmp_path / "a.parquet").to_pydict()
        np.testing.assert_array_equal(columns["train_cost"], [1.5, np.nan, np.inf, -np.inf])
        assert [value is None for value in columns["test_cost"]] == [True, False, True, False]
        assert np.isnan(columns["test_cost"][1])

    def test_json_lines_say_what_was_not_finite(self, diverged, tmp_path):
        format_of("jsonl").write(diverged, tmp_path / "a.jsonl")
        rows = json_lines(tmp_path / "a.jsonl")
        assert [row["train_cost"] for row in rows] == [1.5, None, None, None]
        assert [row.get("not_finite") for row in rows] == [
            None,
            {"train_cost": "nan", "test_cost": "nan"},
            {"train_cost": "inf", "train_accuracy": "nan"},
            {"train_cost": "-inf", "test_cost": "inf"},
        ]


class TestTables:
    def test_json_lines_have_an_object_a_run(self, run, replicas, tmp_path):
        written = [AnnotatedRun(run, "mine", ("deep", "two words"), "a note"), AnnotatedRun(replicas)]
        of_runs("table", "jsonl")(written, tmp_path / "a")
        first, second = json_lines(tmp_path / "a")
        assert (first["name"], first["tags"], first["note"]) == ("mine", ["deep", "two words"], "a note")
        assert (first["test_cost"], first["seconds"], first["train_r2"]) == (run.test_cost, run.seconds, None)
        assert (second["test_r2"], second["replicas"], second["tags"]) == (replicas.test_accuracy, 3, [])
        assert parse_experiment(second["experiment"]) == replicas.experiment

    def test_parquet_has_types(self, run, replicas, tmp_path):
        whole = trained("xor", batch_size="all")
        written = [
            AnnotatedRun(run, "mine", ("deep", "two words"), "a note"),
            AnnotatedRun(replicas),
            AnnotatedRun(whole),
        ]
        of_runs("table", "parquet")(written, tmp_path / "a")
        table = parquet_of(tmp_path / "a")
        types = {field.name: str(field.type) for field in table.schema}
        assert (types["name"], types["seed"], types["test_cost"]) == ("string", "int64", "double")
        first, second, third = table.to_pylist()
        assert first["tags"] == ["deep", "two words"]
        assert (first["batch_size"], third["batch_size"]) == (run.experiment.batch_size, None)
        assert (first["test_cost"], first["test_r2"]) == (run.test_cost, None)
        assert second["train_cost_spread"] > 0
        assert [row["experiment"] for row in (first, second, third)] == [
            dump_experiment(each.run.experiment) for each in written
        ]

    @pytest.mark.parametrize("name", ["parquet", "jsonl"])
    def test_a_table_without_runs_has_no_rows(self, tmp_path, name):
        of_runs("table", name)([], tmp_path / "a")
        rows = parquet_of(tmp_path / "a").to_pylist() if name == "parquet" else (tmp_path / "a").read_text()
        assert len(rows) == 0


class TestHostileNames:
    @pytest.mark.slow
    @pytest.mark.parametrize(("kind", "name"), OF_RUNS)
    def test_every_format_can_be_read(self, run, tmp_path, kind, name):
        hostile = trained("xor", name=HOSTILE.replace("\x00", ""))
        path = tmp_path / "a"
        written = [AnnotatedRun(hostile, HOSTILE, (HOSTILE,), HOSTILE), AnnotatedRun(hostile), AnnotatedRun(run)]
        of_runs(kind, name)(written, path)
        name_in_files = HOSTILE.replace("\ud800", "?")
        if name == "jsonl":
            row = json_lines(path)[0]
            assert (row["name"], row["note"], row["tags"]) == (name_in_files, name_in_files, [name_in_files])
        elif name == "parquet":
            row = parquet_of(path).to_pylist()[0]
            assert (row["name"], row["note"], row["tags"]) == (name_in_files, name_in_files, [name_in_files])
        elif name == "csv":
            with path.open(newline="", encoding="utf-8") as file:
                row = next(csv.DictReader(file))
            assert row["name"] == row["note"] == row["tags"] == f"'{name_in_files}"
        elif name == "svg":
            ElementTree.parse(path)
        elif name == "txt":
            assert path.read_bytes().isascii()
            assert all(line.isprintable() for line in path.read_text().splitlines())

    @pytest.mark.slow
    @pytest.mark.parametrize("name", MINE)
    def test_a_run_s_own_name_too(self, tmp_path, name):
        run = trained("xor", name=HOSTILE)
        format_of(name).write(run, tmp_path / "a")
        assert (tmp_path / "a").stat().st_size > 0


class TestCharts:
    @pytest.mark.parametrize(("width", "height"), [(40, 16), (80, 31), (133, 50)])
    @pytest.mark.parametrize("ascii", [True, False], ids=["ascii", "braille"])
    def test_text_is_as_large_as_asked_for(self, run, width, height, ascii):
        text = charts_text([AnnotatedRun(run)], width, height, ascii=ascii)
        lines = text.split("\n")
        assert len(lines) == height
        assert max(map(len, lines)) <= width
        assert max(map(len, lines)) > width * 0.8
        assert text.isascii() == ascii
        assert "\x1b" not in text
        assert "mine: cost" in text
        assert "mine: accuracy" in text

    def test_runs_in_text_stand_beneath_each_other_on_the_same_axes(self, run, replicas):
        lines = charts_text([AnnotatedRun(run, "first"), AnnotatedRun(replicas, "second")], 80, 30).split("\n")
        assert len(lines) == 60
        assert ["first" in line or "second" in line for line in lines].count(True) == 4
        cost, other_cost = ([line[:8] for line in lines[start + 1 : start + 15]] for start in (0, 30))
        assert cost == other_cost
        assert any(label.strip("|+ ") for label in cost)

    def test_too_small_and_nothing_to_draw(self, run, tmp_path):
        with pytest.raises(ExportError, match="10 x 10 characters is too small: at least 40 x 16 are needed"):
            charts_text([AnnotatedRun(run)], 10, 10)
        waiting = start_run(find_experiment("xor"), engine="thread", paused=True)
        for each in CHART_FORMATS:
            with pytest.raises(ExportError, match="nothing to draw"):
                each.write([AnnotatedRun(waiting)], tmp_path / "a")
        waiting.stop()
        waiting.wait(300)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.slow
    def test_figures_are_what_their_formats_say(self, run, replicas, tmp_path):
        format_of("png").write(run, tmp_path / "a.other")
        content = (tmp_path / "a.other").read_bytes()
        assert content.startswith(b"\x89PNG")
        assert (int.from_bytes(content[16:20]), int.from_bytes(content[20:24])) == (1200, 1050)
        of_runs("chart", "svg")([AnnotatedRun(run), AnnotatedRun(replicas)], tmp_path / "a")
        root = ElementTree.parse(tmp_path / "a").getroot()
        assert root.tag.endswith("svg")
        comments = (tmp_path / "a").read_text()
        for message in ("mine: training", "mine: test", "accuracy / R2"):
            assert f"<!-- {message} -->" in comments

    @pytest.mark.slow
    def test_numbers_that_are_not_finite_are_left_out(self, diverged, tmp_path):
        for each in CHART_FORMATS:
            each.write([AnnotatedRun(diverged)], tmp_path / f"a{each.suffix}")
        assert "nan" not in (tmp_path / "a.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", MINE)
def test_an_existing_file_is_replaced_only_when_asked(run, tmp_path, name):
    path = tmp_path / "a"
    path.write_text("mine")
    with pytest.raises(ExportError, match="exists already"):
        format_of(name).write(run, path)
    assert path.read_text() == "mine"
    format_of(name).write(run, path, overwrite=True)
    assert path.read_bytes() != b"mine"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


@pytest.fixture
def without(monkeypatch):
    """Hide an installed package."""

    def hide(package):
        for loaded in [each for each in sys.modules if each.partition(".")[0] == package]:
            monkeypatch.delitem(sys.modules, loaded)
        monkeypatch.setitem(sys.modules, package, None)

    return hide


def test_what_is_missing_is_reported_with_the_way_to_it(run, tmp_path, without):
    without("pyarrow")
    with pytest.raises(ExportError, match=r"needs pyarrow; install it with: pip install 'joml-tui\[parquet\]'"):
        format_of("parquet").write(run, tmp_path / "a")
    assert missing_extra(format_of("parquet").extra) == "pip install 'joml-tui[parquet]'"
    assert list(tmp_path.iterdir()) == []


def test_formats_that_need_nothing_miss_nothing(without):
    without("matplotlib")
    assert [missing_extra(format_of(name).extra) for name in ("csv", "svg", "png", "txt")] == [""] * 4


@pytest.mark.slow
@pytest.mark.parametrize("runs", [1, 3])
def test_figures_need_no_drawing_library(run, diverged, replicas, tmp_path, without, runs):
    without("matplotlib")
    shown = [
        AnnotatedRun(each, name) for each, name in zip((run, diverged, replicas), (HOSTILE, "b", "c"), strict=True)
    ]
    for name in ("svg", "png"):
        runs_format_of(name, CHART_FORMATS).write(shown[:runs], tmp_path / name)
    root = ElementTree.parse(tmp_path / "svg").getroot()
    assert root.tag.endswith("svg")
    assert any(each.tag.endswith("polyline") for each in root)
    assert (tmp_path / "png").read_bytes()[:4] == b"\x89PNG"


def test_a_format_that_there_is_not():
    with pytest.raises(ValueError, match=r"there is no format xls; there are csv, parquet, jsonl$"):
        runs_format_of("xls")
    with pytest.raises(ValueError, match=r"there is no format csv; there are svg, png, txt$"):
        runs_format_of("csv", CHART_FORMATS)


ON_A_FULL_DISK = """
import json, os, sys
from functools import partial
from pathlib import Path
from msgspec import structs
from joml_tui.export import CHART_FORMATS, FORMATS, TABLE_FORMATS, ExportError, AnnotatedRun
from joml_tui.experiment.presets import find_experiment
from joml_tui.runs.run import start_run

run = start_run(structs.replace(find_experiment("xor"), epochs=40), engine="thread")
run.wait(300)
runs = [AnnotatedRun(run, note="n" * 9_000)] * 3
writers = {"run " + each.name: partial(each.write, run) for each in FORMATS}
writers |= {"table " + each.name: partial(each.write, runs) for each in TABLE_FORMATS}
writers |= {"charts " + each.name: partial(each.write, runs) for each in CHART_FORMATS}
disk = Path(sys.argv[1])
old = {name: disk / f"{number}.file" for number, name in enumerate(writers)}
for path in old.values():
    path.write_text("mine")
with (disk / "filler").open("wb", buffering=0) as file:
    try:
        while file.write(b"0" * 512):
            pass
    except OSError:
        pass
before = sorted(path.name for path in disk.iterdir())
told = {}
for name, write in writers.items():
    for path, overwrite in ((old[name], True), (disk / "new", False)):
        try:
            write(path, overwrite=overwrite)
        except ExportError as error:
            told.setdefault(name, []).append(str(error).replace(str(disk), ""))
    assert old[name].read_text() == "mine", name
    assert sorted(path.name for path in disk.iterdir()) == before, name
print(json.dumps({name: told.get(name, []) for name in writers}))
"""


@pytest.mark.slow
def test_a_full_disk_leaves_every_file_as_it_was_and_no_half_one(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if not can_mount(disk):
        pytest.skip("no disk of its own can be mounted here")
    result = subprocess.run(
        small_disk_command(disk, sys.executable, "-W", "error", "-c", ON_A_FULL_DISK, str(disk)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    document = json.loads(result.stdout)
    assert len(document) == len(FORMATS) + len(TABLE_FORMATS) + len(CHART_FORMATS)
    for name, (replaced, new) in document.items():
        assert "could not be written: No space left on device" in replaced, name
        assert new.startswith("/new"), name
        assert new.endswith(" could not be written: No space left on device"), name
