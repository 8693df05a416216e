"""Charts of a training, in the terminal and as files."""

import os
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from joml.logger import BenchmarkLogger
from joml.plotting import block_means, figure, terminal_chart
from joml.training.records import Steps


def series(count=400, every=10, **replaced):
    """A cost that falls from 2 to 1 and an accuracy that rises from 0 to 1, tested every so many iterations."""
    n_iter = np.arange(1, count + 1)
    share = (n_iter - 1) / max(1, count - 1)
    tested = n_iter % every == 0
    results = {
        "n_iter": n_iter,
        "train_cost": 2 - share,
        "test_cost": np.where(tested, 2 - share, np.nan),
        "train_acc": share,
        "test_acc": np.where(tested, share, np.nan),
    }
    return results | replaced


@pytest.fixture
def terminal(monkeypatch):
    def sized(columns, lines):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", str(lines))

    sized(80, 24)
    return sized


def is_drawn(character):
    return character == "o" or "⠀" < character <= "⣿"


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (133, 50), (50, 10)])
def test_the_chart_is_as_wide_as_the_terminal(terminal, columns, lines):
    terminal(columns, lines)
    rows = terminal_chart(series(), "n1").split("\n")
    assert max(map(len, rows)) == columns
    assert len(rows) <= max(lines, 18)
    assert "\x1b" not in "".join(rows)


def test_a_falling_cost_falls_and_a_rising_accuracy_rises(terminal):
    rows = terminal_chart(series(), "n1").split("\n")
    middle = next(place for place, row in enumerate(rows) if "accuracy" in row)
    cost, accuracy = (
        [(row, place) for row, text in enumerate(part) for place, sign in enumerate(text) if is_drawn(sign)]
        for part in ([row[8:] for row in some if row[7] in "┤│"] for some in (rows[:middle], rows[middle:]))
    )
    assert np.corrcoef(*zip(*cost, strict=True))[0, 1] > 0.95  # rows count downward
    assert np.corrcoef(*zip(*accuracy, strict=True))[0, 1] < -0.95
    assert "n1: cost (line: training, o: test)" in rows[0]
    assert "n1: accuracy" in rows[middle]
    labels = [float(row.split("┤")[0]) for row in rows if "┤" in row]
    assert labels == pytest.approx([2, 1.5, 1, 1, 0.5, 0], abs=0.02)  # the first mean is of several iterations
    assert rows[middle - 2].split() == ["1", "101", "200", "300", "400"]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_iterations_are_a_chart_too(terminal, count):
    assert any(map(is_drawn, terminal_chart(series(count), "n1")))


def test_what_is_no_number_is_left_out(terminal):
    nothing = np.full(400, np.nan)
    huge = np.where(np.arange(400) == 399, 1e30, 1.0)
    assert "o" not in terminal_chart(series(test_cost=nothing, test_acc=nothing), "").split("iteration")[0][60:]
    terminal_chart(series(train_cost=nothing, train_acc=nothing, test_cost=nothing, test_acc=nothing), "n1")
    assert "1e+30" in terminal_chart(series(test_cost=huge), "n1")
    terminal_chart(series(test_cost=np.full(400, np.inf)), "n1")


def test_a_name_cannot_paint_the_terminal_or_break_the_chart(terminal):
    chart = terminal_chart(series(), "\x1b[2J\r\n" + 300 * "long ")
    assert "\x1b" not in chart
    assert "\r" not in chart
    assert max(map(len, chart.split("\n"))) == 80
    assert "cost (line: training" in chart


def test_block_means_equal_plain_means():
    n_iter, values = np.arange(1, 104), np.random.default_rng(0).normal(size=103)
    values[50] = np.nan
    across, means = block_means(n_iter, values, 10)
    finite = np.flatnonzero(np.isfinite(values))
    edges = [int(place) for place in np.linspace(0, 102, 11)]
    parts = [finite[start:stop] for start, stop in pairwise(edges)]
    np.testing.assert_allclose(means, [values[part].mean() for part in parts])
    np.testing.assert_allclose(across, [n_iter[part].mean() for part in parts])
    across, means = block_means(n_iter[:4], values[:4], 10)
    np.testing.assert_array_equal(means, values[:4])


