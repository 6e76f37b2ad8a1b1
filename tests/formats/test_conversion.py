"""One embedding to another format, with all that was lost told."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

import tovec
from tovec import sources
from tovec.embedding import Embedding
from tovec.errors import BadSetting, CannotSave
from tovec.formats.conversion import convert
from tovec.formats.reduce import reduced, top_rows
from tovec.formats.saved import folder
from tovec.formats.writers import BY_NAME, PARTS
from tovec.storage import work_folder
from tovec.text.ngrams import NgramRule
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary
from tovec.vectors.ngram_table import NgramTable

ALL_BUT = {
    "folder": [],
    "word2vec-text": list(PARTS),
    "word2vec-binary": list(PARTS),
    "glove": list(PARTS),
    "npy": list(PARTS),
    "projector": [part for part in PARTS if part != "counts"],
    "parquet": [part for part in PARTS if part != "counts"],
    "safetensors": ["the tokenizer", "n-grams", "output vectors", "where the vectors come from"],
}


@pytest.fixture
def full():
    """An embedding with everything one may have."""
    vocabulary = Vocabulary(
        ["<s>", "Ġthe", "[UNK]", "Ġcat"],
        [5, 9, 0, 2],
        unknown="[UNK]",
        spelling=Spelling.BYTE_LEVEL,
        special=[0],
    )
    rng = np.random.default_rng(0)
    ngrams = NgramTable(
        NgramRule(min_length=2, max_length=3, buckets=100), rng.standard_normal((100, 6), dtype=np.float32)
    )
    return Embedding(
        vocabulary,
        rng.standard_normal((4, 6), dtype=np.float32),
        tokenizer_from_name("whitespace"),
        provenance={"made_by": "hand"},
        ngrams=ngrams,
        outputs=rng.standard_normal((4, 6), dtype=np.float32),
        state={"positions": rng.standard_normal((10, 6), dtype=np.float32)},
    )


@pytest.mark.parametrize("name", BY_NAME)
def test_convert_reports_what_each_format_cannot_hold(full, tmp_path, name):
    if name == "parquet":
        needs("pyarrow")
    dest = f"{tmp_path}/made" + (BY_NAME[name].suffixes[0])
    made = convert(full.parts, dest)
    assert made.format == name
    assert list(made.dropped) == ALL_BUT[name]
    assert len(made.warnings) == len(made.dropped)
    assert all(line.startswith(f"{dest} cannot hold ") and "\n" not in line for line in made.warnings)


def test_list_of_parts_covers_every_field_of_an_embedding(full):
    assert all(has(full) for has in PARTS.values())
    assert {name for name in vars(full) if not name.startswith("_")} == {
        *("vocabulary", "vectors", "tokenizer", "provenance", "ngrams", "outputs"),
        "state",  # goes with the output vectors
    }
    bare = Embedding(["a"], [[1.0]])
    assert not any(has(bare) for has in PARTS.values())


def test_folder_keeps_every_part(full, tmp_path):
    convert(full.parts, f"{tmp_path}/made")
    opened = sources.open(tmp_path / "made")
    ours, theirs = full.vocabulary, opened.vocabulary
    assert theirs.tokens == ours.tokens
    assert (theirs.unknown, theirs.spelling, theirs.special) == (ours.unknown, ours.spelling, ours.special)
    assert (theirs.counts == ours.counts).all()
    assert opened.tokenizer.settings == full.tokenizer.settings
    assert opened.provenance == full.provenance
    np.testing.assert_array_equal(opened.outputs, full.outputs)
    np.testing.assert_array_equal(opened.state["positions"], full.state["positions"])
    np.testing.assert_array_equal(opened.ngrams.vectors, full.ngrams.vectors)


def test_top_and_dim_are_applied_in_order_and_reported(full, tmp_path):
    made = convert(full.parts, f"{tmp_path}/a.safetensors", top=3, dim=2, dtype="bf16")
    assert (made.n_tokens, made.dim, made.dtype) == (3, 2, "bf16")
    assert 0 < made.explained_variance < 1
    assert made.dropped == (
        *("the token for unknown text, '[UNK]'", "output vectors"),
        *("the tokenizer", "n-grams", "where the vectors come from"),
    )
    assert made.warnings[0] == "dropped: the token for unknown text, '[UNK]'"
    assert made.warnings[-1] == "bf16 keeps the first 2 digits of each number"
    assert sources.open(f"{tmp_path}/a.safetensors").vocabulary.tokens == ("<s>", "Ġthe", "Ġcat")
    assert convert(full.parts, f"{tmp_path}/b").explained_variance is None


def test_components_are_removed_before_ngrams_are_fitted_and_rows_and_dimensions_cut(full, tmp_path):
    made = convert(
        full.parts, f"{tmp_path}/made", remove_components=1, ngrams="characters", top=3, dim=4, dtype="f32"
    )
    assert 0 < made.removed_share < 1
    assert made.dropped[0] == "output vectors"
    one = full.without_components(1).with_ngrams("characters")
    expected = reduced(top_rows(one.parts, 3).embedding, 4)[0].embedding
    opened = sources.open(tmp_path / "made")
    np.testing.assert_allclose(opened[:], expected.vectors[:], atol=1e-6)
    np.testing.assert_allclose(opened["cats"], expected.ngrams.vector("cats"), atol=1e-6)
    assert opened.provenance == {"made_by": "hand", "removed_components": 1}
    assert convert(full.parts, f"{tmp_path}/all").removed_share is None


def test_tokenizer_with_other_tokens_is_dropped(tmp_path):
    bpe = tokenizer_from_name("bpe:270").train(["the cat sat on the mat"] * 5)
    pieces = Embedding.random([*bpe.vocabulary, "padding 1", "padding 2"], 3, tokenizer=bpe)
    made = convert(pieces.parts, f"{tmp_path}/made")
    assert made.warnings == ("dropped: the tokenizer bpe:270, whose tokens are different",)
    assert sources.open(tmp_path / "made").tokenizer is None


def test_snapshots_are_copied_from_folder_to_folder(full, tmp_path):
    folder.save(full.parts, tmp_path / "snaps/epoch-1")
    folder.save(full.parts, tmp_path / "source", snapshots=tmp_path / "snaps")
    kept = convert(full.parts, f"{tmp_path}/kept", source=tmp_path / "source", dtype="f16")
    assert kept.dropped == ()
    np.testing.assert_array_equal(sources.open(tmp_path / "kept/snapshots/epoch-1")[:], full[:])
    changes = [
        ("cut", {"top": 2}),
        ("turned", {"dim": 2}),
        ("centered", {"remove_components": 0}),
        ("a.vec", {}),
    ]
    for dest, options in changes:
        made = convert(full.parts, f"{tmp_path}/{dest}", source=tmp_path / "source", **options)
        assert "the snapshots of training" in made.dropped
        assert not (tmp_path / dest / "snapshots").exists()


@pytest.mark.parametrize(
    "name", ["folder", "a.safetensors", "a.bin", "a.vec", "a.glove", "a.npy", "a.parquet", "a.tsv"]
)
def test_embedding_can_be_saved_over_the_file_it_is_read_from(full, tmp_path, name):
    if name == "a.parquet":
        needs("pyarrow")
    plain = Embedding([f"t{row}" for row in range(4)], full.vectors)
    path = tovec.save(plain, tmp_path / name)
    opened = sources.open(path)
    convert(opened.parts, str(path), source=path, top=3)
    again = sources.open(path)
    assert again.vocabulary.tokens == ("t0", "t1", "t2")
    np.testing.assert_array_equal(again[:], plain[:3])
    np.testing.assert_array_equal(opened[:], plain[:])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters()), unique=True, min_size=1, max_size=6))
@pytest.mark.parametrize("name", ["a.safetensors", "a.bin", "a.vec", "a.glove"])
def test_escaped_tokens_open_with_the_same_number_of_rows(tmp_path, name, tokens):
    made = Embedding(tokens, np.random.default_rng(0).standard_normal((len(tokens), 3), dtype=np.float32))
    try:
        path = tovec.save(made, tmp_path / name, escape=True)
    except CannotSave as error:
        assert "which are the same bytes" in str(error)
        return
    opened = sources.open(path)
    np.testing.assert_array_equal(opened[:], made[:])
    for token, name in zip(tokens, opened.vocabulary.tokens, strict=True):
        assert name == token or "\\" in name or not token.isprintable()


def test_a_folder_converted_onto_itself_keeps_its_snapshots(full, tmp_path):
    folder.save(full.parts, tmp_path / "snaps/epoch-1")
    folder.save(full.parts, tmp_path / "made", snapshots=tmp_path / "snaps")
    convert(sources.open(tmp_path / "made").parts, f"{tmp_path}/made", source=tmp_path / "made", dtype="f16")
    assert sources.open(tmp_path / "made/snapshots/epoch-1").vocabulary.tokens == full.vocabulary.tokens


def test_convert_refuses_to_replace_an_unfinished_training_run(full, tmp_path):
    folder.save(full.parts, tmp_path / "made")
    with work_folder.held(tmp_path / "made"):
        pass
    with pytest.raises(CannotSave, match="it holds a training run that has not finished and would be lost"):
        convert(full.parts, f"{tmp_path}/made")
    assert (tmp_path / "made/work").is_dir()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"format": "word3vec"}, BadSetting, "the format must be one of folder, word2vec-text, "),
        ({"dtype": "f64"}, BadSetting, "the dtype must be one of f32, f16, bf16, int8, not 'f64'"),
        ({"dtype": "bf16"}, CannotSave, r"a folder cannot hold bf16, only f32, f16, int8; \.safetensors can"),
        (
            {"format": "glove", "dtype": "f16"},
            CannotSave,
            r"GloVe text cannot hold f16, only f32; \.parquet, ",
        ),
        ({"columns": lambda made: {}}, CannotSave, "a folder cannot hold a projection or neighbors"),
    ],
)
def test_impossible_requests_fail_before_rows_are_read(full, tmp_path, options, error, message):
    class Unreadable:
        shape, dtype = (4, 6), np.dtype(np.float32)

        def __getitem__(self, rows):
            raise AssertionError("read")

    with pytest.raises(error, match=message):
        convert(
            *(Embedding(full.vocabulary, Unreadable()).parts, f"{tmp_path}/made"),
            dim=2,
            remove_components=1,
            ngrams="characters",
            **options,
        )
    assert list(tmp_path.iterdir()) == []


def test_no_suffix_means_two_formats():
    suffixes = [suffix for writer in BY_NAME.values() for suffix in writer.suffixes]
    assert len(suffixes) == len(set(suffixes))
