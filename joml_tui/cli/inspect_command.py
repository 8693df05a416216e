"""``joml-tui inspect``: the columns of a data file, and the experiment that follows from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from joml_tui.cli.arguments import complete_experiments
from joml_tui.cli.exit_codes import DONE, FAILED, refuse
from joml_tui.cli.experiment_changes import Changes, changing_options
from joml_tui.cli.experiments import choices_of
from joml_tui.cli.options import asked, json_option, narrated
from joml_tui.cli.output import Column, one_line, shortened, table, width, write_json, write_text
from joml_tui.cli.reading_bar import showing_reading

if TYPE_CHECKING:
    from joml_tui.reports.table_report import ColumnReport, TableReport

#: Longest names and frequent values in the table.
_LONGEST_NAME, _LONGEST_VALUES = 30, 48
#: Classes whose numbers of samples are shown.
_MOST_CLASSES = 20


@click.command("inspect", short_help="Show the columns of a data file.")
@click.argument("data", metavar="FILE", shell_complete=complete_experiments)
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the experiment that would run, to edit.")
@changing_options
@json_option("the columns and the experiment")
@narrated
def inspect(data: str, as_yaml: bool, changes: Changes) -> None:
    """Show the columns of a data file: kind, values, use, and what is suspicious; train nothing.

    FILE is a data file, a folder of them, or an experiment that reads one. --yaml prints the experiment that
    `joml-tui run FILE` would train, with the remarks as comments.

    Exit codes: 0 done, 1 something keeps the file from being trained on, 2 bad usage, or the file cannot be read.
    """
    if as_yaml and asked().json:
        refuse("--yaml prints YAML: leave out --json")
    from joml_tui.experiment.loading import reading_once  # noqa: PLC0415
    from joml_tui.reports.table_report import inspect_table  # noqa: PLC0415

    try:
        with reading_once(), showing_reading(asked().quiet):
            report = inspect_table(data, changes.to_settings())
    except ValueError as error:
        refuse(str(error))
    if as_yaml:
        _print_yaml(report, changes)
    elif asked().json:
        write_json(_document(report))
    else:
        write_text(_describe(report, changes))
    raise SystemExit(FAILED if report.problems else DONE)


def _describe(report: TableReport, changes: Changes) -> str:
    from joml.task import TARGETS  # noqa: PLC0415
    from joml.wording import counted  # noqa: PLC0415

    size = counted(report.rows, "row") + (f", {counted(len(report.columns), 'column')}" if report.columns else "")
    lines = [f"{Path(report.path).name or report.path}: {size}, read as the data set {report.reader}"]
    if report.task is not None:
        targets = TARGETS[report.task] if report.outputs > 1 else TARGETS[report.task].removesuffix("s")
        lines.append(f"{counted(report.features, 'feature')}{_image_of(report)}, {report.outputs:,} {targets}")
    if report.class_counts and not report.columns:  # the table of columns shows the frequent ones
        lines.append(f"samples of each class: {_counts_of(report)}")
    if report.opened is not None:
        lines += choices_of(report.opened, report.opened.experiment, changes)
    if report.columns:
        lines += ["", _table_of(report)]
    remarks = [f"{_name_of(column)}: {remark}" for column in report.columns for remark in column.remarks]
    # The reasons of this one stand among the remarks.
    problems = [
        re.sub(r"(: no feature column remains): .*", r"\1", each) if remarks else each for each in report.problems
    ]
    for title, sentences in (("Remarks", [*remarks, *report.notes]), ("Problems", problems)):
        if sentences:
            lines += ["", f"{title}:", *(f"  {_sentence(each)}" for each in sentences)]
    return "\n".join(lines)


def _image_of(report: TableReport) -> str:
    """Return the size of images, and their channels, as a part of a sentence; empty for other data."""
    if report.image_shape is None:
        return ""
    channels, height, width = report.image_shape
    return f" (images of {height} x {width} pixels{f', {channels} channels' if channels > 1 else ''})"


def _counts_of(report: TableReport) -> str:
    shown = [f"{one_line(name)}: {count:,}" for name, count in report.class_counts[:_MOST_CLASSES]]
    rest = [count for _, count in report.class_counts[_MOST_CLASSES:]]
    more = f", and {len(rest):,} more of {min(rest):,} to {max(rest):,}" if rest else ""
    return ", ".join(shown) + more


def _sentence(text: str) -> str:
    return one_line(text) if text.endswith((".", "?", "!")) else f"{one_line(text)}."


def _table_of(report: TableReport) -> str:
    columns = report.columns
    return table(
        [
            Column("column", [shortened(_name_of(each), _LONGEST_NAME) for each in columns]),
            Column("kind", [each.kind for each in columns]),
            Column("distinct", [f"{each.summary.distinct:,}" for each in columns], 2, right=True),
            Column("missing", [f"{each.summary.missing:,}" for each in columns], 1, right=True),
            Column("range, or most frequent values", [_values_of(each) for each in columns], 4),
            Column("use", [_use_of(each) for each in columns], 3),
        ],
        width(),
    )


def _name_of(column: ColumnReport) -> str:
    return one_line(column.name) or f"column {column.position + 1}"


def _values_of(column: ColumnReport) -> str:
    summary = column.summary
    if column.range:
        return " to ".join(column.range)
    if summary.distinct > 1 and summary.distinct == summary.rows - summary.missing:
        return "all different"
    return shortened(one_line(", ".join(f"{value} {count:,}" for value, count in summary.frequent)), _LONGEST_VALUES)


def _use_of(column: ColumnReport) -> str:
    return f"{column.features:,} features" if column.features > 1 else column.use


def _document(report: TableReport) -> dict[str, Any]:
    """Return a report as plain values."""
    experiment = None if report.opened is None else report.opened.experiment
    return {
        "path": report.path,
        "dataset": report.reader,
        "rows": report.rows,
        "features": report.features,
        "outputs": report.outputs,
        "task": report.task,
        "image_shape": report.image_shape,
        "classes": [{"name": name, "samples": count} for name, count in report.class_counts],
        "columns": [
            {
                "position": column.position,
                "name": column.name,
                "kind": column.kind,
                "use": column.use,
                "features": column.features,
                "distinct": column.summary.distinct,
                "missing": column.summary.missing,
                **dict(zip(("least", "greatest"), _ends_of(column), strict=True)),
                "frequent": [{"value": value, "rows": count} for value, count in column.summary.frequent],
                "remarks": column.remarks,
            }
            for column in report.columns
        ],
        "notes": report.notes,
        "problems": report.problems,
        "experiment": experiment,
    }


def _ends_of(column: ColumnReport) -> tuple[float | str | None, float | str | None]:
    """Return the least and the greatest value: numbers, or dates as texts."""
    if column.kind == "date":
        return (column.range[0], column.range[1]) if column.range else (None, None)
    return (column.summary.least, column.summary.greatest) if column.range else (None, None)


def _print_yaml(report: TableReport, changes: Changes) -> None:
    from joml_tui.experiment.yaml_text import dump_experiment  # noqa: PLC0415

    if report.opened is None:
        refuse("; ".join(report.problems))
    experiment = report.opened.experiment
    sentences = choices_of(report.opened, experiment, changes)
    remarks = [f"{_name_of(column)}: {remark}" for column in report.columns for remark in column.remarks]
    sentences += map(_sentence, (*remarks, *report.notes, *report.problems))
    write_text("".join(f"# {one_line(each)}\n" for each in sentences) + dump_experiment(experiment), nl=False)
