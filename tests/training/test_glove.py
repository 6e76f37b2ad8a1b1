import numpy as np
import pytest
from test_cooccurrence import as_dict, corpus_of, random_corpus

from tovec.training import glove
from tovec.training.cooccurrence import count_cooccurrences
from tovec.training.glove import Glove, initial_arrays
from tovec.training.kernels import glove as kernels
from tovec.training.kernels.arguments import GloveRules, GloveSide

NAMES = "vectors", "biases", "vector_sums", "bias_sums"
X_MAX = np.float32(10)
RULES = GloveRules(X_MAX, power=np.float32(0.75), rate=np.float32(0.05))


def model(tmp_path, n_tokens=200, n_ids=4000, dim=10, **settings):
    cooccurrences = count_cooccurrences(random_corpus(n_tokens, n_ids), 5, tmp_path)
    return Glove(cooccurrences, dim, **{"x_max": 10.0, "threads": 1, **settings})


def train(glove, epochs=1, first=0):
    """Train and return the mean loss of each epoch."""
    losses = []
    for epoch in range(first, first + epochs):
        sums = np.sum([glove.step(epoch, number) for number in range(glove.n_steps)], axis=0)
        losses.append(sums[0] / sums[1])
    return losses


def pair(scale=0.5, dim=16, dtype=np.float32):
    """Both sides' arrays, in the order of the kernel, with sums that differ."""
    rng = np.random.default_rng(0)
    return [
        array.astype(dtype)
        for _ in range(2)
        for array in (
            rng.normal(0, scale, (3, dim)),
            rng.normal(0, scale, 3),
            1 + rng.random((3, dim)),
            1 + rng.random(3),
        )
    ]


def sides(arrays):
    """Both sides as the kernel takes them."""
    return GloveSide(*arrays[:4]), GloveSide(*arrays[4:])


def loss_of(arrays, i, j, count):
    """Equation 8 of the paper for one entry, halved as in glove.c, in float64."""
    x, x_bias, _, _, y, y_bias, _, _ = arrays
    weight = min(1.0, (count / X_MAX) ** 0.75)
    return 0.5 * weight * (x[i] @ y[j] + x_bias[i] + y_bias[j] - np.log(count)) ** 2


COUNTS = [0.1, 3.0, 10.0, 500.0]


@pytest.mark.parametrize("count", COUNTS)
def test_loss_is_its_definition(count):
    loss = kernels.step(1, 2, np.float32(count), RULES, *sides(pair()))
    assert loss == pytest.approx(loss_of(pair(dtype=np.float64), 1, 2, count), rel=1e-5)


@pytest.mark.parametrize("count", COUNTS)
def test_a_step_goes_down_the_finite_difference_of_the_loss(count):
    arrays, moved = pair(dtype=np.float64), pair()
    kernels.step(1, 2, np.float32(count), RULES, *sides(moved))
    for parameter in (0, 1, 4, 5):
        for index in np.ndindex(arrays[parameter].shape):
            kept, h = arrays[parameter][index], 1e-5
            arrays[parameter][index] = kept + h
            above = loss_of(arrays, 1, 2, count)
            arrays[parameter][index] = kept - h
            slope = (above - loss_of_at(arrays, parameter, index, kept - h, count)) / (2 * h)
            arrays[parameter][index] = kept
            sums = arrays[parameter + 2][index]
            step = moved[parameter][index] - np.float32(kept)
            assert step == pytest.approx(-0.05 * slope / np.sqrt(sums), rel=1e-3, abs=1e-6)
            assert moved[parameter + 2][index] == pytest.approx(sums + (0.05 * slope) ** 2, rel=1e-5)


def loss_of_at(arrays, parameter, index, value, count):
    arrays[parameter][index] = value
    return loss_of(arrays, 1, 2, count)


