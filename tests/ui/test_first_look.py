"""The first look at an experiment, and what it says where no training is possible yet."""

import sys
from pathlib import Path

import pytest
from laboratory import SMALL, WIDE, compose_of, lab_of, opened, until
from msgspec import structs

from joml_tui.experiment import CsvFile, Digits, Experiment, LayerSpec, Xor
from joml_tui.experiment.own_parts import OwnSpec
from joml_tui.ui.compose.first_look import FirstLook

GONE = Experiment(dataset=CsvFile(path=str(Path("/nowhere/gone.csv")), label="y"))
OBSTACLES = {
    "not installed": (Experiment(dataset=Digits()), "Data set: digits needs scikit-learn: pip install"),
    "a file that is gone": (GONE, "gone.csv: no such file"),
    "no file yet": (structs.replace(GONE, dataset=CsvFile(path="", label="")), "File: "),
    "a part that is gone": (
        Experiment(dataset=Xor(samples=200), layers=(LayerSpec(4, OwnSpec("nothere:gone")),)),
        "there is no nothere.py",
    ),
    "a wrong entry": (structs.replace(Experiment(dataset=Xor(samples=200)), epochs=0), "Epochs: "),
}


def said(pilot):
    """Return what the bottom line says, and the sentences in the charts' place."""
    lab = lab_of(pilot)
    look = lab.charts_area.query_one(FirstLook)
    return lab.transport.query_one("#progress").render().plain, "\n".join(
        str(sentence.content) for sentence in look.query(".sentence")
    )


@pytest.mark.parametrize("name", OBSTACLES)
async def test_what_prevents_a_training_stands_in_the_bottom_line_and_in_the_charts_place(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    experiment, obstacle = OBSTACLES[name]
    async with opened(experiment, WIDE) as pilot:
        await until(pilot, lambda: obstacle in said(pilot)[1])
        line, sentences = said(pilot)
        assert line.startswith("▲ ")
        assert "Press r" not in line
        assert "marks the entry; once it is right, r trains the network" in sentences
        assert "r trains a network of" not in sentences
        compose_of(pilot).load(Experiment(dataset=Xor(samples=200)))
        await until(pilot, lambda: said(pilot)[0].startswith("Press r to train"))
        assert "▲" not in said(pilot)[1]
        assert "r trains a network of" in said(pilot)[1]


async def test_in_a_small_terminal_it_is_cut_with_a_sign(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    async with opened(Experiment(dataset=Digits()), SMALL) as pilot:
        await until(pilot, lambda: said(pilot)[0].startswith("▲ Data set: digits needs scikit-learn"))
        assert said(pilot)[0].endswith("…")
