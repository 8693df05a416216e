"""Looking at stored runs: the list, one of them, several beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from joml_tui.cli.arguments import complete_runs, plain_text
from joml_tui.cli.asked import asked, json_option, narrated, store_option
from joml_tui.cli.ending import narrate, refuse
from joml_tui.cli.stored import find_run, opened_store
from joml_tui.cli.writing import Column, one_line, shortened, table, width, write_json, write_json_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joml_tui.store import Store, StoredRun

#: No value in a comparison is shown shorter than this.
_SHORTEST_CELL = 9


@click.command("list", short_help="List the runs, the newest first.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="So many at most; all unless said.")
@click.option("--filter", "wanted", callback=plain_text, metavar="TEXT", default="", help="Those that it asks for.")
@store_option
@json_option("a line of JSON a run")
@narrated
def list_(limit: int | None, wanted: str) -> None:
    """List the runs, the newest first, with the columns that the terminal has room for.

    The filter is the lab's: terms that all have to hold, such as 'test_acc>0.9 opt:adam tag:deep !state:diverged'.

    Exit codes: 0 done, 1 the store cannot be used, 2 bad usage, or TEXT is no filter.
    """
    records = chosen_runs(limit, wanted)
    if asked().json:
        from joml_tui.cli.runs.records import document  # noqa: PLC0415

        for record in records:
            write_json_line(document(record))
    elif records:
        from joml_tui.cli.runs.records import columns  # noqa: PLC0415

        click.echo(table(columns(records), width()))


def chosen_runs(limit: int | None, wanted: str) -> list[StoredRun]:
    """Give the runs that a filter asks for, and say where there are none."""
    from joml_tui.cli.runs.records import facts_of  # noqa: PLC0415
    from joml_tui.filtering import FilterError, parse_filter  # noqa: PLC0415
    from joml_tui.store import store_path  # noqa: PLC0415

    try:
        meant = parse_filter(wanted)
    except FilterError as error:
        refuse(f"--filter: {error}")
    path = store_path(asked().store)
    if not path.exists():
        narrate(f"There is no store {path} yet: joml-tui run PRESET begins one.")
        return []
    with opened_store() as store:
        records = store.runs(newest=None if meant.terms else limit)
    found = [record for record in records if meant.accepts(facts_of(record))][:limit]
    if not found:
        narrate(f"None of the {len(records):,} runs is asked for." if records else f"There is no run in {path} yet.")
    return found


@click.command(short_help="Show a run and its settings.")
@click.argument("run", shell_complete=complete_runs, callback=plain_text, metavar="RUN")
@store_option
@json_option("all of it as one JSON document, the experiment in it")
@narrated
def show(run: str) -> None:
    """Show a run: what became of it, its settings, and what was changed under way.

    Exit codes: 0 done, 1 the store cannot be used, 2 there is no such run.
    """
    with opened_store() as store:
        record = find_run(store, run)
        if asked().json:
            write_json(_document(store, record))
        else:
            click.echo(_described(store, record))


def _document(store: Store, record: StoredRun) -> dict[str, Any]:
    from msgspec import to_builtins  # noqa: PLC0415

    from joml_tui.cli.runs.records import document  # noqa: PLC0415

    changes = store.adjustments(record.number)
    return document(record) | {
        "experiment": to_builtins(store.experiment(record.number)),
        "adjustments": [
            {"iteration": change.iteration, "setting": change.setting, "value": change.value} for change in changes
        ],
        "goes_on_from": store.goes_on_from(record.number),
        "checkpoints": store.checkpoint_iterations(record.number),
        "versions": store.versions(record.number),
        "details": store.details(record.number),
    }


def _described(store: Store, record: StoredRun) -> str:
    from joml_tui.cli.runs.records import local_time, number  # noqa: PLC0415
    from joml_tui.differences import flatten  # noqa: PLC0415

    summary = record.summary
    score = "R2" if summary.task == "values" else "accuracy"
    trained_by = ", ".join(f"{name} {version}" for name, version in store.versions(record.number).items())
    facts = {
        "state": record.state.value + (f": {record.message}" if record.message else ""),
        "begun": local_time(record.created),
        "training": f"{summary.iteration:,} of {summary.total_iterations:,} iterations, {summary.seconds:,.1f} s",
        "network": f"{summary.network or '?'}, {summary.parameters:,} parameters",
        f"test {score}": number(summary.test_accuracy),
        "test cost": number(summary.test_cost),
        f"training {score}": number(summary.train_accuracy),
        "training cost": number(summary.train_cost),
        "goes on from": store.goes_on_from(record.number),
        "checkpoints": ", ".join(f"{each:,}" for each in store.checkpoint_iterations(record.number)),
        "tags": " ".join(record.tags),
        "note": record.note,
        "trained by": trained_by,
    }
    settings = flatten(store.experiment(record.number)) | _adjusted(store, record)
    lines = [one_line(record.label), "", *_aligned({name: said for name, said in facts.items() if said})]
    return "\n".join([*lines, "", *_aligned(settings)])


def _aligned(facts: dict[str, str]) -> list[str]:
    wide = max(map(len, facts))
    return [f"  {name:<{wide}}  {one_line(said)}".rstrip() for name, said in facts.items()]


def _adjusted(store: Store, record: StoredRun) -> dict[str, str]:
    found: dict[str, str] = {}
    for change in store.adjustments(record.number):
        path, said = f"adjusted.{change.setting}", f"{change.value:g} after {change.iteration:,}"
        found[path] = f"{found[path]}, {said}" if path in found else said
    began = store.goes_on_from(record.number)
    if began:
        found["adjusted.goes_on_from"] = began
    return found


@click.command(short_help="Show what differs between runs.")
@click.argument("named", shell_complete=complete_runs, callback=plain_text, metavar="RUN RUN...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Settings that are equal, too.")
@store_option
@json_option("one JSON document: the runs, and every line with a value a run")
@narrated
def compare(named: Sequence[str], everything: bool) -> None:
    """Show what differs between runs: settings, what was changed under way, and results, side by side.

    Whether a difference of results is more than noise is told by: joml-tui compare A B.

    Exit codes: 0 done, 1 the store cannot be used, 2 bad usage, or there is no such run.
    """
    if len(named) < 2:
        raise click.UsageError("name at least two runs, such as: joml-tui runs compare 3 last")
    from joml_tui.differences import results_of, settings_of, side_by_side  # noqa: PLC0415
    from joml_tui.store import restored  # noqa: PLC0415

    with opened_store() as store:
        records = [find_run(store, each) for each in named]
        described = [
            settings_of(store.experiment(record.number), record.summary.network)
            | _adjusted(store, record)
            | results_of(restored(store, record.number, checkpoints=False))
            for record in records
        ]
    lines = [line for line in side_by_side(described) if everything or line.differs]
    if asked().json:
        found = [{"path": line.path, "values": line.values, "differs": line.differs} for line in lines]
        write_json({"runs": [record.number for record in records], "lines": found})
        return
    if not any(line.differs for line in lines):
        narrate("The runs do not differ in anything.")
    if lines:
        paths = Column("", [line.path for line in lines])
        room = width()
        most = None if room is None else max(_SHORTEST_CELL, (room - paths.wide) // len(records) - 2)
        values = [
            Column(_cut(record.label, most), [_cut(line.values[place], most) for line in lines])
            for place, record in enumerate(records)
        ]
        click.echo(table([paths, *values], None))


def _cut(text: str, most: int | None) -> str:
    return one_line(text) if most is None else shortened(one_line(text), most)
