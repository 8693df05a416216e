"""Commands that list, show and compare stored runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from joml_tui.alignment import align_left
from joml_tui.cli.arguments import complete_fields, complete_runs, plain_text
from joml_tui.cli.exit_codes import narrate, refuse, warn
from joml_tui.cli.options import CommandT, asked, json_option, narrated, store_option
from joml_tui.cli.output import Column, one_line, shortened, table, width, write_json, write_json_line, write_text
from joml_tui.cli.store_context import find_run, opened_store
from joml_tui.names import metric_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joml_tui.runs.run_fields import RunFacts, RunField
    from joml_tui.runs.run_record import RunRecord
    from joml_tui.store import Store, StoredRun

#: Smallest width of a value in a comparison.
_SHORTEST_CELL = 9
#: Most damaged runs that are named with the list.
_MOST_DAMAGED = 5


class _WithFields(click.Command):
    """A command whose help ends with the list of a run's fields."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the fields with their aliases."""
        from joml_tui.runs.run_fields import FIELDS  # noqa: PLC0415

        with formatter.section("Fields (and any setting by its path, such as optimizer.l2)"):
            formatter.write_dl([(", ".join((field.name, *field.aliases)), field.help) for field in FIELDS])


def fields_options(only_with: str = "") -> Callable[[CommandT], CommandT]:
    """Add ``--sort``, ``--reverse`` and ``--columns``; ``only_with`` names the option that they belong to."""

    def text(sentence: str) -> str:
        return f"With {only_with}: {sentence[0].lower()}{sentence[1:]}" if only_with else sentence

    def add_options(command: CommandT) -> CommandT:
        for option in (
            _field_option("--columns", "columns", "FIELD,...", text("Fields and settings, such as run,epochs.")),
            click.option("--reverse", is_flag=True, help=text("Reverse the order.")),
            _field_option("--sort", "sort", "FIELD", text("Sort by a field or setting, smallest first.")),
        ):
            command = option(command)
        return command

    return add_options


def _field_option(name: str, parameter: str, metavar: str, text: str) -> Callable[[CommandT], CommandT]:
    return click.option(
        name,
        parameter,
        shell_complete=complete_fields,
        callback=plain_text,
        metavar=metavar,
        default="",
        help=text,
    )


@click.command("list", cls=_WithFields, short_help="List stored runs, newest first.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Maximum number of runs (default: all).")
@click.option("--filter", "wanted", callback=plain_text, metavar="TEXT", default="", help="Show only matching runs.")
@fields_options()
@store_option
@json_option("one line per run")
@narrated
def list_(limit: int | None, wanted: str, sort: str, reverse: bool, columns: str) -> None:
    """List stored runs, newest first, with as many columns as fit the terminal.

    The filter is that of the lab: terms that must all match, such as 'test_acc>0.9 opt:adam tag:deep !state:diverged'.
    Runs without a value for --sort come last. Any setting is named by its path, such as optimizer.l2 or
    layers[0].dropout; --json with --columns writes only these.

    Exit codes: 0 done, 1 the store cannot be used, 2 bad usage, an unknown field, or an invalid filter.
    """
    chosen = named_fields("--columns", columns)
    order = named_field("--sort", sort)
    runs = chosen_runs(limit, wanted, order, reverse, chosen, as_shown=not asked().json)
    if asked().json:
        from joml_tui.runs.run_fields import json_values  # noqa: PLC0415

        for facts in runs:
            write_json_line(json_values(facts, chosen))
    elif runs:
        from joml_tui.cli.runs import run_values  # noqa: PLC0415

        write_text(table(run_values.columns(runs, chosen), None if chosen else width()))


def named_field(option: str, named: str) -> RunField | None:
    """Return the field that an option names; None if the option is not given."""
    fields = named_fields(option, named)
    if len(fields) > 1:
        refuse(f"{option} takes one field")
    return fields[0] if fields else None


def named_fields(option: str, named: str) -> list[RunField]:
    """Return the fields that an option names, separated by commas, each once."""
    from joml_tui.runs.run_fields import find_field  # noqa: PLC0415

    try:
        fields = [find_field(name) for name in named.split(",") if name.strip()]
    except LookupError as error:
        refuse(f"{option}: {error}")
    return list({field.name: field for field in fields}.values())


