"""Reading files in threads: progress, results, and ends."""

import asyncio
import threading

import pytest

from joml.data.readers import reading_progress
from joml.data.readers.csv_file import read_csv
from joml.data.readers.reading_progress import ReadingEndedError
from joml_tui.ui.data_files.background_reading import BackgroundReading, ReadingProgress, ReadingStoppedError


def table_of(tmp_path, rows=400):
    path = tmp_path / "table.csv"
    path.write_text("a,b,label\n" + "".join(f"{row},{row % 7},{row % 2}\n" for row in range(rows)))
    return path


async def test_it_returns_the_result_and_raises_the_error_of_the_function():
    reading = BackgroundReading(lambda progress: None)
    assert await reading.read(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        await reading.read(lambda: 1 / 0)


async def test_progress_is_shown_while_a_file_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_progress, "_LARGE", 100)
    shown, was_shown = [], threading.Event()

    def show(progress):
        shown.append(progress)
        if progress is not None and progress.name:  # it has none before the thread has begun to read
            was_shown.set()

    def slow(path):
        data = read_csv(path)
        assert was_shown.wait(300)
        return data

    path = table_of(tmp_path)
    data = await BackgroundReading(show).read(slow, path)
    assert data.train_size + data.test_size == 400
    assert shown[-1].name == "table.csv"
    assert shown[-1].size == path.stat().st_size


@pytest.mark.parametrize("end", ["stop", "cancel"])
async def test_a_stop_or_a_cancelled_worker_ends_the_thread(tmp_path, monkeypatch, end):
    monkeypatch.setattr(reading_progress, "_LARGE", 100)
    has_begun, may_read, ended = threading.Event(), threading.Event(), []

    def slow(path):
        has_begun.set()
        may_read.wait(300)
        try:
            read_csv(path)
        except ReadingEndedError:
            ended.append("stopped")

    reading = BackgroundReading(lambda progress: None)
    task = asyncio.create_task(reading.read(slow, table_of(tmp_path)))
    while not has_begun.is_set():
        await asyncio.sleep(0.01)
    if end == "stop":
        reading.stop()
        with pytest.raises(ReadingStoppedError, match="was stopped"):
            await task
    else:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    may_read.set()
    while not ended:
        await asyncio.sleep(0.01)


def test_a_line_with_a_bar():
    assert ReadingProgress("a.csv", 50, 200).describe() == "Reading a.csv ━━────── 25 %"
    assert ReadingProgress("a.csv", 200, 200).describe() == "a.csv is read; its columns are being prepared"
    assert "\n" not in ReadingProgress("a\n.csv", 0, 0).describe()
    assert ReadingProgress("a.npz", seconds=0.4).describe() == "Reading a.npz ──━─────"
    assert ReadingProgress().describe("b.mat") == "Reading b.mat ━───────"
