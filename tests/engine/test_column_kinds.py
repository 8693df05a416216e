import pytest

from joml.data.dataset_error import DatasetError
from joml.data.tables.column_kinds import ColumnSetting, decide, has_commas, read_setting
from joml.data.tables.text_reader import column_of


def decision(cells, **setting):
    return decide(column_of("a", cells), "a", ColumnSetting(**setting))


def features(cells, **setting):
    return decision(cells, **setting).encoder.feature_names


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["1", "2.5", "-3"], ("a",)),
        (["1", "2.5", "NA"], ("a", "a missing")),
        (["0", "1", "0"], ("a",)),
        (["m", "f", "f", "m"], ("a=f", "a=m")),
        (["m", "f", "f", "m", ""], ("a=f", "a=m", "a missing")),
        (["yes", "no", "Yes"], ("a=yes",)),
        (["True", "False", "?"], ("a=true", "a missing")),
        (["1", "2", "3+"] * 4, ("a=1", "a=2", "a=3+")),
        (["+", "-"] * 3, ("a=+", "a=-")),
        (["C", "", "C", ""], ("a=C", "a missing")),
        (["2021-03-04", "2021-03-06"], ("a days", "a weekday sin", "a weekday cos")),
        (["2021-03", "2021-04"], ("a days", "a month sin", "a month cos")),
        (["12:30", "13:00"], ("a hour sin", "a hour cos")),
    ],
)
def test_the_kind_is_that_of_the_cells(cells, names):
    assert features(cells) == names


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["", "NA"], "has no values: it is left out"),
        (["5"] * 4, "has the same value in all rows: it is left out"),
        ([f"name {n}" for n in range(5)], "is text that differs in all 5 rows: it is left out"),
        (["a", "a", "b", "c", "d"], "is text with 4 different values in 5 rows: it is left out"),
    ],
)
def test_what_says_nothing_is_left_out(cells, reason):
    left_out = decision(cells)
    assert (left_out.encoder, left_out.reason) == (None, reason)


def test_rare_categories_are_one():
    rare = decision(["x"] * 5 + ["y"] * 5 + ["p", "q"])
    assert rare.encoder.feature_names == ("a=x", "a=y", "a other")
    assert rare.reason == "2 of 4 categories with fewer than 2 rows are taken as 'other': 2 rows"


def test_at_most_fifty_categories_have_a_feature():
    cells = [f"c{n:02}" for n in range(60) for _ in range(3 if n < 10 else 2)]
    many = decision(cells)
    assert len(many.encoder.categories) == 50
    assert set(many.encoder.categories) >= {f"c{n:02}" for n in range(10)}
    assert many.reason == "10 of 60 categories, the rarest ones, are taken as 'other': 20 rows"


def test_a_text_among_many_numbers_is_a_fault():
    faulty = decision([str(n) for n in range(40)] + ["abc"]).faulty
    assert faulty.tolist() == [False] * 40 + [True]
    assert decision(["1", "2"] * 200 + ["o"]).faulty.sum() == 1
    assert decision(["2021-03-04"] * 3 + ["2021-03-05", "soon"]).faulty.tolist() == [False] * 4 + [True]


def test_a_kind_that_is_set_takes_other_cells_for_missing():
    number = decision([str(n) for n in range(40)] + ["abc", ""], kind="number")
    assert number.encoder.feature_names == ("a", "a missing")
    assert number.encoder.missing == 2
    assert number.faulty is None
    assert number.reason == "1 cell that is not a number is taken for missing, such as 'abc'"
    date = decision(["2021-03-04", "2021-03-05", "soon"], kind="date")
    assert (date.encoder.missing, date.faulty) == (1, None)
    assert date.reason == "1 cell that is no date is taken for missing"


def test_every_kind_can_be_set():
    assert features(["1", "2", "1", "2"], kind="category") == ("a=1", "a=2")
    assert features([f"t{n}" for n in range(4)] * 2, kind="category") == tuple(f"a=t{n}" for n in range(4))
    assert features(["0", "1"], kind="boolean") == ("a=true",)
    assert features(["20210304", "20210305"], kind="date")[0] == "a days"
    assert decision(["1", "2"], kind="ignore").encoder is None


def test_a_text_among_a_few_numbers_that_repeat_themselves_is_a_category():
    cylinders = decision(["4"] * 49 + ["6"] * 31 + ["8"] * 7 + ["rotary"])
    assert cylinders.encoder.categories == ("4", "6", "8") and cylinders.encoder.other
    assert "each is taken for a category" in cylinders.reason
    lengths = decision([f"{n}.5" for n in range(99)] + ["rotary"])
    assert lengths.faulty.tolist() == [False] * 99 + [True]


def test_missing_cells_can_be_refused():
    assert decision(["1", "", "2"], missing="error").faulty.tolist() == [False, True, False]
    assert decision(["x", "x", ""], missing="error").faulty.tolist() == [False, False, True]
    assert decision(["1", "", "2"], missing="mean").encoder.rule == "mean"
    assert decision(["1", "", "2"], missing=7.0).encoder.rule == 7
    with pytest.raises(DatasetError, match="columns: a: missing: mean is for columns of numbers"):
        decision(["x", "x", "y", "y"], missing="mean")


