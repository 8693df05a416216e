"""The costs in tables of runs."""

from types import SimpleNamespace

from msgspec import structs

from joml_tui.experiment import CostScale
from joml_tui.runs.run_fields import RunFacts, find_field, sort_rows
from joml_tui.runs.run_record import RunRecord
from joml_tui.runs.shown_costs import own_field, short_title, shown_field

FACTS = ("2-8-1", 42, "houses.csv", "adam", 0.01, 32, 0, 1, 5, 25, 25, 5, 0.5, 0.1, 0.9)
PRICE = RunRecord(*FACTS, 0.25, 0.8, task="regression", cost_scale=CostScale("price", 1000.0, is_squared=True))
RENT = RunRecord(*FACTS, 0.25, 0.8, task="regression", cost_scale=CostScale("rent", 10.0, is_squared=False))
KIND = RunRecord(*FACTS, 0.5, 0.8)
COST = find_field("test_cost")


def shown(*records):
    return shown_field(COST, [record.cost_mark for record in records])


def facts(record):
    return RunFacts(SimpleNamespace(record=record), record)


def read(field, record):
    return field.read(facts(record))


def test_the_error_in_the_units_of_the_data_stands_for_a_cost():
    field = shown(PRICE, PRICE)
    assert (field.name, field.title, field.format) == ("test_cost", "Test RMSE", "error")
    assert read(field, PRICE) == 500
    assert shown(RENT).title == "Test MAE"
    assert read(shown(RENT), RENT) == 2.5
    assert "data's unit" in field.of


def test_costs_without_a_conversion_and_other_fields_stay():
    assert shown(KIND) is COST
    assert shown() is COST
    score = find_field("test_score")
    assert shown_field(score, [PRICE.cost_mark]) is score


def test_where_only_some_runs_have_an_error_each_names_its_own():
    field = shown(PRICE, RENT, KIND)
    assert (field.title, field.format) == ("Test cost", "cost or error")
    assert read(field, PRICE) == ("RMSE", 500)  # what runs are sorted by
    name, own = own_field(field, facts(PRICE))
    assert (name, read(own, PRICE), own.format) == ("RMSE", 500, "error")
    name, own = own_field(field, facts(KIND))
    assert (name, read(own, KIND), own.format) == ("", 0.5, "cost")
    waiting = structs.replace(PRICE, test_cost=None)
    assert own_field(field, facts(waiting))[0] == ""


def test_the_unit_is_that_of_what_is_shown():
    unit = find_field("cost_unit")
    assert shown_field(unit, [""]) is unit
    shown = shown_field(unit, ["RMSE", ""])
    assert (shown.name, read(shown, PRICE)) == ("cost_unit", "root mean squared error of price")
    assert read(shown, structs.replace(KIND, cost_unit="nats")) == "nats"


def test_runs_are_sorted_by_what_is_shown_each_quantity_for_itself():
    dear = structs.replace(PRICE, test_cost=0.16, cost_scale=CostScale("price", 2000.0, is_squared=True))
    runs = [KIND, dear, structs.replace(PRICE, test_cost=None), PRICE]
    ordered = sort_rows(runs, lambda record: read(shown(KIND, PRICE), record))
    assert ordered == [KIND, PRICE, dear, runs[2]]  # 0.5, RMSE 500, RMSE 800, none yet


def test_costs_of_standardised_values_say_so():
    several = structs.replace(PRICE, cost_scale=None, cost_unit="squared error, standardised")
    assert several.cost_name == "standardised cost"
    assert (shown(several).title, read(shown(several), several)) == ("Test cost, standardised", 0.25)
    assert short_title(shown(several).title) == "Test cost, std."
    mark, own = own_field(shown(several, KIND), facts(several))
    assert (mark, read(own, several)) == ("std.", 0.25)
    assert own_field(shown(several, KIND), facts(KIND))[0] == ""


def test_costs_of_two_kinds_are_marked_apart():
    huber, squared = (structs.replace(KIND, cost_unit=f"{kind} error") for kind in ("Huber", "squared"))
    scaled = structs.replace(KIND, cost_unit="Huber error, standardised")
    mixed = shown(huber, squared, scaled, KIND)
    marks = [own_field(mixed, facts(record))[0] for record in (huber, squared, scaled, KIND)]
    assert marks == ["Huber", "squared", "std. Huber", ""]
    assert (shown(huber, huber).title, shown(huber, huber).format) == ("Test cost", "error")  # one kind needs no mark
    assert shown(scaled).title == "Test cost, standardised"
