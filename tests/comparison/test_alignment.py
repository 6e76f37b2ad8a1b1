"""A planted map is found again, whatever the dims; what is written opens anywhere; bad input is one line."""

import json
import warnings

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.comparison.dictionary import dictionary_from
from tovec.errors import CannotSave, TovecWarning
from tovec.text.token_bytes import Spelling
from tovec.vectors.lazy import LazyTable

WORDS = [f"word{n}" for n in range(400)]


def rows(n=400, dim=12, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.standard_normal((n, dim)) * np.geomspace(2, 0.5, dim)).astype(np.float32)


def planted(dim, other_dim, seed=1):
    size = max(dim, other_dim)
    square = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]
    return square[:dim, :other_dim]


def turned(table, matrix, noise=0.0, seed=2):
    moved = table @ matrix
    return (moved + noise * np.random.default_rng(seed).standard_normal(moved.shape)).astype(np.float32)


def embedding(table, names=None, **options):
    return tovec.Embedding(names or WORDS[: len(table)], table, **options)


def test_a_planted_rotation_is_found_exactly():
    table, matrix = rows(), planted(12, 12)
    order = np.random.default_rng(3).permutation(400)
    b = tovec.Embedding([WORDS[row] for row in order], turned(table, matrix)[order])
    found = tovec.align(embedding(table), b)
    np.testing.assert_allclose(found.map, matrix, atol=1e-6)
    np.testing.assert_allclose(found.embedding.vectors[order], b.vectors, atol=1e-5)
    assert found.csls[:2] == found.cosine[:2] == (1.0, 1.0)
    assert found.before.at_1 < 0.1 and found.kept == 1.0
    assert found.mean_cosine == pytest.approx(1.0, abs=1e-6)
    assert (found.pairs.fitted, found.pairs.held_out, found.pairs.words) == (320, 80, 80)
    assert found.csls.interval == pytest.approx((0.9542, 1.0), abs=1e-4)  # 80 of 80: 1 / (1 + z² / 80)


def test_a_map_into_more_dimensions_keeps_all_and_is_undone():
    table, matrix = rows(dim=7), planted(7, 12)
    found = tovec.align(embedding(table), embedding(turned(table, matrix)))
    np.testing.assert_allclose(found.map, matrix, atol=1e-6)
    np.testing.assert_allclose(found.embedding[:] @ found.map.T, table, atol=1e-5)
    assert (found.precision, found.kept, found.before) == (1.0, 1.0, None)


def test_a_map_into_fewer_dimensions_says_what_is_lost():
    table, matrix = rows(dim=12), planted(12, 7)
    found = tovec.align(embedding(table), embedding(turned(table, matrix)))
    units = table.astype(np.float64)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    np.testing.assert_allclose(found.map.T @ found.map, np.eye(7), atol=1e-12)
    assert found.kept == pytest.approx(((units @ found.map) ** 2).sum() / len(units))
    assert 0.3 < found.kept < 0.95


@pytest.mark.parametrize("size", [1.0, 40.0])
def test_a_centered_map_finds_a_shift_and_another_length(size):
    table, matrix = rows() + 1.5, planted(12, 12)
    b = embedding((size * (turned(table, matrix) + 3)).astype(np.float32))
    found = tovec.align(embedding(table), b, center=True)
    np.testing.assert_allclose(found.map, matrix, atol=1e-5)
    assert found.space.scale == pytest.approx(size, rel=1e-5)
    np.testing.assert_allclose(size * found.embedding[:], b.vectors, atol=2e-4 * size)
    again = (table - found.space.mean_a) @ found.map + found.space.mean_b
    np.testing.assert_allclose(found.embedding[:], again, atol=1e-5)
    assert found.precision == 1.0


def test_a_word_with_several_translations_is_right_with_each():
    table, matrix = rows(), planted(12, 12)
    there = turned(table, matrix)
    names = [f"단어{n}" for n in range(400)]
    pairs = [(WORDS[n], names[n]) for n in range(400)]
    wrong = [(WORDS[n], names[(n + 1) % 400]) for n in range(0, 400, 40)]
    found = tovec.align(embedding(table), embedding(there, names), dictionary=pairs + wrong)
    assert found.precision == 1.0 and found.pairs.covered == found.pairs.given == 410
    held_out = {each.token: each.answers for each in found.results}
    assert all(held_out[word] == (names[WORDS.index(word)],) for word in held_out if len(held_out[word]) == 1)
    assert found.pairs.held_out == sum(map(len, held_out.values())) and len(held_out) == found.pairs.words


