"""Splits by order, by groups, and with some of the training samples."""

import numpy as np
import pytest

from joml.data.dataset_error import DatasetError
from joml.data.split import PartSizes, Split, part_sizes, parts_of


def all_of(parts):
    return np.sort(np.concatenate(parts))


class TestByOrder:
    def test_the_latest_are_for_the_test_and_those_before_for_validation(self):
        order = np.random.default_rng(0).permutation(50).astype(float)
        parts = parts_of(50, Split(0.2, 0.1, by="date"), 3, order=order)
        assert [len(part) for part in parts] == [35, 5, 10]
        assert [order[part].tolist() for part in parts] == [list(range(35)), list(range(35, 40)), list(range(40, 50))]

    def test_the_seed_does_not_matter_and_equal_ones_keep_the_order_of_the_file(self):
        order = np.repeat([2.0, 1.0], 5)
        first, second = (parts_of(10, Split(0.3, by="year"), seed, order=order) for seed in (0, 1))
        assert first.train.tolist() == second.train.tolist() == [5, 6, 7, 8, 9, 0, 1]
        assert first.test.tolist() == [2, 3, 4]

    def test_the_order_of_the_file_needs_no_column(self):
        assert parts_of(10, Split(0.3, by="order"), 0).test.tolist() == [7, 8, 9]

    def test_a_test_part_of_its_own_stays_and_the_latest_others_are_for_validation(self):
        order = np.array([5, 4, 3, 2, 1, 0, 100, 200])
        parts = parts_of(8, Split(0.2, 0.3, by="date"), 0, order=order, test_samples=2)
        assert [part.tolist() for part in parts] == [[5, 4, 3, 2], [1, 0], [6, 7]]


class TestGroups:
    GROUPS = np.random.default_rng(1).integers(0, 30, 400)

    @pytest.mark.parametrize("seed", range(5))
    def test_no_group_is_in_two_parts_and_sizes_are_near(self, seed):
        parts = parts_of(400, Split(0.2, 0.15, group="patient"), seed, groups=self.GROUPS)
        assert all_of(parts).tolist() == list(range(400))
        of_parts = [set(self.GROUPS[part].tolist()) for part in parts]
        assert not of_parts[0] & of_parts[1] and not of_parts[0] & of_parts[2] and not of_parts[1] & of_parts[2]
        assert abs(len(parts.test) - 80) < 20 and abs(len(parts.validation) - 60) < 20

    def test_the_test_part_does_not_depend_on_the_validation_part_but_on_the_seed(self):
        plain, validated, other = (
            parts_of(400, split, seed, groups=self.GROUPS).test.tolist()
            for split, seed in (
                (Split(0.2, group="patient"), 1),
                (Split(0.2, 0.2, group="patient"), 1),
                (Split(0.2, group="patient"), 2),
            )
        )
        assert plain == validated != other

    @pytest.mark.parametrize(
        ("groups", "validation"), [([0, 0, 0, 1], 0.0), ([0] * 8 + [1, 2], 0.3), ([0, 1, 2, 2], 0.3)]
    )
    def test_every_part_has_a_group_however_few_there_are(self, groups, validation):
        for seed in range(10):
            parts = parts_of(len(groups), Split(0.5, validation, group="g"), seed, groups=np.array(groups))
            assert len(parts.train) and len(parts.test) and bool(len(parts.validation)) == bool(validation)
            assert len(all_of(parts)) == len(groups)

    def test_too_few_groups_are_refused(self):
        with pytest.raises(DatasetError, match="at least 2 groups are needed, one for each part, and column 'g' has 1"):
            parts_of(5, Split(0.2, group="g"), 0, groups=np.zeros(5, int))
        with pytest.raises(DatasetError, match="at least 3 groups"):
            parts_of(5, Split(0.2, 0.2, group="g"), 0, groups=np.array([0, 1, 0, 1, 0]))

    def test_only_the_rest_beside_a_test_part_of_its_own_is_divided(self):
        groups = np.array([0, 0, 1, 1, 2, 2, 0, 9])
        parts = parts_of(8, Split(0.2, 0.3, group="g"), 0, groups=groups, test_samples=2)
        assert parts.test.tolist() == [6, 7]
        assert len(parts.validation) == 2 and len(parts.train) == 4


class TestTrainSamples:
    @pytest.mark.parametrize("split", [Split(0.2, 0.1), Split(0.2, 0.1, by="order"), Split(0.2, 0.1, stratified=True)])
    def test_the_other_parts_do_not_depend_on_it(self, split):
        classes = np.random.default_rng(2).integers(0, 3, 200)
        whole = parts_of(200, split, 4, classes=classes)
        for count in (1, 10, 100):
            some = parts_of(200, _with(split, count), 4, classes=classes)
            assert some.validation.tolist() == whole.validation.tolist()
            assert some.test.tolist() == whole.test.tolist()
            assert len(some.train) == count and set(some.train) <= set(whole.train)

    def test_fewer_are_among_more(self):
        few, many = (set(parts_of(100, Split(train_samples=count), 0).train) for count in (10, 40))
        assert few < many

    def test_stratified_ones_have_the_shares_of_the_classes(self):
        classes = np.repeat([0, 1, 2], [100, 60, 40])
        train = parts_of(200, Split(0.2, stratified=True, train_samples=40), 0, classes=classes).train
        assert np.bincount(classes[train]).tolist() == [20, 12, 8]

    def test_files_sorted_by_class_have_samples_of_all_classes(self):
        classes = np.repeat([0, 1, 2, 0, 1, 2], [30, 30, 30, 5, 5, 5])
        train = parts_of(105, Split(train_samples=30), 0, classes=classes, test_samples=15).train
        assert (np.diff(train) > 0).all() and np.bincount(classes[train]).min() > 3

    def test_by_order_they_are_the_last_ones_before_the_other_parts(self):
        assert parts_of(10, Split(0.2, by="order", train_samples=3), 0).train.tolist() == [5, 6, 7]

    def test_groups_stay_apart(self):
        groups = np.arange(40) // 4
        parts = parts_of(40, Split(0.2, group="g", train_samples=7), 1, groups=groups)
        assert len(parts.train) == 7
        assert not set(groups[parts.train]) & set(groups[parts.test])

    def test_sizes_count_them_and_more_than_there_are_are_refused(self):
        assert part_sizes(100, Split(0.2, 0.1, train_samples=30)) == PartSizes(30, 10, 20)
        with pytest.raises(
            DatasetError, match=r"split\.train_samples: 81 were asked for, and there are 80 to train on"
        ):
            part_sizes(100, Split(train_samples=81))


def _with(split, count):
    return Split(split.test, split.validation, split.stratified, split.by, split.group, count)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stratified": True, "by": "date"}, "stratified and by cannot be combined"),
        ({"by": "date", "group": "patient"}, "by and group cannot be combined"),
        ({"train_samples": 0}, "split.train_samples: a number of samples from 1"),
        ({"train_samples": True}, "split.train_samples"),
        ({"by": 1.5}, "split.by: the name or position of a column was expected, got 1.5"),
    ],
)
def test_what_does_not_go_together_is_refused(settings, message):
    with pytest.raises(DatasetError, match=message):
        Split(**settings)
