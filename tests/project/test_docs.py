"""The documents' Python is run as it stands, a document a session, and shows what it says."""

import doctest
import pkgutil
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import joml
from joml.declaration import parts_of
from joml_tui.experiment import problems
from joml_tui.experiment.presets import find_experiment
from joml_tui.ui.actions import ACTIONS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
DOCUMENTS = ("README.md", "docs/engine.md", pytest.param("docs/library.md", marks=pytest.mark.slow))
_spec = spec_from_file_location("make_tables", ROOT / "docs/make_tables.py")
make_tables = module_from_spec(_spec)
_spec.loader.exec_module(make_tables)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document):
    """The Python blocks with the lines they begin at."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [(text[: match.start(1)].count("\n"), match[1]) for match in BLOCK.finditer(text)]


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
    examples = blocks(document)
    assert examples
    assert sum(run(document, line, code, names) for line, code in examples) == 0


def test_the_engine_document_names_every_module_and_no_other():
    text = (ROOT / "docs/engine.md").read_text(encoding="utf-8")
    table = text[text.index("## Where things are") :]
    named = set(re.findall(r"`([a-z_]+)`", table)) - {"one_hot"}
    assert named == {name.rpartition(".")[2] for _, name, _ in pkgutil.walk_packages(joml.__path__, "joml.")}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    links = [link for link in LINK.findall(path.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not leads_somewhere(path, link)] == []


def leads_somewhere(page, link):
    """Whether a link's file is there, and in it the heading that the link names."""
    file, _, heading = link.partition("#")
    target = page.parent / file if file else page
    return target.exists() and (not heading or heading in headings(target.read_text(encoding="utf-8")))


def headings(text):
    """Return the headings of a document as links write them."""
    titles = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_a_link_to_nothing_is_noticed():
    assert leads_somewhere(ROOT / "README.md", "docs/engine.md#the-five-steps")
    assert not leads_somewhere(ROOT / "README.md", "docs/engine.md#the-six-steps")
    assert not leads_somewhere(ROOT / "README.md", "docs/no-page.md")


def test_the_readme_is_short_and_links_every_page():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 150
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} <= set(LINK.findall(text))


COUNTED = {"activations": "activation", "costs": "cost", "initialisations": "initialisation", "optimizers": "optimizer"}
NUMBERS = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_numbers_of_parts_are_those_of_the_product(name):
    text = (ROOT / name).read_text(encoding="utf-8").lower()
    written = re.findall(rf"\b({'|'.join(NUMBERS)})\s+({'|'.join(COUNTED)})\b", text)
    assert written
    for number, parts in written:
        declared = set(parts_of(COUNTED[parts])) - {"softmax"}
        assert (number, parts) == (NUMBERS[len(declared)], parts)


@pytest.mark.parametrize("name", make_tables.DOCUMENTS)
def test_tables_are_those_that_the_product_makes(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert make_tables.with_tables(text) == text, "bring it up to date by: python docs/make_tables.py"


def test_every_table_stands_in_a_document():
    texts = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in make_tables.DOCUMENTS]
    named = [match[2] for text in texts for match in make_tables.MARKED.finditer(text)]
    assert sorted(named) == sorted(make_tables.TABLES)


def test_the_table_of_keys_has_every_action_and_the_tables_of_parts_every_setting():
    keys = make_tables.keys_table()
    assert [action.id for action in ACTIONS if f"| {action.label} | {action.help} |" not in keys] == []
    optimizers = make_tables.parts_table("optimizer")
    assert "`weight_decay = 0.01`: Decay of all parameters per unit of learning rate (at least 0)" in optimizers
    assert all(f"| `{name}` | {part.title} |" in optimizers for name, part in parts_of("optimizer").items())


def test_the_table_of_exit_codes_has_those_of_the_commands():
    text = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == ["0", "1", "2", "130"]


def test_every_experiment_that_is_shown_can_be_read(tmp_path):
    shown = [
        block
        for path in (ROOT / "README.md", ROOT / "docs/experiments.md")
        for block in re.findall(r"^```yaml\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    ]
    assert shown
    (tmp_path / "flowers.csv").write_text("length,width,species\n" + "1,2,up\n3,5,down\n2,1,up\n4,4,down\n" * 20)
    for block in shown:
        (tmp_path / "flowers.yaml").write_text(block)
        assert problems(find_experiment(str(tmp_path / "flowers.yaml"))) == []