def test_an_ambiguous_order_of_dates_is_said():
    dates = decision(["3/4/2021", "5/6/2021"])
    assert not dates.encoder.day_first
    assert dates.reason == "dates such as '3/4/2021' are read with the month first; day_first: true changes it"
    assert decision(["3/4/2021", "5/6/2021"], day_first=True).encoder.day_first
    assert decision(["3/4/2021", "5/16/2021"]).reason == ""


def test_numbers_with_commas():
    assert has_commas(column_of("a", ["1,5", "2", ""]))
    assert has_commas(column_of("a", ["1.234,5"]))
    assert not has_commas(column_of("a", ["1,5", "x"]))
    assert not has_commas(column_of("a", ["1", "2"]))


def test_settings_as_written():
    assert read_setting("columns: a", "Category") == ColumnSetting("category")
    assert read_setting("columns: a", {"kind": "number", "missing": 3}) == ColumnSetting("number", 3)
    assert read_setting("columns: a", {"missing": "mean"}) == ColumnSetting(None, "mean")
    assert read_setting("columns: a", {"day_first": True}) == ColumnSetting(day_first=True)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("numbr", "there is no kind 'numbr'; did you mean number?"),
        ("x", "there is no kind 'x'; known: number, category, boolean, date, ignore"),
        ({"knd": "number"}, "there is no setting 'knd'; did you mean kind?"),
        ({"missing": "meen"}, "there is no missing 'meen'; did you mean mean?"),
        ({"missing": float("inf")}, "missing: a finite number was expected, got inf"),
        ({"missing": True}, "missing: median, mean, error or a number was expected, got True"),
        ({"kind": "category", "missing": "mean"}, "missing: mean is for columns of numbers, and the kind is category"),
        ({"day_first": "yes"}, "day_first: true or false was expected, got 'yes'"),
        (3, "a kind was expected, number, category, boolean, date or ignore, got 3"),
    ],
)
def test_settings_that_are_none(written, fault):
    with pytest.raises(DatasetError) as caught:
        read_setting("columns: a", written)
    assert str(caught.value) == f"columns: a: {fault}"


def test_categories_that_are_all_rare_are_left_out():
    cells = [f"t{row % 2000}" for row in range(6000)]
    left_out = decision(cells)
    assert left_out.encoder is None
    assert left_out.reason == (
        "has 2,000 categories, each in fewer than 6 rows, so that one feature would be the same in all rows: it is "
        "left out"
    )
    assert features(["", *cells]) == ("a other", "a missing")
    assert features(cells, kind="category") == ("a other",)


def test_an_ambiguous_date_of_a_row_that_is_left_out_is_no_example():
    cells = column_of("a", ["1/2/2021", "2021-01-01", "2021-01-03"])
    left = decide(cells.take(slice(1, None)), "a")
    assert left.encoder.kind == "date"
    assert left.reason == ""


@pytest.mark.parametrize(
    ("form", "mark", "first"), [("{}%", "%", 100), ("${}.50", "$", 100.5), ("{} kg", "kg", 100), ("12 {}", " ", 12_100)]
)
def test_numbers_with_one_mark_are_numbers(form, mark, first):
    cells = [form.format(number) for number in range(100, 130)]
    encoder = decision(cells).encoder
    assert (encoder.kind, encoder.mark) == ("number", mark)
    assert next(encoder.features(column_of("a", cells)))[0] == first


def test_numbers_with_different_marks_are_texts_with_a_remark():
    left_out = decision([f"{number} {'kg' if number % 2 else 'g'}" for number in range(100, 130)])
    assert left_out.encoder is None
    assert left_out.reason == (
        "holds numbers with different marks, such as '100 g', '101 kg': it is left out; write plain numbers to keep it"
    )
    few = decision([f"{number % 4} {'kg' if number % 2 else 'g'}" for number in range(100, 130)])
    assert few.encoder.kind == "category"
    assert few.reason == (
        "holds numbers with different marks, such as '0 g', '1 kg': they are categories; write plain numbers to have "
        "numbers"
    )
    rooms = decision([f"{number % 4}{'ab'[number % 2]}" for number in range(100, 130)])
    assert (rooms.encoder.kind, rooms.reason) == ("category", "")


