"""Commands that delete stored runs, or change their names, tags and notes."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

import click

from joml_tui.cli.arguments import complete_runs, plain_text
from joml_tui.cli.exit_codes import DONE, narrate, refuse
from joml_tui.cli.narration import standard_error
from joml_tui.cli.options import asked, json_option, narrated, store_option
from joml_tui.cli.output import write_json, write_text
from joml_tui.cli.store_context import find_run, opened_store

_MOST_TAGS, _LONGEST_TAG = 20, 100
_LONGEST_NAME = 200
_LONGEST_NOTE = 10_000


@click.command(short_help="Delete runs for good.")
@click.argument("named", shell_complete=complete_runs, callback=plain_text, metavar="RUN...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Delete without asking.")
@store_option
@narrated
def delete(named: Sequence[str], yes: bool) -> None:
    """Delete runs for good, with their metrics and weights.

    On a terminal the command asks first. Without a terminal, --yes is required.

    Exit codes: 0 done or declined, 1 the store cannot be used, 2 no such run, the run is still training, or --yes is
    missing (then nothing is deleted).
    """
    with opened_store() as store:
        records = list({record.number: record for record in (find_run(store, each) for each in named)}.values())
        for record in records:
            if not record.state.ended:
                refuse(f"{record.label} is training in another program: stop it there first")
        what = records[0].label if len(records) == 1 else f"{len(records)} runs"
        if not yes:
            if not (sys.stdin.isatty() and standard_error().isatty()):
                refuse(f"deleting asks first, and there is no terminal to ask on: to delete {what}, add --yes")
            if not click.confirm(f"Delete {what} from {store.path}?", err=True):
                narrate("Nothing is deleted.")
                raise SystemExit(DONE)
        store.delete([record.number for record in records])
    narrate(f"Deleted {what}.")


@click.command(short_help="Rename a run.")
@click.argument("run", shell_complete=complete_runs, callback=plain_text, metavar="RUN")
@click.argument("name", callback=plain_text, metavar="NAME")
@store_option
@narrated
def rename(run: str, name: str) -> None:
    """Rename a run; "" removes its name.

    Exit codes: 0 done, 1 the store cannot be used, 2 no such run, or an invalid name.
    """
    wanted = " ".join(name.split())
    if wanted.removeprefix("#").isdecimal() or wanted == "last":
        refuse(f"a run cannot be named {wanted}: numbers and last already mean runs")
    if len(wanted) > _LONGEST_NAME or not wanted.isprintable():
        refuse(f"a name has at most {_LONGEST_NAME} characters, all of them printable")
    with opened_store() as store:
        record = find_run(store, run)
        store.rename(record.number, wanted)
    narrate(f"Run {record.number} is called {wanted}." if wanted else f"Run {record.number} no longer has a name.")


@click.command(short_help="Add or remove tags of a run, or print them.")
@click.argument("run", shell_complete=complete_runs, callback=plain_text, metavar="RUN")
@click.argument("tags", callback=plain_text, metavar="[TAG]...", nargs=-1)
@click.option("--remove", is_flag=True, help="Remove these tags, or all without TAG.")
@store_option
@json_option("the list of tags")
@narrated
def tag(run: str, tags: Sequence[str], remove: bool) -> None:
    """Add tags to a run, or remove them; without TAG, print its tags.

    A tag has no spaces and no commas. To list the runs with a tag, use: joml-tui runs list --filter tag:deep.

    Exit codes: 0 done, 1 the store cannot be used, 2 no such run, or too many tags.
    """
    given = [part for each in tags for part in re.split(r"[\s,]+", each) if part]
    with opened_store() as store:
        record = find_run(store, run)
        if not given and not remove:
            if asked().json:
                write_json(record.tags)
            else:
                write_text("\n".join(record.tags), nl=bool(record.tags))
            return
        if remove:
            after = [each for each in record.tags if given and each not in given]
        else:
            after = list(dict.fromkeys([*record.tags, *given]))
        if len(after) > _MOST_TAGS or not all(each.isprintable() for each in after):
            refuse(f"a run has at most {_MOST_TAGS} tags, of characters that can be shown")
        if any(len(each) > _LONGEST_TAG for each in given) and not remove:
            refuse(f"a tag has at most {_LONGEST_TAG} characters; a longer text is a note: joml-tui runs note")
        store.set_tags(record.number, after)
    if asked().json:
        write_json(after)
    narrate(f"Run {record.number}: {' '.join(after) or 'no tags'}.")


@click.command(short_help="Write a note about a run, or print it.")
@click.argument("run", shell_complete=complete_runs, callback=plain_text, metavar="RUN")
@click.argument("text", callback=plain_text, metavar="[TEXT]", required=False)
@store_option
@json_option("the note")
@narrated
def note(run: str, text: str | None) -> None:
    """Replace the note of a run; "" removes it. Without TEXT, print the note.

    Exit codes: 0 done, 1 the store cannot be used, 2 no such run, or the note is too long.
    """
    if text is not None and len(text) > _LONGEST_NOTE:
        refuse(f"a note has at most {_LONGEST_NOTE:,} characters, got {len(text):,}")
    with opened_store() as store:
        record = find_run(store, run)
        if text is None:
            if asked().json:
                write_json(record.note)
            else:
                write_text(record.note, nl=bool(record.note))
            return
        store.set_note(record.number, text)
    if asked().json:
        write_json(text)
    narrate(f"Run {record.number} has {'a note' if text else 'no note now'}.")
