"""The documents' Python is run as it stands, a document a session, and shows what it says."""

import doctest
import pkgutil
import re
from pathlib import Path

import pytest

import joml

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "docs/engine.md", pytest.param("docs/library.md", marks=pytest.mark.slow))
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document):
    """The Python blocks with the lines they begin at."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [(text[: found.start(1)].count("\n"), found[1]) for found in BLOCK.finditer(text)]


def run(document, line, code, names):
    """Run a block; of a session, give how many examples show something else."""
    if ">>>" not in code:
        exec(compile("\n" * line + code, document, "exec"), names)
        return 0
    session = doctest.DocTestParser().get_doctest(code, names, document, document, line)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(session, clear_globs=False)
    names.update(session.globs)
    return runner.failures


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS)
def test_python_runs_in_order_and_prints_what_is_shown(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "session"}
    found = blocks(document)
    assert len(found) > 2
    assert sum(run(document, line, code, names) for line, code in found) == 0


def test_the_engine_document_names_every_module_and_no_other():
    text = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
    table = text[text.index("## Where things are") :]
    named = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert named == {name for _, name, _ in pkgutil.iter_modules(joml.__path__)}


@pytest.mark.parametrize(
    "document",
    ["README.md", "CONTRIBUTING.md", "docs/article.md", "docs/commands.md", "docs/engine.md", "docs/library.md"],
)
def test_links_lead_somewhere(document):
    path = ROOT / document
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    files = [link.partition("#")[0] for link in links if "://" not in link]
    assert [file for file in files if file and not (path.parent / file).exists()] == []
