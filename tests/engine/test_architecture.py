"""The notation of architectures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joml.architecture import Architecture, ArchitectureError, parse_architecture


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("14-100-40-4", (14, 100, 40, 4)),
        ("14-28x6-4", (14, *[28] * 6, 4)),
        (" 14 - 28 × 6 - 4 ", (14, *[28] * 6, 4)),
        ("14-28X2-28-4", (14, 28, 28, 28, 4)),
        ("2*2-3", (2, 2, 3)),
        ("3-2", (3, 2)),
    ],
)
def test_texts_read_as_sizes(text, sizes):
    assert parse_architecture(text).sizes == sizes


@given(st.lists(st.integers(1, 300), min_size=2, max_size=40))
def test_every_architecture_reads_back_from_its_text(sizes):
    architecture = Architecture(sizes[0], tuple(sizes[1:-1]), sizes[-1])
    assert parse_architecture(str(architecture)) == architecture


def test_runs_are_written_short_but_inputs_and_outputs_stand_alone():
    assert str(Architecture(4, (4, 4, 4), 4)) == "4-4x3-4"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "part 1 is empty"),
        ("14", "an input size and an output size are needed"),
        ("14--4", "part 2 is empty"),
        ("14-abc-4", "part 2 'abc' is not a layer size"),
        ("14-28x-4", "part 2 '28x' is not a layer size"),
        ("14-0-4", "part 2: a size from 1 to 65,536"),
        ("14-28x0-4", "from 1 to 1,000 layers"),
        ("14-99999999999999999999-4", "a size from 1"),
        ("14-2x999999999999-4", "from 1 to 1,000 layers"),
        ("14-2x900-3x900-4", "more than 1,000 layers"),
        ("14-2.5-4", "'2.5' is not a layer size"),
        ("9" * 10_000, "a size from 1"),
        ("[/]-4", r"'\[/\]' is not a layer size"),
    ],
)
def test_what_is_no_architecture_says_which_part(text, message):
    with pytest.raises(ArchitectureError, match=message) as error:
        parse_architecture(text)
    assert len(str(error.value)) < 300


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        architecture = parse_architecture(text)
    except ArchitectureError:
        return
    assert parse_architecture(str(architecture)) == architecture


def test_parameters_are_counted():
    assert parse_architecture("14-28x6-4").parameter_count == 4596