def test_a_mark_with_commas_that_may_mean_either_is_left_out():
    cells = [f"€{number},{number}" for number in range(100, 130)]
    assert decision(cells).reason == (
        "holds numbers with a mark whose commas or points may mean either, such as '€100,100': it is left out; write "
        "plain numbers to keep it"
    )
    assert decide(column_of("a", cells), "a", unclear_commas="thousands").encoder.commas == "thousands"


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("({})", "holds numbers that all are in parentheses, such as '(100)': it is left out; write plain numbers"),
        ("{}±0.5", "holds texts that begin with a number, such as '100±0.5': it is left out; write the number alone"),
        ("{}/80", "holds two numbers in each cell, such as '100/80': it is left out; make two columns of it"),
        (
            "{}\u2013180",
            "holds two numbers in each cell, such as '100\u2013180': it is left out; make two columns of it",
        ),
    ],
)
def test_the_reason_names_what_the_texts_are(form, reason):
    assert decision([form.format(number) for number in range(100, 130)]).reason.startswith(reason)


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        ([f"{minutes}:30" for minutes in range(70, 100)], 4_230),
        ([f"{hours}:00:30" for hours in range(10, 40)], 36_030),  # most of them are times of day
        ([f"{minutes}:30" for minutes in range(1, 15)] + [f"{seconds}.5" for seconds in range(40, 60)], 90),
        ([f"-{minutes}:30" for minutes in range(1, 31)], -90),
    ],
)
def test_durations_are_numbers(cells, first):
    encoder = decision(cells).encoder
    assert (encoder.kind, encoder.mark) == ("number", ":")
    (numbers,) = encoder.fit(column_of("a", cells)).features(column_of("a", cells))
    assert numbers[0] == first


def test_times_of_day_are_durations_if_the_user_says_so():
    cells = [f"{hour}:30" for hour in range(1, 10)]
    assert decision(cells).encoder.times
    assert decide(column_of("a", cells), "a", ColumnSetting("number")).encoder.mark == ":"


def test_limits_beside_many_numbers_are_numbers():
    cells = ["<5", "<5", ">200", *(f"{number}.5" for number in range(5, 35))]
    encoder = decision(cells).encoder
    (numbers,) = encoder.features(column_of("a", cells))
    assert numbers[:4].tolist() == [5, 5, 200, 5.5]


@pytest.mark.parametrize(
    ("form", "mark"), [("{} mg/l", "mg/l"), ("{}%", "%"), ("{},5", "<")], ids=["unit", "per cent", "decimal commas"]
)
def test_limits_stand_beside_numbers_with_marks_and_commas(form, mark):
    cells = [f"<{form.format(0)}", f"> {form.format(90)}", *(form.format(number) for number in range(1, 30))]
    encoder = decision(cells).encoder
    assert (encoder.kind, encoder.mark) == ("number", mark)
    assert not encoder.faulty_cells(column_of("a", cells)).any()


@pytest.mark.parametrize(
    "cells",
    [["<18", "18-65", ">65"] * 10, ["<5 mg", ">5 mg"] * 10, ["<18", ">=18"] * 10, [*map(str, range(5)), ">4"] * 10],
)
def test_limits_are_categories_beside_few_numbers_or_ranges(cells):
    assert decision(cells).encoder.kind == "category"


@pytest.mark.parametrize("form", ["\u2212{}.5", "{}.50-"])
def test_a_column_of_negative_numbers_alone_is_one_of_numbers(form):
    assert decision([form.format(number) for number in range(100, 130)]).encoder.kind == "number"


def test_numbers_with_a_mark_may_be_categories_or_stand_among_others():
    cells = [f"{number % 5}%" for number in range(30)]
    assert decide(column_of("a", cells), "a", ColumnSetting("category")).encoder.kind == "category"
    as_number = decide(column_of("a", [*cells, "7", "unknown"]), "a", ColumnSetting("number"))
    assert (as_number.encoder.mark, as_number.encoder.missing) == ("%", 1)
    assert as_number.reason == "1 cell that is not a number is taken for missing, such as 'unknown'"


@pytest.mark.parametrize("form", ["T{}", "{}:30 to", "1.2.{}", "a {}", "{}-{}"])
def test_codes_are_no_numbers_with_marks(form):
    cells = [form.format(number, number) for number in range(100, 130)]
    assert decision(cells).reason == "is text that differs in all 30 rows: it is left out"


@pytest.mark.parametrize(
    "pair", [("ja", "nein"), ("Oui", "Non"), ("WAHR", "FALSCH"), ("s\u00ed", "no"), ("sim", "n\u00e3o")]
)
def test_yes_and_no_in_other_languages_are_truth_values(pair):
    encoder = decision([*pair] * 10).encoder
    assert (encoder.kind, encoder.feature_names) == ("boolean", (f"a={pair[0].lower()}",))


def test_errors_of_spreadsheets_are_missing_cells():
    cells = ["#DIV/0!", "#REF!", "#N/A", *(f"{number}.5" for number in range(30))]
    assert decision(cells).encoder.missing == 3


def test_versions_are_no_dates_though_most_of_them_could_be():
    assert decision([f"{10 + n % 3}.{n % 12 + 1:02d}.{n + 10}" for n in range(40)] + ["10.40.99"]).encoder is None
    assert decision([f"{10 + n % 3}.{n % 12 + 1:02d}.24" for n in range(40)]).encoder.kind == "date"


def test_numbers_beside_a_few_words_say_so():
    cells = [*(f"{minutes}:10" for minutes in range(60, 90)), *["DNF"] * 5, *(f"{each}b" for each in range(5))]
    assert decision(cells[:35]).reason == "holds numbers such as '60:10' beside texts such as 'DNF'"
    encoder = decide(column_of("a", cells[:35]), "a", ColumnSetting("number")).encoder
    assert (encoder.mark, encoder.missing) == (":", 5)
