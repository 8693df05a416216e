"""Plain English: phrases that must not come back, and short help texts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from product_sources import ROOT, SOURCES, nodes_of

from joml_tui.cli.main import main

LONGEST_HELP = 60
#: What stands on the lab's screen too is not looked at here: the formats in the help of `runs export`, and tables of
#: the documents that are made from the product.
FORMATS = "Formats of a run:"
#: Its statements stand in every store.
SCHEMA = ROOT / "joml_tui/store/schema.py"
MADE = re.compile(r"<!-- table: .*?<!-- end -->", re.DOTALL)

#: A phrase, as a regular expression, and what to write in its place.
PHRASES = {
    r"\bunless (said|told|it is given)\b": "by default; (default: ...)",
    r"\bas [-\w]+ ends\b": "from the extension of --output",
    r"\bso many\b": "the number of",
    r"\bends? without a word\b": "crashes or is killed",
    r"\bset aside under a name\b": "renamed",
    r"\bno finite number\b": "NaN and infinity become null",
    r"\bwhoever\b": "anyone who; the reader",
    r"\b(is|are|was|were|be) told\b": "is shown; is printed; is reported",
    r"\btell no progress\b": "hide progress",
    r"\bno narration\b": "hide progress",
    r"\bnarrated?\b": "progress and warnings",
    r"\bwhat there is to say\b": "summarise",
    r"\blook whether\b": "check",
    r"\bwhere to;": "output file",
    r"\b(is|are|them|those that it) asks? for\.": "matching",
    r"\ban entry that cannot be\b": "an invalid entry",
    r"\bcannot be begun\b": "cannot load; cannot start",
    r"\bunder way\b": "while it trains; running",
    r"\bof (its|one's) own kind\b": "of its type",
    r"\ba (row|line|document) a (row|run|sample|line|test|iteration|epoch|preset)\b": "one row per run",
    r"\btakes? (it|them) away\b": "remove",
    r"\bwhat became of\b": "its state",
    r"\bgo(es|ing)? on\b": "continue",
    r"\b(is|are|was|were|be) (said|let go|set aside)\b": "reports; are removed; is renamed",
    r"\bends? nothing\b": "does not stop the run",
    r"\btells? of\b": "names; lists; reports",
    r"\bleaves? nothing of\b": "takes the whole",
    r"\bwhere y are values\b": "of a regression",
    r"\bas (many|much|often|long) as one (likes|wants)\b": "any number of",
    r"\bwhat (there is|it is that)\b": "name it",
    r"\bof one's own\b": "of your own",
    r"(?<!there )\bis no (file|number|store|network|name)\b": "is not a file",
}
#: How no docstring of the product begins: a sentence begins with a verb, or with the noun that is described.
DOCSTRING = re.compile(r'^\s*[ru]*"""(Give|What|How|Whether|Which|Where|Who|Those|All that|The one) .*$', re.MULTILINE)
PATTERN = re.compile("|".join(PHRASES), re.IGNORECASE)


def commands(command: click.Command = main, path: str = "joml-tui") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words it is called by."""
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, f"{path} {name}")


def newest_changes() -> str:
    """Return the newest part of the changelog."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return text.split("\n## [")[1]


def texts() -> dict[str, str]:
    """Return what users read, by its place: the documents and the pages of help."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text_of = {str(path.relative_to(ROOT)): MADE.sub("", path.read_text(encoding="utf-8")) for path in documents}
    text_of["CHANGELOG.md, newest part"] = newest_changes()
    for path, command in commands():
        page = command.get_help(click.Context(command, info_name=path, max_content_width=10_000))
        text_of[f"{path} --help"] = page.partition(FORMATS)[0]
    return text_of


def refused(text: str) -> list[str]:
    """Return the phrases in a text that must not come back; line ends count as spaces."""
    return [match[0] for match in PATTERN.finditer(" ".join(text.split()))]


@pytest.mark.parametrize(("place", "text"), texts().items(), ids=texts())
def test_no_phrase_comes_back(place, text):
    assert refused(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "As many as\n  cores unless said.",
        "As --output ends, else csv.",
        "Tell no progress.",
        "what is no finite number is null",
        "The name is told.",
        "Write a row a run.",
    ],
)
def test_a_phrase_is_noticed_across_line_ends(text):
    assert len(refused(text)) == 1


def test_the_newest_changes_are_those_not_released_yet():
    assert newest_changes().startswith("Unreleased]")


@pytest.mark.parametrize(("path", "command"), commands(), ids=[path for path, _ in commands()])
def test_help_texts_are_short(path, command):
    options = [each for each in command.get_params(click.Context(command)) if isinstance(each, click.Option)]
    helps = {each.opts[-1]: each.help or "" for each in options}
    long = {name: text for name, text in helps.items() if not 0 < len(text.removesuffix(".")) <= LONGEST_HELP}
    assert long == {}
    assert len(command.get_short_help_str(limit=200).removesuffix(".")) <= LONGEST_HELP


def test_defaults_are_named_as_such_in_the_code():
    for folder in ("engine/joml", "joml_tui"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            assert "unless said" not in text, f"{path.relative_to(ROOT)}: write default ..."


def messages(path: Path) -> Iterator[str]:
    """Yield the texts in a source but for docstrings: among them is all that the program says."""
    nodes = nodes_of(path)
    docstrings = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize("folder", ["engine/joml", "joml_tui"])
def test_no_phrase_comes_back_in_messages(folder):
    paths = [path for path in SOURCES if path.is_relative_to(ROOT / folder) and path != SCHEMA]
    assert len(paths) > 50
    coming_back = {str(path.relative_to(ROOT)): refused("  ".join(messages(path))) for path in paths}
    assert {path: phrases for path, phrases in coming_back.items() if phrases} == {}


def riddles(text: str) -> list[str]:
    """Return the first lines of docstrings in some source that do not begin with a verb or a noun."""
    return [match[0].strip() for match in DOCSTRING.finditer(text)]


@pytest.mark.parametrize("folder", ["engine/joml", "joml_tui"])
def test_docstrings_begin_with_a_verb_or_a_noun(folder):
    texts = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.py")}
    assert len(texts) > 50
    assert {str(path): lines for path, text in texts.items() if (lines := riddles(text))} == {}


def test_a_riddle_is_noticed():
    assert riddles('def f():\n    """What tells how it fares."""\n') == ['"""What tells how it fares."""']
    assert riddles('def f():\n    """Return how it fares."""\n') == []
