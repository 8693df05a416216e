"""Additions to the summaries of earlier versions: the unit of costs, and the name of the data file."""

from __future__ import annotations

import contextlib
import sqlite3

import msgspec
from msgspec import structs

from joml_tui.experiment import cost_unit_of, source_of
from joml_tui.experiment.dataset_specs import file_kinds
from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.run_record import RunRecord

_RUNS = "SELECT number, summary, experiment FROM runs JOIN descriptions ON run = number"


def complete_older_summaries(connection: sqlite3.Connection) -> None:
    """Add the unit of costs of runs, and the name of the data file where the summary has only its kind, such as csv.

    This is part of the running transaction.
    """
    for number, summary, yaml in connection.execute(_RUNS).fetchall():
        with contextlib.suppress(Exception):  # damaged in any way: left unchanged
            record = msgspec.msgpack.decode(summary, type=RunRecord)
            experiment = parse_experiment(yaml)
            dataset = source_of(experiment.dataset) if record.dataset in file_kinds() else record.dataset
            named = structs.replace(record, dataset=dataset, cost_unit=cost_unit_of(experiment))
            connection.execute("UPDATE runs SET summary = ? WHERE number = ?", (msgspec.msgpack.encode(named), number))