def chosen_runs(
    limit: int | None,
    wanted: str,
    order: RunField | None = None,
    reverse: bool = False,
    shown: Sequence[RunField] = (),
    *,
    as_shown: bool = False,
) -> list[RunFacts]:
    """Return the runs that match a filter; print a message if there are none.

    Parameters
    ----------
    limit : int or None
        Largest number of runs, after filtering and sorting; None for all.
    wanted : str
        The filter.
    order : RunField, optional
        The field to sort by; by default the newest come first.
    reverse : bool, default False
        Whether the order is reversed.
    shown : sequence of RunField
        The fields that are read later, when the store is closed.
    as_shown : bool, default False
        Whether costs are in the order of what tables on the screen show in their place, instead of as recorded.
    """
    from joml_tui.runs.run_fields import sort_rows  # noqa: PLC0415
    from joml_tui.runs.run_filter import FilterError, parse_filter  # noqa: PLC0415
    from joml_tui.runs.shown_costs import shown_field  # noqa: PLC0415
    from joml_tui.store import store_path  # noqa: PLC0415

    try:
        meant = parse_filter(wanted)
    except FilterError as error:
        refuse(f"--filter: {error}")
    path = store_path(asked().store)
    if not path.exists():
        narrate(f"There is no store {path} yet: joml-tui run PRESET creates one.")
        return []
    with opened_store() as store:
        newest = limit if not meant.terms and order is None and not reverse else None
        runs = [store.facts_of(record) for record in store.runs(newest=newest)]
        warn_of_damaged(list(store.damaged.values()))
        matching = [facts for facts in runs if meant.accepts(facts)]
        if order is not None:
            marks = {facts.record.cost_mark for facts in matching} if as_shown else set()
            matching = sort_rows(matching, shown_field(order, marks).read, reverse=reverse)
        elif reverse:
            matching.reverse()
        matching = matching[:limit]
        if any(field.type == "setting" for field in shown):
            for facts in matching:
                facts.settings()
    if not matching and runs:
        unknown = meant.unknown_settings
        hint = f" No built-in part has a setting {unknown[0]}." if unknown else ""
        narrate(f"None of the {len(runs):,} runs matches the filter.{hint}")
    elif not matching:
        narrate(f"There are no runs in {path} yet.")
    return matching


def warn_of_damaged(sentences: Sequence[str]) -> None:
    """Print the damaged runs that are left out, up to a limit."""
    for sentence in sentences[:_MOST_DAMAGED]:
        warn(f"warning: {sentence}; it is left out")
    if len(sentences) > _MOST_DAMAGED:
        warn(f"warning: {len(sentences) - _MOST_DAMAGED:,} more runs are damaged: joml-tui doctor names them")


@click.command(short_help="Show a run and its settings.")
@click.argument("run", shell_complete=complete_runs, callback=plain_text, metavar="RUN")
@store_option
@json_option("the run and its experiment")
@narrated
def show(run: str) -> None:
    """Show a run: its state, results and settings, and what was changed while it trained.

    Exit codes: 0 done, 1 the store cannot be used, 2 no such run.
    """
    with opened_store() as store:
        record = find_run(store, run)
        if asked().json:
            write_json(_document(store, record))
        else:
            write_text(_described(store, record))


def _document(store: Store, record: StoredRun) -> dict[str, Any]:
    from msgspec import to_builtins  # noqa: PLC0415

    from joml.task import TARGETS  # noqa: PLC0415
    from joml_tui.cli.runs.run_values import document  # noqa: PLC0415
    from joml_tui.experiment.layer_specs import without_kind  # noqa: PLC0415

    changes = store.adjustments(record.number)
    experiment = to_builtins(store.experiment(record.number))
    experiment["layers"] = without_kind(experiment["layers"])  # as programs have always read it
    if "task" in experiment["dataset"]:
        experiment["dataset"]["task"] = TARGETS[experiment["dataset"]["task"]]  # as programs have always read it
    return document(record) | {
        "experiment": experiment,
        "adjustments": [change.to_values() for change in changes],
        "goes_on_from": store.goes_on_from(record.number),
        "checkpoints": store.checkpoint_iterations(record.number),
        "versions": store.versions(record.number),
        "details": store.details(record.number),
    }


def _described(store: Store, record: StoredRun) -> str:
    from joml.task import SCORE_NAMES  # noqa: PLC0415
    from joml_tui.cli.runs.run_values import local_time  # noqa: PLC0415
    from joml_tui.runs.differences import flatten  # noqa: PLC0415

    summary = record.summary
    score = SCORE_NAMES[summary.task]
    trained_by = ", ".join(f"{name} {version}" for name, version in store.versions(record.number).items())
    facts = {
        "state": record.state.value + (f": {record.message}" if record.message else ""),
        "started": local_time(record.created),
        "training": f"{summary.iteration:,} of {summary.total_iterations:,} iterations, {summary.seconds:,.1f} s",
        "network": f"{summary.network or '?'}, {summary.parameters:,} parameters",
        "figures of": _weights(summary),
        **_figures(summary, score),
        "continues from": store.goes_on_from(record.number),
        "checkpoints": ", ".join(f"{each:,}" for each in store.checkpoint_iterations(record.number)),
        "tags": " ".join(record.tags),
        "note": record.note,
        "trained by": trained_by,
    }
    settings = flatten(store.experiment(record.number)) | _adjusted(store, record)
    lines = [one_line(record.label), "", *_aligned({name: fact for name, fact in facts.items() if fact})]
    return "\n".join([*lines, "", *_aligned(settings)])


