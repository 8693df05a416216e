"""The text of the five steps, where several mini-batches make an update."""

from msgspec import structs

from joml_tui.experiment import AdamSpec, Experiment, GradientDescentSpec, LayerSpec, Xor
from joml_tui.inspect import answer
from joml_tui.inspect.step_by_step import NextStep
from joml_tui.runs.worker.builder import build_subject
from joml_tui.ui.lessons.notation import factor, value
from joml_tui.ui.lessons.step_text import Place, explained

EXPERIMENT = Experiment(
    dataset=Xor(samples=60), layers=(LayerSpec(3, "tanh"),), batch_size=8, epochs=2, optimizer=GradientDescentSpec(0.3)
)


def page_after(iterations, **settings):
    subject = build_subject(structs.replace(EXPERIMENT, accumulate=2, **settings))
    if iterations:
        subject.trainer.advance(iterations)
    taken = answer(NextStep(), subject)
    return taken, explained(taken, Place(4, 0, 0, 1, 0), 200)


def test_a_mini_batch_before_the_last_of_an_update_adds_its_gradient_and_moves_nothing():
    taken, page = page_after(2)
    text = " ".join(text for _, text in page.lines)
    assert "mini-batch 1 of the 2 that make an update" in text
    assert "No weight moves until mini-batch 2" in text
    own = float(taken.layers[0].dW[1, 0])
    assert f"W₂,₁: sum = 0 + 8·{factor(own)} = " in text
    assert "η" not in text
    assert not dict(page.table.beside)["change"].any()


def test_before_the_first_update_there_is_no_step_of_a_rule_to_work_out():
    _, page = page_after(0, optimizer=AdamSpec())
    assert "No weight moves until mini-batch 2" in " ".join(text for _, text in page.lines)


def test_the_last_mini_batch_of_an_update_moves_the_weights_by_the_mean():
    taken, page = page_after(3)
    by_hand = [text for role, text in page.lines if role == "hand"]
    mean = float(taken.layers[0].mean_gradient[1, 0])
    assert by_hand[1].endswith(f" / 16 = {value(mean)}")
    assert f"g = ∇ = {value(mean)}" in by_hand
    assert by_hand[-1].endswith(f"{value(0.3)}·{factor(mean)} = {value(float(taken.layers[0].W_after[1, 0]))}")


def test_of_a_frozen_layer_the_page_says_that_it_stays():
    _, page = page_after(3, layers=(LayerSpec(3, "tanh", frozen=True),))
    assert "This layer is frozen" in " ".join(text for _, text in page.lines)
