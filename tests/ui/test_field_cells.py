"""How the fields of runs look in cells."""

from types import SimpleNamespace

import pytest
from msgspec import structs

from joml_tui.experiment import Experiment, LayerSpec, Xor
from joml_tui.runs.run_fields import FIELDS, facts_of, find_field
from joml_tui.runs.run_record import RunRecord
from joml_tui.ui.runs.field_cells import title_of, write_field

HOSTILE = "[/] a[b \x1b]0;owned\x07 \u202e"
EXPERIMENT = Experiment(dataset=Xor(samples=40), layers=(LayerSpec(3, dropout=0.1), LayerSpec(2)))
RUN = SimpleNamespace(
    number=7,
    name=HOSTILE,
    label="x #7",
    note="",
    tags=("deep", HOSTILE),
    status=("finished", HOSTILE),
    record=RunRecord(
        *("2-3x2-2", 12_345, HOSTILE, "adam", 0.002, "all", 3, 1, 10, 64_000, 64_000, 64, 75.0),
        *(0.5, 0.9321, float("nan"), None),
    ),
)
FACTS = facts_of(RUN, lambda: EXPERIMENT)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("parameters", "12,345"),
        ("learning_rate", "0.002"),
        ("batch_size", "all"),
        ("train_cost", "0.5000"),
        ("train_accuracy", "93.21 %"),
        ("test_cost", "–"),
        ("test_score", "–"),
        ("epoch", "1000/10"),
        ("seconds", "1:15"),
        ("created", "–"),
        ("note", ""),
        ("layers[0].dropout", "0.1"),
        ("layers[].size", "3, 2"),
        ("layers[4].size", "–"),
        ("optimizer.momentum", "–"),
        ("layers[0].normalised", "no"),
    ],
)
def test_cells_are_short_and_missing_values_are_dashes(name, written):
    assert write_field(find_field(name), FACTS) == written


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_cells_are_harmless(field):
    assert write_field(field, FACTS).isprintable()
    assert title_of(field, ["classes"]).isprintable()


def test_a_cell_that_takes_more_than_its_value_is_harmless_too():
    record = structs.replace(RUN.record, network=HOSTILE)
    facts = facts_of(SimpleNamespace(**(vars(RUN) | {"record": record})))
    assert write_field(find_field("network"), facts).isprintable()


def test_scores_are_titled_by_the_tasks():
    assert title_of(find_field("test_score"), ["regression"]) == "Test R2"
    assert title_of(find_field("test_score"), ["classes", "regression"]) == "Test acc/R2"
