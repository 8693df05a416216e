"""Tables whose reader may break down are read in another process, and damage is an error as any other."""

import gzip
import io

import pytest

pa = pytest.importorskip("pyarrow")
orc = pytest.importorskip("pyarrow.orc")

from joml.data.dataset_error import DatasetError  # noqa: E402
from joml.data.readers import arrow_process  # noqa: E402
from joml.data.readers.arrow_process import DamagedTableError, read_in_process  # noqa: E402
from joml.data.readers.table_file import read_table_names, read_table_samples  # noqa: E402

TABLE = pa.table({"a": list(range(40)), "kind": ["x", "y"] * 20})


def written(path):
    orc.write_table(TABLE, path)
    return path


@pytest.mark.slow
def test_rows_come_from_the_other_process(tmp_path):
    path = written(tmp_path / "table.orc")
    for file in (path.open("rb"), io.BytesIO(path.read_bytes())):
        with file, read_in_process(file) as read:
            assert (read.rows, read.schema.names) == (40, ["a", "kind"])
            assert pa.Table.from_batches(read.batches).to_pydict() == TABLE.to_pydict()


@pytest.mark.slow
def test_names_and_packed_tables_are_read_too(tmp_path):
    path = written(tmp_path / "table.orc")
    packed = tmp_path / "packed.orc.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_table_names(path) == ("a", "kind")
    assert len(read_table_samples(packed).y) == 40


def test_a_process_that_breaks_down_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow_process, "_PROGRAM", "import os; os.abort()")
    with pytest.raises(DatasetError, match=r"table.orc: is not a table .* pyarrow broke down while it read the file"):
        read_table_samples(written(tmp_path / "table.orc"))
    program = "import sys; sys.stdout.write('40\\n'); sys.stdout.flush(); sys.stderr.write('half of it is missing')"
    monkeypatch.setattr(arrow_process, "_PROGRAM", program)
    with (
        pytest.raises(DamagedTableError, match="half of it is missing"),
        (tmp_path / "table.orc").open("rb") as file,
        read_in_process(file) as read,
    ):
        list(read.batches)


def test_damaged_offsets_of_texts_are_a_sentence(tmp_path):
    offsets, content = pa.py_buffer(b"\0\0\0\0\xff\xff\xff\x7f\2\0\0\0"), pa.py_buffer(b"xy")
    texts = pa.StringArray.from_buffers(2, offsets, content)
    path = tmp_path / "table.arrow"
    with pa.ipc.new_file(path, pa.schema({"a": pa.int64(), "kind": pa.string()})) as file:
        file.write_batch(pa.RecordBatch.from_arrays([pa.array([1, 2]), texts], ["a", "kind"]))
    with pytest.raises(DatasetError, match=r"table.arrow: is not a table .* or is damaged"):
        read_table_samples(path)