@pytest.mark.parametrize("count", COUNTS)
def test_the_compiled_step_equals_its_python_source(count):
    compiled, plain = pair(), pair()
    arguments = 0, 0, np.float32(count), RULES
    loss = kernels.step(*arguments, *sides(compiled))
    assert loss == pytest.approx(kernels.step.py_func(*arguments, *sides(plain)), rel=1e-5)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_the_compiled_block_equals_its_python_source(tmp_path):
    entries = np.array(model(tmp_path).cooccurrences.block(0, 1)[:50])
    results = []
    for function in (kernels.train_block, kernels.train_block.py_func):
        initial = initial_arrays(3, 200, 8, 0)
        arrays = [
            initial[prefix + name][part] for part, prefix in ((0, ""), (1, "context_")) for name in NAMES
        ]
        results.append((function(entries, RULES, *sides(arrays)), arrays))
    (loss, compiled), (plain_loss, plain) = results
    assert loss == pytest.approx(plain_loss, rel=1e-5)
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_a_gradient_is_clipped_at_100_on_either_side():
    arrays = pair()
    arrays[0][1] = 50.0
    arrays[4][2, :8], arrays[4][2, 8:] = 50.0, -49.0
    before = [array.copy() for array in arrays]
    kernels.step(1, 2, np.float32(20), RULES, *sides(arrays))
    expected = 0.05 * 100 / np.sqrt(before[2][1]) * np.repeat([1, -1], 8)
    np.testing.assert_allclose(before[0][1] - arrays[0][1], expected, rtol=1e-4)


def glove_c(glove, epochs):
    """The update of glove.c over the same entries in the same order, in float64: arrays and losses."""
    n_tokens, grid = glove.cooccurrences.n_tokens, glove.cooccurrences.grid
    initial = initial_arrays(grid, n_tokens, glove.dim, glove.seed)
    w = {name: by_id(array, n_tokens).astype(np.float64) for name, array in initial.items()}
    losses = []
    for epoch in range(epochs):
        cost = 0.0
        for number in range(glove.n_steps):
            for l1, l2, val in trained_in(glove, epoch, number):
                v, c = w["vectors"][l1], w["context_vectors"][l2]
                diff = v @ c + w["biases"][l1] + w["context_biases"][l2] - np.log(val)
                fdiff = diff if val > 10 else (val / 10) ** 0.75 * diff
                cost += 0.5 * fdiff * diff
                fdiff *= 0.05
                temp1, temp2 = fdiff * c, fdiff * v
                v -= temp1 / np.sqrt(w["vector_sums"][l1])
                c -= temp2 / np.sqrt(w["context_vector_sums"][l2])
                w["vector_sums"][l1] += temp1 * temp1
                w["context_vector_sums"][l2] += temp2 * temp2
                w["biases"][l1] -= fdiff / np.sqrt(w["bias_sums"][l1])
                w["context_biases"][l2] -= fdiff / np.sqrt(w["context_bias_sums"][l2])
                w["bias_sums"][l1] += fdiff * fdiff
                w["context_bias_sums"][l2] += fdiff * fdiff
        losses.append(cost / glove.cooccurrences.n_entries)
    return w, losses


def trained_in(glove, epoch, number):
    """The token, the context and the count of each entry of a step."""
    grid = glove.cooccurrences.grid
    for entries, p, q in glove._blocks(epoch, number):
        for row, column, count in entries.tolist():
            if p <= q:
                yield row * grid + p, column * grid + q, count
            else:
                yield column * grid + p, row * grid + q, count


