"""``joml-tui gradients``: the gradients of a network whose weights and samples are given in files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from joml_tui.cli.exit_codes import DONE, FAILED, fail, narrate, refuse
from joml_tui.cli.options import asked, json_option, narrated
from joml_tui.cli.output import Column, table, width, write_json, write_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from joml_tui.inspect import Answer
    from joml_tui.reports.given_gradients import Given, Gradients

#: The largest relative error of gradients that agree, by default: with the digits that tables usually have.
_TOLERANCE = 1e-5

_FILE = click.Path(path_type=Path)


@click.command("gradients", short_help="Compute gradients of given weights and samples.")
@click.argument("architecture", metavar="ARCHITECTURE")
@click.option("--weights", type=_FILE, required=True, metavar="FILE", help="Table of weights, or an NPZ file with all.")
@click.option("--biases", type=_FILE, metavar="FILE", help="Table of biases.")
@click.option("--samples", type=_FILE, required=True, metavar="FILE", help="Table with a sample in each row.")
@click.option("--labels", default="", metavar="CLASSES", help="Classes of the samples from 0: 3,0,1, or a file.")
@click.option("--targets", type=_FILE, metavar="FILE", help="Table of values to predict, instead of labels.")
@click.option(
    "--activation", default="relu", show_default=True, metavar="NAME", help="Activation of the hidden layers."
)
@click.option(
    "--rows",
    type=click.Choice(["inputs", "units"]),
    help="Rows of weights by input or by unit (default: by length).",
)
@click.option("--output-dir", type=_FILE, metavar="FOLDER", help="Write dw.csv and db.csv there.")
@click.option("--overwrite", is_flag=True, help="Replace these files if they exist.")
@click.option("--expected", type=_FILE, nargs=2, metavar="DW DB", help="Compare with these two tables.")
@click.option("--tolerance", type=float, default=_TOLERANCE, show_default=True, help="Largest relative error.")
@click.option("--explain", is_flag=True, help="Open the lesson on this step, with every number worked.")
@json_option("the gradients and their errors")
@narrated
def gradients(
    architecture: str,
    weights: Path,
    biases: Path | None,
    samples: Path,
    labels: str,
    targets: Path | None,
    activation: str,
    rows: Literal["inputs", "units"] | None,
    output_dir: Path | None,
    overwrite: bool,
    expected: tuple[Path, Path] | None,
    tolerance: float,
    explain: bool,
) -> None:
    """Compute the gradients of the mean cost with respect to given weights and biases, in float64; train nothing.

    The table of weights has a row for each input unit (14-100-40-4: 14 rows of 100 numbers, 100 of 40, 40 of 4), or a
    row for each unit; the table of biases a row for each layer. Rows may begin with a name. Hidden layers are ReLU, the
    output is softmax with cross-entropy, and with --targets linear with the mean squared error. dw.csv and db.csv are
    laid out like the tables read, with all digits.

    A network with layers of other kinds, such as 1@8x8-c4k3-p2-10, takes its weights as an NPZ file, as `runs export`
    writes it, and gradients.npz has the gradients by the same names.

    --expected dw.csv db.csv compares with other gradients: the error of a layer is its largest difference, divided by
    its largest expected number.

    Exit codes: 0 done, 1 the gradients differ from the expected ones or a file cannot be written, 2 bad usage or input.
    """
    from joml_tui.reports.given_gradients import (  # noqa: PLC0415
        Given,
        GivenError,
        compare_gradients,
        compute_gradients,
    )
    from joml_tui.reports.given_layers import has_layers_of_kinds  # noqa: PLC0415

    if bool(labels) == (targets is not None):
        refuse("name either --labels, for classes, or --targets, for values")
    given = Given(architecture, weights, biases, samples, labels, targets, activation, rows)
    if has_layers_of_kinds(given):
        if expected is not None:
            refuse("--expected: tables of gradients are those of fully connected layers alone")
        _compute_by_layer(given, output_dir, overwrite, explain)
        raise SystemExit(DONE)
    try:
        result = compute_gradients(given)
        errors = None if expected is None else compare_gradients(result, *expected)
    except GivenError as error:
        refuse(str(error))
    if result.layouts[0].ambiguous:
        narrate(f"{weights} fits rows for input units and for units alike: read by input units; --rows units turns it.")
    if output_dir is not None:
        _write(result, output_dir, overwrite)
    agree = errors is None or max(max(pair) for pair in errors) <= tolerance
    if asked().json:
        write_json(_document(result, errors))
    else:
        write_text(_describe(result, activation, errors))
        if errors is not None:
            write_text(f"The gradients {'agree with' if agree else 'DIFFER from'} the expected ones ({tolerance:g}).")
    if explain:
        _explain(result, architecture)
    raise SystemExit(DONE if agree else FAILED)


def _compute_by_layer(given: Given, folder: Path | None, overwrite: bool, explain: bool) -> None:
    """Compute, write and explain the gradients of a network with layers of other kinds."""
    from joml_tui.reports.given_gradients import GivenError  # noqa: PLC0415
    from joml_tui.reports.given_layers import compute_layer_gradients, explain_layer_gradients  # noqa: PLC0415

    try:
        result = compute_layer_gradients(given)
    except GivenError as error:
        refuse(str(error))
    count = result.x.shape[1]
    if folder is not None:
        _write_arrays(result.arrays, folder / "gradients.npz", overwrite)
    if asked().json:
        head = {"architecture": result.network.architecture, "samples": count, "cost": result.cost}
        write_json({**head, "gradients": result.arrays})
    else:
        samples = "1 sample" if count == 1 else f"{count:,} samples"
        columns = [
            Column("gradient of", list(result.arrays)),
            Column("shape", [" x ".join(f"{size:,}" for size in each.shape) for each in result.arrays.values()]),
            Column("length", [_length(each) for each in result.arrays.values()], right=True),
        ]
        head_line = f"{result.network.architecture}: mean cost {result.cost:.17g} of {samples}"
        write_text(f"{head_line}\n{table(columns, width())}")
    if explain:
        _open_lesson(given.architecture, lambda: explain_layer_gradients(result))


def _write_arrays(arrays: dict[str, Any], path: Path, overwrite: bool) -> None:
    import numpy as np  # noqa: PLC0415

    from joml_tui.export.safe_files import ExportError, exported  # noqa: PLC0415

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with exported(path, overwrite=overwrite) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)
    except ExportError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{path.parent} could not be made: {error.strerror or error}")
    narrate(f"Written: {path}")


def _write(result: Gradients, folder: Path, overwrite: bool) -> None:
    from joml_tui.export.safe_files import ExportError, exported  # noqa: PLC0415

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in zip(("dw.csv", "db.csv"), result.tables(), strict=True):
            with exported(folder / name, overwrite=overwrite) as temporary:
                temporary.write_text(text, encoding="utf-8")
    except ExportError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{folder} could not be made: {error.strerror or error}")
    narrate(f"Written: {folder / 'dw.csv'} and {folder / 'db.csv'}")


def _describe(result: Gradients, activation: str, errors: list[tuple[float, float]] | None) -> str:
    from joml.wording import counted  # noqa: PLC0415

    count = result.x.shape[1]
    output = result.network.output_layer
    samples = counted(count, "sample")
    functions = f"{activation} and {output.activation_function.name}, {output.cost_function.name}"
    head = f"{result.network.architecture}, {functions}: mean cost {result.cost:.17g} of {samples}"
    columns = [
        Column("layer", [f"{place}" for place, _ in enumerate(result.db, start=1)], right=True),
        Column("dW", [f"{dW.shape[0]:,} x {dW.shape[1]:,}" for dW in result.dW], right=True),
        Column("length of dW", [_length(dW) for dW in result.dW], right=True),
        Column("length of db", [_length(db) for db in result.db], right=True),
    ]
    if errors is not None:
        columns += [
            Column(f"error of {name}", [f"{pair[place]:.1e}" for pair in errors], right=True)
            for place, name in enumerate(("dW", "db"))
        ]
    return f"{head}\n{table(columns, width())}"


def _length(gradient: Any) -> str:
    return f"{float((gradient * gradient).sum()) ** 0.5:.6g}"


def _document(result: Gradients, errors: list[tuple[float, float]] | None) -> dict[str, Any]:
    layers: list[dict[str, Any]] = [{"dW": dW, "db": db} for dW, db in zip(result.dW, result.db, strict=True)]
    if errors is not None:
        for layer, (of_dW, of_db) in zip(layers, errors, strict=True):
            layer |= {"error_dW": of_dW, "error_db": of_db}
    return {
        "architecture": result.network.architecture,
        "samples": result.x.shape[1],
        "cost": result.cost,
        "rows": result.layouts[0].rows,
        "layers": layers,
    }


def _explain(result: Gradients, architecture: str) -> None:
    from joml_tui.reports.given_gradients import explain_gradients  # noqa: PLC0415

    _open_lesson(architecture, lambda: explain_gradients(result))


def _open_lesson(architecture: str, explain: Callable[[], Answer]) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        refuse("--explain opens a screen: call it in a terminal")
    from joml_tui.ui.app import run_lab  # noqa: PLC0415
    from joml_tui.ui.lessons.lesson_source import answered  # noqa: PLC0415

    run_lab(lesson=answered(f"{architecture}, given weights", explain()))
