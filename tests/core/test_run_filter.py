from datetime import datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from joml_tui.experiment import CsvFile, Experiment
from joml_tui.runs.run_fields import FIELDS, facts_of
from joml_tui.runs.run_filter import FilterError, parse_filter
from joml_tui.runs.run_record import RunRecord

NAMES = [name for field in FIELDS for name in (field.name, *field.aliases)]
STARTED = datetime(2026, 11, 28, 21, 30).timestamp()  # by the clock on the wall


def listed(test_cost=0.2, batch_size=16):
    """Return what is listed of a run."""
    record = RunRecord(
        *("14-28x6-4", 4_596, "spin-glass-14", "adam", 0.002, batch_size, 3, 1, 10, 640, 640, 64, 1.5),
        *(None, None, test_cost, 0.93),
    )
    return SimpleNamespace(
        **{"number": 7, "name": "Deep one", "label": "Deep one #7", "note": "Learns at last", "created": STARTED},
        **{"tags": ("deep", "Best"), "status": ("finished", "stopped early"), "record": record},
    )


RUN = facts_of(listed())
NAN = facts_of(listed(test_cost=float("nan")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "test_acc>0.9",
        "test_acc>=93%",
        "acc<0.94",
        "params=4,596",
        "seed==3",
        "seed!=4",
        "test_cost<=2e-1 seed<4 !seed>4",
        "opt:adam",
        "OPT:ADAM",
        "tag:deep state:fin",
        '"deep one"',
        'name:"deep one"',
        "14-28 learns",
        "!tag:wide !sgd",
        "!!deep",
        "test_acc>0.9 opt:adam tag:deep state:finished 14-28 best last",
        "optimizer=adam opt=ADAM opt!=sgd",
        "tags=best tag!=be",
        'name="deep one" state=finished state:early message:early',
        "task=classes task!=values",
        "run=7 number>6 score>0.9",
        "batch=16 batch_size!=all",
        "created=2026-11-28 created>=2026-11-28 created<=2026-11-28",
        "created>2026-11-27 created<2026-11-29 started>2026-11-28T21:29 started=2026-11-28T21:30",
        "created!=2026-11-27",
    ],
)
def test_a_run_meets_what_is_asked(text):
    assert parse_filter(text).accepts(RUN)


@pytest.mark.parametrize(
    "text",
    [
        *("test_acc>0.95", "opt:momentum", "tag:wide", "deep wide", "!deep", "train_cost<9", "train_cost!=9"),
        *('"one deep"', "opt=ada", "opt!=adam", "tag=be", "tag!=best", "name=deep", "batch=all", "test_r2>-9"),
        *(
            "created>2026-11-28",
            "created<2026-11-28",
            "created!=2026-11-28",
            "started=2026-11-28T21:31",
            "changed>2000-01-01",
        ),
    ],
)
def test_a_run_does_not_meet_what_is_asked(text):
    assert not parse_filter(text).accepts(RUN)


def test_a_task_is_asked_for_by_its_name_and_its_earlier_one():
    of_values = listed()
    of_values.record = structs.replace(of_values.record, task="regression")
    facts = facts_of(of_values, lambda: Experiment(dataset=CsvFile("a.csv", task="regression")))
    for text in ("task=regression", "task=values task:Values", "dataset.task=values", "task!=answers !task:classes"):
        assert parse_filter(text).accepts(facts)
        assert not parse_filter(text).accepts(RUN)


def test_a_batch_may_be_all_samples():
    assert parse_filter("batch_size=all !batch=16").accepts(facts_of(listed(batch_size="all")))
    assert not parse_filter("batch>0").accepts(facts_of(listed(batch_size="all")))


def test_what_is_no_number_meets_no_comparison():
    for sign in (">", "<", "=", "!=", ">=", "<="):
        assert not parse_filter(f"test_cost{sign}1").accepts(NAN)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("test_ac>0.9", "did you mean test_acc?"),
        ("tset_acc>0.9", "did you mean test_acc?"),
        ("optimiser:adam", "did you mean optimizer?"),
        ("seed:3", "seed is a number"),
        ("opt>adam", "opt is a text: compare it with =, such as opt=adam"),
        ("seed>", "seed> needs a number"),
        ("test_acc>95", "test_acc is at most 1: write such as test_acc>0.9 or 95%."),
        ("r2<120%", "r2 is at most 1: write such as r2<0.9."),
        ("epochs>abc", "epochs> needs a number after it, got 'abc': write such as epochs>20, 0.9, 90% or 1e-3."),
        ("batch>all", "batch> needs a number"),
        ("created>yesterday", "write such as created>2026-11-29"),
        ("created:2026", "created is a time: compare it"),
        ("nothing_like_it>3", "There is no field 'nothing_like_it'; write such as test_accuracy"),
        (">3", "Before > the name of a field is missing"),
        ("tag:", "the text to look for is missing"),
        ('"open', "not closed"),
        ("!", "negates the next term"),
        ("x" * 2_000, "at most 1,000 characters"),
    ],
)
def test_what_is_no_filter_is_said_with_the_way_out(text, message):
    with pytest.raises(FilterError) as raised:
        parse_filter(text)
    assert message in str(raised.value)
    assert str(raised.value).endswith(("?", ".")) and not str(raised.value).endswith("?.")


_pieces = st.one_of(
    st.text(),
    st.sampled_from([*NAMES, ">", "<", "=", "!", ":", '"', " ", "%", "1e9", "0.5", "٣", "nan", "1,0", "2026-11-28"]),
)


@pytest.mark.slow
@given(st.lists(_pieces).map("".join))
def test_any_text_is_a_filter_or_a_sentence(text):
    try:
        asked = parse_filter(text)
    except FilterError as error:
        assert str(error).endswith((".", "?"))
        assert str(error).isprintable()
    else:
        assert asked.accepts(RUN) in (True, False)
