"""Scores by chance."""

from joml_tui.runs.chance import score_by_chance, score_of_nothing_learnt


def test_the_majority_class_is_exceeded_by_chance_the_more_the_fewer_samples_there_are():
    few, many = (score_by_chance("classes", 0.6, samples) for samples in (10, 10_000))
    assert 0.6 < many < 0.62 < few < 1


def test_the_mean_has_an_r2_of_0_and_few_samples_more():
    assert score_by_chance("regression", None, 10_000) == 0.01
    assert score_by_chance("regression", None, 10) > 0.3


def test_few_samples_are_no_reason_to_say_that_nothing_was_learnt():
    assert score_of_nothing_learnt("classes", 0.6, 10) == 0.62
    assert score_of_nothing_learnt("regression", None, 10) == 0.02
    assert score_of_nothing_learnt("multilabel", 0.6, 10_000, 3) == score_by_chance("multilabel", 0.6, 10_000, 3)