def by_id(array, n_tokens):
    """The rows of one of a model's arrays in the order of their ids."""
    return np.array([array[i % len(array), i // len(array)] for i in range(n_tokens)])


def test_training_gives_the_numbers_of_glove_c(tmp_path):
    glove = model(tmp_path)
    expected, losses = glove_c(glove, 3)
    assert train(glove, 3) == pytest.approx(losses, rel=1e-5)
    for name, array in glove.arrays.items():
        np.testing.assert_allclose(by_id(array, 200), expected[name], rtol=1e-5, atol=1e-5, err_msg=name)
    sums = (expected["vectors"] + expected["context_vectors"])[:, :10]
    met = glove.cooccurrences.partners > 0
    np.testing.assert_allclose(glove.vectors()[met], sums[met], rtol=1e-5, atol=2e-5)


def test_an_epoch_trains_each_entry_of_both_halves_once(tmp_path, monkeypatch):
    monkeypatch.setattr(glove, "ENTRIES_OF_STEP", 500)
    trained = model(tmp_path)
    grid = trained.cooccurrences.grid
    assert trained.n_steps > grid > 1
    seen = []
    for number in range(trained.n_steps):
        blocks = trained._blocks(4, number)
        assert len({p for _, p, _ in blocks}) == len({q for _, _, q in blocks}) == len(blocks) == grid
        seen += trained_in(trained, 4, number)
    assert len(seen) == trained.cooccurrences.n_entries
    assert {(i, j): count for i, j, count in seen} == as_dict(trained.cooccurrences)


def test_strata_come_in_another_order_in_each_epoch(tmp_path):
    trained = model(tmp_path, n_tokens=1000)
    orders = [
        [trained._blocks(epoch, number)[0][2] for number in range(trained.n_steps)] for epoch in range(3)
    ]
    assert sorted(orders[0]) == sorted(orders[1]) == list(range(trained.n_steps))
    assert orders[0] != orders[1] != orders[2]


@pytest.mark.parametrize("threads", [2, 4])
def test_any_number_of_threads_gives_the_same_bytes(tmp_path, threads):
    one, more = (model(tmp_path, n_tokens=1000, n_ids=30_000, threads=n) for n in (1, threads))
    assert one.cooccurrences.grid > threads
    assert train(one, 2) == train(more, 2)
    for name in one.arrays:
        assert one.arrays[name].tobytes() == more.arrays[name].tobytes()


def test_a_run_goes_on_from_its_arrays_as_if_it_had_never_stopped(tmp_path):
    whole, begun, resumed = (model(tmp_path, seed=3) for _ in range(3))
    train(whole, 2)
    train(begun, 1)
    for name, array in begun.arrays.items():
        resumed.arrays[name][:] = array
    train(resumed, 1, first=1)
    assert resumed.vectors().tobytes() == whole.vectors().tobytes()


def test_seeds_give_other_vectors(tmp_path):
    one, other = model(tmp_path, seed=1), model(tmp_path, seed=2)
    train(one)
    train(other)
    assert one.vectors().tobytes() != other.vectors().tobytes()


def test_padding_past_dim_stays_zero(tmp_path):
    trained = model(tmp_path, dim=10)
    train(trained, 2)
    for name in ("vectors", "context_vectors"):
        assert trained.arrays[name].shape == (3, 67, 16)
        assert not trained.arrays[name][..., 10:].any()
    assert trained.vectors().shape == (200, 10)
    assert trained.vectors().dtype == np.float32


def test_tokens_that_occur_beside_none_have_a_zero_vector(tmp_path):
    cooccurrences = count_cooccurrences(corpus_of([[0, 1, 0], [2]], 4), 5, tmp_path)
    trained = Glove(cooccurrences, 5)
    train(trained)
    assert trained.vectors().any(axis=1).tolist() == [True, True, False, False]


def test_an_empty_matrix_trains_nothing(tmp_path):
    trained = Glove(count_cooccurrences(corpus_of([[0], [1]], 2), 5, tmp_path), 5)
    assert trained.n_steps == 1
    assert trained.step(0, 0) == (0, 0)


def test_diverging_vectors_show_in_the_loss(tmp_path):
    trained = model(tmp_path, learning_rate=1e20)
    with np.errstate(all="ignore"):
        assert not all(np.isfinite(trained.step(0, number)[0]) for number in range(trained.n_steps))


def test_two_topics_separate_and_the_loss_falls(tmp_path):
    rng = np.random.default_rng(0)
    # Documents of one topic each, ids 0 … 39 or 40 … 79, but for one token in ten: GloVe learns from
    # tokens that meet rarely, never from those that do not meet.
    strayed = [topic ^ (rng.random(20) < 0.1) for topic in rng.integers(2, size=600)]
    documents = [(rng.integers(40, size=20) + 40 * topics).tolist() for topics in strayed]
    trained = Glove(count_cooccurrences(corpus_of(documents, 80), 5, tmp_path), 10, x_max=10, seed=1)
    losses = train(trained, 20)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 4
    vectors = trained.vectors()
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    similarity = unit @ unit.T
    np.fill_diagonal(similarity, -1)
    nearest = similarity.argmax(axis=1)
    assert ((nearest < 40) == (np.arange(80) < 40)).all()