PROGRAM = """
import numpy as np
from joml.plotting import terminal_chart
n_iter = np.arange(1, 101)
print(terminal_chart({"n_iter": n_iter} | dict.fromkeys(
    ("train_cost", "test_cost", "train_acc", "test_acc"), n_iter / 100.0), "n\\u00e9t"))
"""


@pytest.mark.slow
def test_an_ascii_standard_output_gets_ascii():
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True, capture_output=True)
    chart = done.stdout.decode("ascii")
    assert "n?t: cost" in chart
    assert "+---" in chart
    assert chart.count(".") > 40


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
@pytest.mark.parametrize(("setting", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["plain", "no-color"])
def test_a_terminal_gets_colours_unless_it_refuses_them(setting, coloured):
    import pty

    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    master, slave = pty.openpty()
    environment = kept | {"TERM": "xterm-256color", "PYTHONUTF8": "1"} | setting
    with subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=slave) as process:
        os.close(slave)
        written = b""
        while True:
            try:
                part = os.read(master, 65_536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            written += part
    os.close(master)
    assert process.returncode == 0
    assert (b"\x1b[38;5;33m" in written and b"\x1b[38;5;208m" in written) is coloured


def test_a_benchmark_is_plotted_where_it_is_asked_for(terminal, capsys, tmp_path):
    logger = BenchmarkLogger()
    logger.hear(Steps(1, 1, np.ones(10, np.float32), np.ones(10, np.float32), None))
    logger.plot_benchmark()
    assert "cost (line: training)" in capsys.readouterr().out
    with pytest.raises(ValueError, match=r"ends in \.png or \.svg, got chart\.pdf"):
        logger.plot_benchmark(tmp_path / "chart.pdf")


class TestFigures:
    @pytest.fixture(autouse=True)
    def _matplotlib(self):
        pytest.importorskip("matplotlib")

    @pytest.mark.slow
    def test_an_svg_holds_both_charts_and_any_name(self, tmp_path):
        figure(series(), r"a <b> & $\no", tmp_path / "new" / "chart.svg")
        tree = ElementTree.parse(tmp_path / "new" / "chart.svg")
        names = {element.get("id") for element in tree.iter()}
        assert {"axes_1", "axes_2"} <= names
        assert "axes_3" not in names
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["chart.svg"]

    def test_the_lines_are_the_series(self, tmp_path, monkeypatch):
        from matplotlib.figure import Figure

        drawn = []
        monkeypatch.setattr(Figure, "savefig", lambda self, path, **_: (drawn.append(self), path.touch()))
        results = series()
        figure(results, "n1", tmp_path / "chart.png")
        for axes, quantity in zip(drawn[0].axes, ("cost", "acc"), strict=True):
            raw, means, test = axes.get_lines()
            np.testing.assert_array_equal(raw.get_ydata(), results[f"train_{quantity}"])
            np.testing.assert_allclose(means.get_ydata(), block_means(results["n_iter"], raw.get_ydata(), 60)[1])
            np.testing.assert_array_equal(test.get_xdata(), np.arange(10, 401, 10))
            np.testing.assert_array_equal(test.get_ydata(), results[f"test_{quantity}"][9::10])
            assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training", "test"]

    @pytest.mark.slow
    def test_a_png_is_one_and_a_file_is_replaced_only_when_asked(self, tmp_path):
        path = tmp_path / "chart.PNG"
        figure(series(1), "n1", path)
        assert path.read_bytes().startswith(b"\x89PNG\r\n")
        with pytest.raises(FileExistsError, match="overwrite=True"):
            figure(series(1), "n1", path)
        before = path.read_bytes()
        figure(series(), "n1", path, overwrite=True)
        assert path.read_bytes() != before

    @pytest.mark.slow
    def test_no_state_of_pyplot_is_touched(self, tmp_path):
        program = f"""
import sys
import numpy as np
from pathlib import Path
from joml.plotting import figure
ones = np.ones(3)
results = dict.fromkeys(("n_iter", "train_cost", "test_cost", "train_acc", "test_acc"), ones)
figure(results, "n", Path({str(tmp_path / "a.png")!r}))
assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules and "plotext" not in sys.modules
"""
        subprocess.run([sys.executable, "-c", program], check=True)


def test_without_matplotlib_the_way_out_is_reported(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'joml-tui\[plot\]'"):
        figure(series(), "n1", tmp_path / "chart.png")
    assert not list(tmp_path.iterdir())
