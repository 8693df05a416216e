"""A note says so where a point may separate thousands in every number of a column."""

import pytest

from joml.data.readers.csv_file import read_csv_samples

NOTE = (
    "column 2 ('price'): numbers such as 500.000 are read with a decimal point, as 500; if the point separates "
    "thousands, write them without it, as 500000"
)


def notes(path, name, price, delimiter=";"):
    rows = [delimiter.join((name(n), price(n), "ab"[n % 2])) for n in range(60)]
    path.write_text("\n".join([delimiter.join(("size", "price", "k")), *rows]) + "\n")
    return read_csv_samples(path).notes


@pytest.mark.parametrize("name", [lambda n: str(n % 7), lambda n: "uvw"[n % 3]])
def test_what_may_be_thousands_is_noted(tmp_path, name):
    path = tmp_path / "t.csv"
    assert NOTE in notes(path, name, lambda n: f"{500 + n}.000")
    assert NOTE in notes(path, name, lambda n: f"{500 + n}.000" if n % 9 < 8 else "")
    assert not any("thousands" in note for note in notes(path, name, lambda n: f"{500 + n}.{n:02}"))
    assert not any("thousands" in note for note in notes(path, name, lambda n: f"{500 + n}.000", ","))
    assert not any("thousands" in note for note in notes(path, lambda n: f"0.{n}", lambda n: f"{500 + n}.000"))
    assert not any("thousands" in note for note in notes(path, name, lambda n: f"{500 + n}.000" if n < 59 else "7"))
