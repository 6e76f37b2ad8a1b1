"""A worked step against finite differences, and against torch's own optimizer on transformers' model."""

import numpy as np
import pytest
from needs import needs
from small_llamas import saved_llama

import tovec
from tovec.errors import UnknownToken

TEXT = "the cat sat on the mat and the cat"


@pytest.fixture(scope="module", params=[False, True], ids=["untied", "tied"])
def folder(request, tmp_path_factory):
    needs("torch")
    folder = tmp_path_factory.mktemp("llama")
    saved_llama(folder, tie_word_embeddings=request.param, num_key_value_heads=2)
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return tovec.open_language_model(folder)


def theirs(folder, dtype="float64"):
    return needs("transformers").AutoModelForCausalLM.from_pretrained(folder, dtype=dtype).eval()


def their_loss(model, ids, target):
    torch = needs("torch")
    return -torch.log_softmax(model(torch.tensor([ids])).logits[0, -1].double(), 0)[target]


@pytest.mark.parametrize("target", [None, "Ġsat", 7])
def test_the_step_is_that_of_sgd_on_both_tables_of_transformers(model, folder, target):
    torch = needs("torch")
    step = model.step(TEXT, target)
    other = theirs(folder)
    tables = {"input": other.model.embed_tokens.weight, "output": other.lm_head.weight}
    optimizer = torch.optim.SGD(
        {id(table): table for table in tables.values()}.values(), lr=step.learning_rate
    )
    loss = their_loss(other, step.ids, step.target)
    before = {name: table.detach().clone() for name, table in tables.items()}
    loss.backward()
    optimizer.step()
    assert step.loss == pytest.approx(loss.item(), rel=1e-4)
    assert step.loss_after == pytest.approx(their_loss(other, step.ids, step.target).item(), rel=1e-3)
    assert step.loss_after < step.loss
    for row in step.rows:
        np.testing.assert_allclose(row.before, before[row.table][row.id], rtol=1e-5)
        moved = (tables[row.table][row.id] - before[row.table][row.id]).detach().numpy()
        np.testing.assert_allclose(row.after - row.before, moved, rtol=2e-2, atol=1e-5)
        assert row.after.tolist() != row.before.tolist()


def test_the_gradient_of_a_row_is_that_of_finite_differences(model):
    torch = needs("torch")
    from tovec.language_model.worked_step import worked_step

    model.predict("")
    network = type(model._network)(model.shape).requires_grad_(False)
    network.load(model._network.tensors())
    network = network.double()
    ids, target, rate, little = list(model.read(TEXT).ids), 9, 1.0, 1e-5
    step = worked_step(network, ids, target, rate, model.embedding.vocabulary.tokens)
    moved = {(row.table, row.id): row for row in step.rows}
    some = [("input", ids[-1]), ("input", ids[1]), ("output", target), ("output", step.rows[-1].id)]
    for table, row in some:
        for column in (0, 17):
            losses = []
            for side in (1, -1):
                rows = network.inputs if table == "input" else network.outputs
                rows[row, column] += side * little
                scores = network.scores(network(torch.tensor([ids]))[0, -1])
                losses.append(-torch.log_softmax(scores, 0)[target].item())
                rows[row, column] -= side * little
            slope = (losses[0] - losses[1]) / (2 * little)
            row_moved = moved[table, row]
            found = (row_moved.before[column] - row_moved.after[column]) / rate
            assert found == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_the_last_token_of_a_text_is_the_target_and_what_is_before_it_is_read(model):
    ids = model.read(TEXT).ids
    step = model.step(TEXT)
    assert (step.ids, step.target) == (ids[:-1], ids[-1])
    assert step.tokens[0] == "<|endoftext|>"


def test_of_the_empty_text_the_target_is_the_second_most_likely(model):
    step = model.step("")
    assert step.ids == (model.end_of_text,)
    assert step.target == model.predict("", 2)[1].id


def test_rows_are_those_of_the_tokens_of_the_target_and_of_the_best_wrong_token(model):
    step = model.step(TEXT, "Ġsat")
    tables = [row.table for row in step.rows]
    assert [row.id for row in step.rows if row.table == "input"] == [*dict.fromkeys(step.ids)]
    assert tables[-2:] == ["output", "output"]
    best = next(row for row in np.argsort(-step.scores).tolist() if row != step.target)
    assert [row.id for row in step.rows[-2:]] == [step.target, best]


def test_the_loss_falls_visibly_and_stays_above_0(model):
    for text in ("", "the", TEXT, "영화를 보는"):
        step = model.step(text)
        assert 0 < step.loss_after < 0.9 * step.loss
        assert f"{step.learning_rate:.2g}" == f"{step.learning_rate:g}"


def test_a_given_learning_rate_is_taken_and_the_model_stays_as_it_is(model):
    before = model.predict(TEXT)
    step = model.step(TEXT, learning_rate=1e-3)
    assert step.learning_rate == 1e-3
    assert model.predict(TEXT) == before


def test_an_unknown_target_is_named(model):
    with pytest.raises(UnknownToken, match="'nowhere'"):
        model.step(TEXT, "nowhere")


def test_a_vocabulary_of_one_has_nothing_to_learn(tmp_path):
    torch = needs("torch")
    from tovec.language_model.network.shape import LlamaShape
    from tovec.language_model.network.transformer import Llama, initialize
    from tovec.language_model.worked_step import worked_step

    network = Llama(
        LlamaShape(n_tokens=1, dim=8, layers=1, heads=2, key_heads=2, head_dim=4, inner=8, context=4)
    )
    with torch.no_grad():
        initialize(network, 0)
    step = worked_step(network.requires_grad_(False), [0], 0, None, ["a"])
    assert (step.loss, step.loss_after, step.learning_rate) == (0, 0, 0)
    assert [row.table for row in step.rows] == ["input", "output"]