def _weights(summary: RunRecord) -> str:
    """Return which weights the figures belong to."""
    if summary.results is None:
        return "the latest checks during training: the kept weights were not measured"
    if summary.results.networks > 1:  # each may have been kept after another iteration
        return f"the kept weights, the mean of {summary.results.networks} replicas"
    return f"the kept weights, those after iteration {summary.results.kept_iteration:,}"


def _figures(summary: RunRecord, score: str) -> dict[str, str]:
    """Return cost and score of each measured part, with its number of samples if recorded."""
    from joml.wording import counted  # noqa: PLC0415
    from joml_tui.reports.figure_lines import written_in_units  # noqa: PLC0415
    from joml_tui.runs.figure_text import format_figure  # noqa: PLC0415
    from joml_tui.runs.run_record import PARTS  # noqa: PLC0415

    figures: dict[str, str] = {}
    for part in reversed(PARTS):
        title = "training" if part == "train" else part
        result = None if summary.results is None else summary.results.of(part)
        samples = ""
        if result is not None and result.samples is not None:
            samples = f" ({counted(result.samples, 'sample')})"
        value, cost = summary.figure(part, "accuracy"), summary.figure(part, "cost")
        if value is not None or part != "validation":
            unit = f" ({summary.cost_unit})" if summary.cost_unit and cost is not None else ""
            error = summary.cost_in_units(part)
            if error is not None:
                unit += f": {summary.cost_scale} {written_in_units(error)}"
            figures |= {f"{title} {score}": format_figure(value) + samples, f"{title} cost": format_figure(cost) + unit}
    for name, value in summary.metrics.items():
        split, _, metric = name.partition("_")
        figures[f"{split} {metric_title(metric)}"] = format_figure(value)
    return figures


def _aligned(facts: dict[str, str]) -> list[str]:
    wide = max(map(len, facts))
    return [f"  {align_left(name, wide)}  {one_line(fact)}".rstrip() for name, fact in facts.items()]


def _adjusted(store: Store, record: StoredRun) -> dict[str, str]:
    from joml_tui.runs.differences import describe_adjustments  # noqa: PLC0415

    adjustments = describe_adjustments(store.adjustments(record.number))
    began = store.goes_on_from(record.number)
    if began:
        adjustments["adjusted.goes_on_from"] = began
    return adjustments


@click.command(short_help="Show how stored runs differ.")
@click.argument("named", shell_complete=complete_runs, callback=plain_text, metavar="RUN RUN...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Show equal settings too.")
@store_option
@json_option("the runs and the lines")
@narrated
def compare(named: Sequence[str], everything: bool) -> None:
    """Show how stored runs differ, side by side: settings, changes while training, and results.

    To test whether a difference is more than noise, use: joml-tui compare A B.

    Exit codes: 0 done, 1 the store cannot be used, 2 bad usage, or no such run.
    """
    if len(named) < 2:
        raise click.UsageError("name at least two runs, such as: joml-tui runs compare 3 last")
    from joml_tui.runs.differences import readable, results_of, settings_of, side_by_side  # noqa: PLC0415
    from joml_tui.runs.layer_text import describe_layers  # noqa: PLC0415
    from joml_tui.store import restored  # noqa: PLC0415

    with opened_store() as store:
        records = [find_run(store, each) for each in named]
        described = [
            settings_of(store.experiment(record.number), record.summary.network)
            | _adjusted(store, record)
            | results_of(restored(store, record.number, checkpoints=False))
            for record in records
        ]
        layers = [describe_layers(store.experiment(record.number).layers) for record in records]
    compared = side_by_side(described)
    lines = [line for line in compared if everything or line.differs]
    if asked().json:
        differences = [{"path": line.path, "values": line.values, "differs": line.differs} for line in lines]
        write_json({"runs": [record.number for record in records], "lines": differences})
        return
    if not any(line.differs for line in lines):
        narrate("These runs do not differ.")
    if lines:
        lines = readable(compared, layers, everything=everything)
        paths = Column("", [line.title for line in lines])
        room = width()
        most = None if room is None else max(_SHORTEST_CELL, (room - paths.wide) // len(records) - 2)
        values = [
            Column(_cut(record.label, most), [_cut(line.values[place], most) for line in lines])
            for place, record in enumerate(records)
        ]
        write_text(table([paths, *values], None))


def _cut(text: str, most: int | None) -> str:
    return one_line(text) if most is None else shortened(one_line(text), most)
