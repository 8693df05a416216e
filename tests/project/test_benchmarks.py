"""The benchmarks run and print the tables of docs/speed.md; how fast the machine is meanwhile is not asked."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: A training that takes a whole processor is waited for no longer than it needs for any figure at all.
QUICK = {"JOML_BENCHMARK_WARM_UP": "0.3"}


def needs(package, reason):
    """Skip a test where a package is missing, which its own process alone imports."""
    return pytest.mark.skipif(find_spec(package) is None, reason=reason)


def lines_of(*arguments):
    result = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | QUICK,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_speed_prints_each_network_with_its_ratio_and_the_memory():
    lines = lines_of("benchmarks.speed", "--rounds", "1", "--seconds", "0.05", "--samples", "640")
    rows = {line.split()[0]: line.split() for line in lines if re.match(r"\d+-", line)}
    assert set(rows) == {"14-100-40-4", "14-28x6-4", "14-14x28-4", "784-512-256-10"}
    # A row is network, batch, the speed of each library, joml's ratio to each peer, and the ratio required of which.
    libraries = (len(rows["14-28x6-4"]) - 3) // 2
    assert all(float(row[2 + libraries]) > 0 for row in rows.values())
    (memory,) = (line for line in lines if line.startswith("Peak memory"))
    assert int(re.search(r"(\d+) MiB", memory)[1]) < 60


@pytest.mark.slow
@pytest.mark.timeout(300)
@needs("torch", "images are compared with torch")
def test_images_print_each_network_with_its_ratio():
    rows = [line.split() for line in lines_of("benchmarks.images", "--rounds", "1", "--steps", "1")[2:]]
    assert [row[0].split("-")[0] for row in rows] == ["1@28x28"] * 4
    assert all(float(row[3]) > 0 for row in rows)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the processor's time")
def test_keys_prints_what_a_key_costs():
    _, row = lines_of("benchmarks.keys", "--size", "80x24", "--rounds", "1", "--only", "areas")
    median, most = (float(number) for number in re.findall(r"(-?\d+) ms", row))
    assert 0 < median <= most


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_live_prints_what_the_lab_costs():
    lines = lines_of(
        "benchmarks.live", "--rounds", "1", "--seconds", "2", "--network", "14-100-40-4", "--engine", "process"
    )
    *_, row = lines
    kept, frames = re.search(r"(\d+) %\s+([\d.]+)", row).groups()
    times = [float(value) for value in re.findall(r"(nan|[\d.]+) m?s", row)]
    assert len(times) == 6
    # A busy machine may keep less than a hundredth of the speed, and draw no second frame.
    assert float(kept) >= 0 and float(frames) >= 0 and all(not value <= 0 for value in times)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_replicas_print_each_network_with_both_ratios():
    lines = lines_of("benchmarks.replicas", "--rounds", "1", "--seconds", "0.3")
    rows = {line.split()[0]: line.split() for line in lines if re.match(r"\d+-", line)}
    assert set(rows) == {"14-100-40-4", "14-28x6-4", "14-14x28-4"}
    for _, _, _, stack, _, _, processes, _, _, _ in rows.values():
        assert float(stack) > 0
        assert float(processes) > 0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_iterating_prints_each_network_with_both_ratios():
    lines = lines_of("benchmarks.iterating", "--rounds", "1")
    rows = [line.split() for line in lines if re.match(r"\d+-", line)]
    assert [(row[0], row[1]) for row in rows] == [
        (network, batch) for network in ("14-100-40-4", "14-28x6-4") for batch in ("256", "32")
    ]
    assert all(float(row[4]) > 0 and float(row[6]) > 0 for row in rows)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_live_prints_what_each_panel_costs():
    panels = {"layers", "step"}  # one that draws all the time, and a lesson
    lines = lines_of("benchmarks.live", "--seconds", "1", "--panels", *panels)
    rows = {line.split()[0]: line for line in lines if line.split()[:1] and line.split()[0] in panels}
    assert set(rows) == panels
    for row in rows.values():
        assert int(re.search(r"(\d+) %", row)[1]) > 0
        repaint, _, key, key_late = (float(value) for value in re.findall(r"([\d.]+) ms", row))
        assert repaint > 0
        assert 0 < key <= key_late
        assert int(row.split()[-1]) > 0  # keys that were answered
    assert float(re.search(r"% +([\d.]+)", rows["layers"])[1]) > 0


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_wire_prints_the_bytes_a_second():
    *_, row = lines_of("benchmarks.wire", "--seconds", "2", "--panels", "charts")
    here, remote = (float(rate) for rate in re.findall(r"([\d.]+) KB/s", row))
    assert here > 0
    assert 0 < remote < 15


@pytest.mark.slow
def test_live_names_the_panels_there_are():
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.live", "--panels", "charts", "cellar"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "There is no panel cellar; there are charts, runs, diagram," in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(300)
@needs("sklearn", "the tables are scikit-learn's")
def test_tables_print_a_score_beside_the_baselines():
    *_, row = lines_of("benchmarks.tables", "--seeds", "1", "--only", "wine")
    score, majority, *_ = (float(number) for number in re.findall(r"[01]\.\d{3}", row))
    assert score > majority


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="asks the system for the peak of a process's memory")
def test_reading_prints_each_reader_with_its_ratio():
    lines = lines_of("benchmarks.reading", "--rows", "2000", "--rounds", "1")
    rows = [line.split() for line in lines if re.match(r"numbers|and a", line)]
    assert sum(row[0] == "numbers" for row in rows) >= 4
    assert any("pyarrow" in row for row in rows)
    (own,) = (line for line in lines if line.startswith("numbers") and "joml csv" in line)
    assert "  1.00  " in own
