import pytest
from hypothesis import given
from hypothesis import strategies as st

from joml_tui.runs.run_filter import NUMBERS, TEXTS, Facts, FilterError, parse_filter

RUN = Facts(
    texts={
        "name": "Deep one",
        "network": "14-28x6-4",
        "optimizer": "Adam 0.002",
        "dataset": "spin-glass-14",
        "state": "finished",
        "tags": "deep best",
        "note": "Learns at last",
    },
    numbers={"test_accuracy": 0.93, "test_cost": 0.2, "parameters": 4_596, "seed": 3, "train_cost": None},
)
NAN = Facts(texts={}, numbers={"test_cost": float("nan")})


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
    ],
)
def test_a_run_meets_what_is_asked(text):
    assert parse_filter(text).accepts(RUN)


@pytest.mark.parametrize(
    "text",
    ["test_acc>0.95", "opt:momentum", "tag:wide", "deep wide", "!deep", "train_cost<9", "train_cost!=9", '"one deep"'],
)
def test_a_run_does_not_meet_what_is_asked(text):
    assert not parse_filter(text).accepts(RUN)


def test_what_is_no_number_meets_no_comparison():
    for sign in (">", "<", "=", "!=", ">=", "<="):
        assert not parse_filter(f"test_cost{sign}1").accepts(NAN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("test_ac>0.9", "did you mean test_acc?"),
        ("tset_acc>0.9", "did you mean test_acc?"),
        ("optimiser:adam", "did you mean optimizer?"),
        ("seed:3", "seed is a number"),
        ("opt=adam", "opt is a text"),
        ("seed>", "seed> needs a number"),
        ("seed>x", "got 'x'"),
        (">3", "There is no number without a name"),
        ("tag:", "the text to look for is missing"),
        ('"open', "not closed"),
        ("!", "turns the term after it round"),
        ("x" * 2_000, "at most 1,000 characters"),
    ],
)
def test_what_is_no_filter_is_said_with_the_way_out(text, said):
    with pytest.raises(FilterError) as raised:
        parse_filter(text)
    assert said in str(raised.value)
    assert str(raised.value).endswith(("?", ".")) and not str(raised.value).endswith("?.")


_pieces = st.one_of(
    st.text(),
    st.sampled_from([*NUMBERS, *TEXTS, ">", "<", "=", "!", ":", '"', " ", "%", "1e9", "0.5", "٣", "nan", "1,0"]),
)


@given(st.lists(_pieces).map("".join))
def test_any_text_is_a_filter_or_a_sentence(text):
    try:
        asked = parse_filter(text)
    except FilterError as error:
        assert str(error).endswith((".", "?"))
        assert str(error).isprintable()
    else:
        assert asked.accepts(RUN) in (True, False)