def test_words_of_a_dictionary_are_found_as_those_of_test_sets_are():
    table = rows()
    names = [f"▁{word.capitalize()}" for word in WORDS]
    vocabulary = tovec.Vocabulary(names, spelling=Spelling.PIECES)
    b = tovec.Embedding(vocabulary, turned(table, planted(12, 12)))
    found = tovec.align(embedding(table), b, dictionary=[(word.upper(), word) for word in [*WORDS, "none"]])
    assert (found.pairs.given, found.pairs.covered, found.precision) == (401, 400, 1.0)


def test_every_case_of_an_answer_is_right():
    table = rows()
    there = np.concatenate([turned(table, planted(12, 12)), turned(table, planted(12, 12), noise=1e-3)])
    upper = [word.upper() for word in WORDS]
    b = tovec.Embedding([*upper, *WORDS], np.concatenate([there[400:], there[:400]]))  # the exact rows last
    pairs = [(word, word) for word in WORDS]
    found = tovec.align(embedding(table), b, dictionary=pairs)
    assert found.results[0].answers == (upper[WORDS.index(found.results[0].token)],)
    assert any(each.found[0] not in each.answers for each in found.results) and found.precision == 1.0


def test_refining_makes_a_good_map_of_a_small_dictionary():
    table, matrix = rows(dim=24), planted(24, 24)
    a, b = embedding(table), embedding(turned(table, matrix, noise=0.25))
    pairs = [(word, word) for word in WORDS[:40]]
    test = [(word, word) for word in WORDS[40:140]]
    with pytest.warns(
        TovecWarning, match=r"fitted on 70 pairs, and 24 dimensions want 96: .* or `refine` it"
    ):
        alone = tovec.align(a, b, dictionary=pairs + test, held_out=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refined = tovec.align(a, b, dictionary=pairs[:12] + test[:12], held_out=0.5, refine=3)
    assert len(refined.refined) == 3 and refined.refined[-1] > 300
    first, last = (np.abs(each.map - matrix).max() for each in (alone, refined))
    assert last < first and last < 0.1


def test_equal_seeds_give_equal_words_and_other_seeds_others():
    a, b = embedding(rows()), embedding(turned(rows(), planted(12, 12), noise=0.5))
    one, again, other = (tovec.align(a, b, seed=seed) for seed in (1, 1, 2))
    assert one.results == again.results and one.figures == again.figures
    np.testing.assert_array_equal(one.map, again.map)
    assert {each.token for each in one.results} != {each.token for each in other.results}


def test_rows_without_direction_are_left_out_and_stay_what_they_are():
    table, matrix = rows(), planted(12, 12)
    there = turned(table, matrix)
    table[0], table[1], there[2], there[3] = 0, np.nan, np.inf, 0
    for center in (False, True):
        found = tovec.align(embedding(table), embedding(there), center=center)
        assert (found.pairs.covered, found.pairs.without_direction) == (396, 4)
        assert found.precision == 1.0
        assert not found.embedding[0].any() and np.isnan(found.embedding[1]).all()
        np.testing.assert_allclose(found.map, matrix, atol=1e-3 if center else 1e-5)  # means of other rows


def test_special_tokens_do_not_count():
    table = rows()
    vocabulary = tovec.Vocabulary(WORDS, special=range(100))
    found = tovec.align(
        tovec.Embedding(vocabulary, table), embedding(turned(table, planted(12, 12))), most_frequent=300
    )
    assert (found.pairs.covered, found.n_candidates) == (200, 300)


def test_the_most_frequent_tokens_are_those_of_the_highest_counts():
    table, counts = rows(), np.arange(400)
    a = tovec.Embedding(tovec.Vocabulary(WORDS, counts), table)
    found = tovec.align(a, embedding(turned(table, planted(12, 12))), most_frequent=250)
    assert found.pairs.covered == 100  # the last 250 of a and the first 250 of b


def test_tokenizer_counts_and_ngrams_go_along():
    texts = ["played playing plays player", "sitting sits sitter", "walked walking walks walker"] * 30
    a = tovec.train(texts, dim=6, min_count=1, threads=1, ngrams="characters", epochs=2)
    b = embedding(turned(a[:], planted(6, 9)), list(a))
    with pytest.warns(TovecWarning, match="6 dimensions want 24"):
        found = tovec.align(a, b, center=True)
    made = found.embedding
    assert made.vocabulary is a.vocabulary and made.tokenizer is a.tokenizer
    assert made.outputs is None and found.left_out == ("output vectors",)
    there = (a["plaing"] - found.space.mean_a) @ found.map + found.space.mean_b
    np.testing.assert_allclose(made["plaing"], there, atol=1e-5)


def test_a_saved_alignment_opens_everywhere_and_its_map_makes_its_rows(tmp_path):
    load_file = needs("safetensors.numpy").load_file
    model2vec = needs("model2vec")
    table = rows() + 1
    a = tovec.Embedding(
        tovec.Vocabulary(WORDS, range(400, 0, -1)), table, provenance={"made_by": "a test"}
    ).with_tokenizer("words")
    dictionary = tmp_path / "pairs.tsv"
    dictionary.write_text("".join(f"{word}\t{word}\n" for word in WORDS), encoding="utf-8")
    found = tovec.align(
        a,
        embedding(turned(table, planted(12, 7)), provenance={"text_digest": "b"}),
        dictionary=dictionary,
        center=True,
        names=("mine", "theirs"),
    )
    folder = found.save(tmp_path / "there")
    opened = tovec.open(folder)
    np.testing.assert_array_equal(opened[:], found.embedding[:])
    assert list(opened) == WORDS and opened.vocabulary.counts.tolist() == list(range(400, 0, -1))
    assert opened.tokenize("Word1 word2") == ["word1", "word2"]
    tensors = load_file(folder / "map.safetensors")
    assert {name: each.shape for name, each in tensors.items()} == {
        "map": (12, 7),
        "mean_a": (12,),
        "mean_b": (7,),
    }
    by_hand = (table - tensors["mean_a"]) @ tensors["map"] + tensors["mean_b"]
    np.testing.assert_allclose(opened[:], by_hand, atol=1e-4)
    np.testing.assert_allclose(load_file(folder / "model.safetensors")["embeddings"][:400], opened[:])
    np.testing.assert_allclose(
        model2vec.StaticModel.from_pretrained(folder).encode(["word5"]), opened[["word5"]], atol=1e-6
    )
    provenance = json.loads((folder / "tovec.json").read_text(encoding="utf-8"))["provenance"]
    assert provenance["made_by"] == "a test"
    (entry,) = provenance["aligned"]
    assert entry["source"] == "mine" and entry["onto"]["source"] == "theirs"
    assert entry["onto"]["provenance"] == {"text_digest": "b"}
    assert entry["dictionary"] == {"name": "pairs.tsv", "sha256": dictionary_from(dictionary).digest}
    assert entry["settings"]["center"] and entry["precision"] == found.precision
    assert "map.safetensors" in (folder / "README.md").read_text(encoding="utf-8")
    opened.save(folder)  # what replaces the rows does not leave their map behind
    assert not (folder / "map.safetensors").exists()


def test_a_second_alignment_is_a_second_entry():
    a, b, c = (embedding(turned(rows(), planted(12, 12, seed))) for seed in (4, 5, 6))
    twice = tovec.align(tovec.align(a, b, names=("a", "b")).embedding, c, names=("a in b", "c"))
    sources = [each["source"] for each in twice.embedding.provenance["aligned"]]
    assert sources == ["a", "a in b"]


def test_tables_that_share_a_space_need_no_map():
    table = rows()
    found = tovec.align(embedding(table), embedding(table + np.float32(1e-3)))
    assert found.notes == ("the tables share a space already: without a map, 1.000 of the words are found",)


class Watched(LazyTable):
    """A table that remembers how many rows are read at once."""

    def __init__(self, table):
        self._rows, self.shape, self.dtype = table, table.shape, table.dtype
        self.most = 0

    def _take(self, wanted):
        found = self._rows[wanted]
        self.most = max(self.most, 1 if found.ndim == 1 else len(found))
        return found


def test_tables_are_read_in_blocks():
    table = rows(40_000, 64)
    names = [str(n) for n in range(40_000)]
    a, b = Watched(table), Watched(turned(table, planted(64, 80)))
    found = tovec.align(tovec.Embedding(names, a), tovec.Embedding(names, b), most_frequent=2000)
    assert found.precision == 1.0
    assert max(a.most, b.most) <= 1 << 15  # 8 MB of either
    assert isinstance(found.embedding.vectors, LazyTable)


BAD = {
    "the same table": (lambda: (embedding(rows()), embedding(rows())), {}, "both tables are the same"),
    "the same with NaN": (
        lambda: (embedding(np.full((4, 3), np.nan)), embedding(np.full((4, 3), np.nan))),
        {},
        "both tables are the same",
    ),
    "nothing in common": (
        lambda: (embedding(rows(4)), embedding(rows(4), ["a", "b", "c", "d"])),
        {},
        "no token is in both tables; `dictionary` FILE pairs",
    ),
    "nothing frequent in common": (
        lambda: (embedding(rows(4)), embedding(rows(4), WORDS[3::-1])),
        {"most_frequent": 2},
        "the tables share 4 tokens, none of which is among the most frequent",
    ),
    "no names": (
        lambda: tuple(tovec.Embedding(tovec.Vocabulary([], n_rows=4), rows(4, seed=seed)) for seed in (0, 1)),
        {},
        "those of one stand for no text; if rows lack their names, give a `tokenizer`",
    ),
    "a dictionary of other words": (
        lambda: (embedding(rows(4)), embedding(rows(4), ["a", "b", "c", "d"])),
        {"dictionary": [("a", "word0"), ("x", "a")]},
        r"none of the 2 pairs of dictionary is in the tables: 0 of its words are in the first, 1 of its "
        r"translations in the second; its columns are the other way round: 1 pair is",
    ),
    "one pair": (
        lambda: (embedding(rows(4)), embedding(rows(4), ["a", "b", "c", "d"])),
        {"dictionary": [("word0", "a"), ("word0", "b")]},
        "of the first table 1 word is paired, 1 among",
    ),
    "no direction": (
        lambda: (embedding(np.zeros((4, 3))), embedding(rows(4))),
        {},
        "each of the 4 pairs has a row of zeros, NaN or infinity",
    ),
    "a share": (
        lambda: (embedding(rows(4)), embedding(rows(4, seed=1))),
        {"held_out": 1},
        "held_out must be",
    ),
    "no share": (
        lambda: (embedding(rows(4)), embedding(rows(4, seed=1))),
        {"held_out": "all"},
        "held_out must be",
    ),
    "a number": (lambda: (embedding(rows(4)), embedding(rows(4, seed=1))), {"refine": -1}, "refine must be"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line(name):
    tables, options, message = BAD[name]
    with warnings.catch_warnings(), pytest.raises(tovec.TovecError, match=message) as error:
        warnings.simplefilter("ignore", TovecWarning)
        tovec.align(*tables(), **options)
    assert "\n" not in str(error.value)


def test_other_values_than_embeddings_are_one_line():
    with pytest.raises(tovec.TovecError, match="b is an Embedding"):
        tovec.align(embedding(rows()), "b.vec")


def test_a_folder_is_what_is_written_and_nobody_elses_is_replaced(tmp_path):
    found = tovec.align(embedding(rows()), embedding(turned(rows(), planted(12, 12))))
    with pytest.raises(
        CannotSave, match=r"would be word2vec text, and an alignment is a folder.*without .vec"
    ):
        found.save(tmp_path / "x.vec")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(CannotSave, match="tovec did not save it"):
        found.save(tmp_path / "mine")
    assert [each.name for each in tmp_path.rglob("*")] == ["mine", "letter.txt"]
    half = found.save(tmp_path / "half", dtype="f16")
    assert tovec.open(half).vectors.dtype == np.float16
