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
    from joml_tui.reports.given_layers import LayerGradients

#: The largest relative error of gradients that agree, by default: with the digits that tables usually have.
_TOLERANCE = 1e-5

#: Tables of gradients: of weights and of biases.
_TABLES = 2

#: Extensions of files that have all gradients by name.
_PACKED = (".npz", ".safetensors")

_FILE = click.Path(path_type=Path)


class _GradientsCommand(click.Command):
    """A command whose ``--expected`` takes one file, or two tables."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments, with the second table as another value of the option."""
        given = list(args)
        for place in reversed([place for place, word in enumerate(args) if word == "--expected"]):
            first, second = [*args[place + 1 : place + 3], "--", "--"][:2]
            if Path(first).suffix.lower() not in _PACKED and not second.startswith("-"):
                given.insert(place + 2, "--expected")
        return super().parse_args(ctx, given)


@click.command("gradients", cls=_GradientsCommand, short_help="Compute gradients of given weights and samples.")
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
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", help="Drop what dropout drops by this seed (default: nothing)."
)
@click.option("--expected", type=_FILE, multiple=True, metavar="DW DB", help="Compare with two tables, or an NPZ file.")
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
    seed: int | None,
    expected: tuple[Path, ...],
    tolerance: float,
    explain: bool,
) -> None:
    """Compute the gradients of the mean cost with respect to given weights and biases, in float64; train nothing.

    The table of weights has a row for each input unit (14-100-40-4: 14 rows of 100 numbers, 100 of 40, 40 of 4), or a
    row for each unit; the table of biases a row for each layer. Rows may begin with a name. Hidden layers are ReLU, the
    output is softmax with cross-entropy, and with --targets linear with the mean squared error. dw.csv and db.csv are
    laid out like the tables read, with all digits.

    A network with layers of other kinds, such as 1@8x8-c4k3-p2-10, takes its weights as an NPZ file, as `runs export`
    writes it, and gradients.npz has the gradients by the same names. Dropout drops nothing, or with --seed what a
    random generator of this seed draws.

    --expected dw.csv db.csv or --expected gradients.npz compares with other gradients: an error is the largest
    difference, divided by the largest expected number.

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
    if len(expected) > _TABLES:
        refuse(f"--expected: the tables of dW and db are needed, or one NPZ file, and there are {len(expected)} files")
    given = Given(architecture, weights, biases, samples, labels, targets, activation, rows, seed)
    if has_layers_of_kinds(given):
        agree = _compute_by_layer(given, output_dir, overwrite, expected, tolerance, explain)
        raise SystemExit(DONE if agree else FAILED)
    if seed is not None:
        narrate(f"--seed changes nothing: {architecture} has no dropout.")
    try:
        result = compute_gradients(given)
        errors = compare_gradients(result, expected) if expected else None
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
        write_text(_describe(result, errors))
        if errors is not None:
            write_text(_verdict(agree, tolerance))
    if explain:
        _explain(result, architecture)
    raise SystemExit(DONE if agree else FAILED)


def _compute_by_layer(
    given: Given, folder: Path | None, overwrite: bool, expected: tuple[Path, ...], tolerance: float, explain: bool
) -> bool:
    """Compute, write, compare and explain gradients with layers of other kinds; return whether they agree."""
    from joml_tui.reports.given_gradients import GivenError  # noqa: PLC0415
    from joml_tui.reports.given_layers import (  # noqa: PLC0415
        compare_layer_gradients,
        compute_layer_gradients,
        explain_layer_gradients,
    )

    try:
        result = compute_layer_gradients(given)
        errors = compare_layer_gradients(result, expected) if expected else None
    except GivenError as error:
        refuse(str(error))
    _narrate_dropout(result)
    if folder is not None:
        _write_arrays(result.arrays, folder / "gradients.npz", overwrite)
    agree = errors is None or max(errors.values()) <= tolerance
    if asked().json:
        document = {"architecture": result.architecture, "samples": result.x.shape[1], "cost": result.cost}
        compared = {} if errors is None else {"errors": errors}
        write_json({**document, "dropout_seed": result.seed, "gradients": result.arrays, **compared})
    else:
        write_text(_describe_by_layer(result, errors))
        if errors is not None:
            write_text(_verdict(agree, tolerance))
    if explain:
        _open_lesson(given.architecture, lambda: explain_layer_gradients(result))
    return agree


def _narrate_dropout(result: LayerGradients) -> None:
    from joml.layers.layer_stack import parse_layers  # noqa: PLC0415
    from joml_tui.reports.given_layers import has_dropout  # noqa: PLC0415

    drops = has_dropout(parse_layers(result.architecture).layers)
    if drops and result.seed is None:
        narrate("Dropout is off, as in prediction: nothing is dropped. --seed 1 drops what a training step might.")
    elif drops:
        narrate(f"Dropout drops what the seed {result.seed} draws.")
    elif result.seed is not None:
        narrate(f"--seed changes nothing: {result.architecture} has no dropout.")


def _describe_by_layer(result: LayerGradients, errors: dict[str, float] | None) -> str:
    from joml.wording import counted  # noqa: PLC0415

    columns = [
        Column("gradient of", list(result.arrays)),
        Column("shape", [" x ".join(f"{size:,}" for size in each.shape) for each in result.arrays.values()]),
        Column("length", [_length(each) for each in result.arrays.values()], right=True),
    ]
    if errors is not None:
        columns.append(Column("error", [f"{error:.1e}" for error in errors.values()], right=True))
    samples = counted(result.x.shape[1], "sample")
    return f"{result.architecture}: mean cost {result.cost:.17g} of {samples}\n{table(columns, width())}"


def _verdict(agree: bool, tolerance: float) -> str:
    return f"The gradients {'agree with' if agree else 'DIFFER from'} the expected ones ({tolerance:g})."


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


def _describe(result: Gradients, errors: list[tuple[float, float]] | None) -> str:
    from joml.wording import counted  # noqa: PLC0415

    count = result.x.shape[1]
    output = result.network.output_layer
    samples = counted(count, "sample")
    hidden = dict.fromkeys(layer.activation_function.name for layer in result.network.layers[:-1])
    functions = f"{' and '.join([*hidden, output.activation_function.name])}, {output.cost_function.name}"
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
