"""The saved folder: what model2vec and sentence-transformers make of it, round trips, damage, full disks.

Covers fields.py, model_card.py, outputs_file.py, tensors.py and tokenizer_file.py too.
"""

import errno
import json
import os
import re
import resource
import subprocess
import sys
import threading
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec import sources
from tovec.embedding import Embedding
from tovec.errors import BadSource, CannotSave, NoSpace, TovecError
from tovec.formats.saved import folder, static_folder
from tovec.formats.writing.dtypes import F16, F32, INT8
from tovec.storage import folders, paths, work_folder
from tovec.text.ngrams import NgramRule
from tovec.text.token_bytes import Spelling
from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.vocabulary import Vocabulary
from tovec.training.run_folder import train_into
from tovec.vectors.ngram_table import NgramTable
from tovec.vectors.stored import StoredTable

FOUR = ["cat", "dog", "mat", "sat"]
FILES = ["README.md", "config.json", "model.safetensors", "modules.json", "tokenizer.json", "tovec.json"]
STRANGE = [
    "New York", "a\tb", "line\nbreak", "\r\n", "", " ", '"quoted"', "back\\slash", "🤖👩‍👩‍👧", "[UNK]",
    "null", "[UNK1]", unicodedata.normalize("NFD", "영화"), "영화",
    "\0", "\u2028", "</s>", "é", "e\u0301", "{",
]  # fmt: skip


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def four():
    return Embedding.random(FOUR, 3, seed=5, tokenizer=tokenizer_from_name("words"))


@pytest.fixture
def saved(four, tmp_path):
    return four.save(tmp_path / "four")


def contents(directory):
    """Every file below a folder, by name, with its bytes."""
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def assert_equal(one, other):
    assert one.vocabulary.tokens == other.vocabulary.tokens
    np.testing.assert_array_equal(one.vocabulary.counts, other.vocabulary.counts)
    assert np.asarray(one[:]).tobytes() == np.asarray(other[:]).tobytes()
    assert one.provenance == other.provenance


# What is in it


def test_folder_holds_its_files_and_opens_equal(four, saved):
    assert sorted(path.name for path in saved.iterdir()) == FILES
    opened = sources.open(saved)
    assert_equal(opened, four)
    assert len(opened) == 4 and opened.vectors.shape == (4, 3)
    assert opened.encode("The Cat sat").tolist() == [0, 3]
    assert_equal(sources.open(str(saved)), four)


def test_counts_settings_and_every_tokenizer_come_back(tmp_path):
    for name in ("words", "whitespace", "characters"):
        for lowercase in (False, True):
            tokenizer = tokenizer_from_name(name, lowercase=lowercase)
            made = Embedding(
                Vocabulary(["b", "é", "C"], [2**40, 3, 0]),
                np.arange(6, dtype=np.float32).reshape(3, 2),
                tokenizer,
                provenance={"window": 5, "inputs": ["a\udc80.txt"], "sample": 1e-3, "note": "한국어"},
            )
            opened = sources.open(made.save(tmp_path / "saved"))
            assert_equal(opened, made)
            assert opened.tokenizer.settings == tokenizer.settings
            assert opened.tokenize("b É Cb") == tokenizer.tokens("b É Cb")


def test_an_unknown_token_of_the_vocabulary_is_that_of_tokenizer_json(tmp_path):
    tokenizers = needs("tokenizers")
    vocabulary = Vocabulary(["cat", "<unk>"], [5, 7], unknown="<unk>")
    for tokenizer in (tokenizer_from_name("words"), None):
        saved = Embedding.random(vocabulary, 3, tokenizer=tokenizer).save(tmp_path / "saved")
        read = tokenizers.Tokenizer.from_file(str(saved / "tokenizer.json"))
        assert read.get_vocab_size() == 2 and read.encode("zebra").ids == [1]
        assert sources.open(saved).vocabulary.unknown == "<unk>"
    edited(saved / "tovec.json", unknown="<other>")
    with pytest.raises(BadSource, match=r"tovec.json is damaged: token '<other>' is not in the vocabulary"):
        sources.open(saved)


def test_a_closed_tokenizer_has_no_hidden_row(tmp_path):
    tokenizer = tokenizer_from_name("bytes")
    made = Embedding.random(tokenizer.vocabulary, 4, tokenizer=tokenizer)
    opened = sources.open(made.save(tmp_path / "bytes"))
    assert_equal(opened, made)
    assert opened.encode("é").tolist() == [0xC3, 0xA9]
    assert safetensors.numpy.load_file(tmp_path / "bytes/model.safetensors")["embeddings"].shape == (256, 4)


def test_a_bpe_tokenizer_comes_back(tmp_path):
    tokenizer = tokenizer_from_name("bpe:280").train(["the cat sat on the mat", "the dog sat"])
    made = Embedding.random(tokenizer.vocabulary, 4, tokenizer=tokenizer)
    opened = sources.open(made.save(tmp_path / "bpe"))
    assert_equal(opened, made)
    assert opened.encode("the cat").tolist() == made.encode("the cat").tolist() != []


def test_tokens_not_of_their_tokenizer_are_refused(tmp_path):
    made = Embedding.random(["a", "b"], 4, tokenizer=tokenizer_from_name("bytes"))
    with pytest.raises(CannotSave, match=r"not those of the tokenizer.*; with_tokenizer\(None\)\.save"):
        made.save(tmp_path / "bytes")
    assert list(tmp_path.iterdir()) == []
    assert len(sources.open(made.with_tokenizer(None).save(tmp_path / "bytes"))) == 2


def test_model_safetensors_is_what_the_safetensors_library_writes(four, saved):
    rows = np.vstack([four.vectors, np.zeros((1, 3), np.float32)])
    assert (saved / "model.safetensors").read_bytes() == safetensors.numpy.save({"embeddings": rows})


def test_equal_embeddings_give_equal_bytes_in_any_place(four, tmp_path):
    again = Embedding.random(FOUR, 3, seed=5, tokenizer=tokenizer_from_name("words"))
    assert contents(four.save(tmp_path / "a")) == contents(again.save(tmp_path / "deep/er/b"))


def test_float16_and_many_blocks_are_saved_as_float32(tmp_path, monkeypatch):

    monkeypatch.setattr("tovec.vectors.table.BLOCK_NUMBERS", 50)
    half = np.random.default_rng(0).standard_normal((100, 7)).astype(np.float16)
    made = Embedding(map(str, range(100)), half)
    opened = sources.open(made.save(tmp_path / "half"))
    np.testing.assert_array_equal(opened.vectors, half.astype(np.float32))


def test_opened_vectors_are_read_when_asked_for_and_cannot_be_written(saved):
    vectors = sources.open(saved).vectors
    assert isinstance(vectors, StoredTable)
    with pytest.raises(TypeError, match="item assignment"):
        vectors[0, 0] = 1


def test_an_embedding_without_tokens_comes_back(tmp_path):
    opened = sources.open(Embedding([], np.empty((0, 3), np.float32)).save(tmp_path / "none"))
    assert (len(opened), opened.dim) == (0, 3)


# Tokens of any string


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text() | st.sampled_from(STRANGE), unique=True, max_size=20),
    st.sampled_from([None, "words", "characters"]),
)
def test_tokens_of_any_string_come_back(tmp_path, tokens, name):
    tokenizer = None if name is None else tokenizer_from_name(name)
    made = Embedding.random(tokens, 2, tokenizer=tokenizer)
    assert_equal(sources.open(made.save(tmp_path / "saved")), made)


def of_unknown_origin(tokens, dim):
    """A table whose tokenizer nobody knows."""
    return Embedding(tokens, Embedding.random(tokens, dim).vectors)


def test_unusual_tokens_keep_their_ids_in_tokenizer_json(tmp_path):
    tokenizers = needs("tokenizers")
    saved = of_unknown_origin(STRANGE, 2).save(tmp_path / "saved")
    read = tokenizers.Tokenizer.from_file(str(saved / "tokenizer.json"))
    assert [read.token_to_id(token) for token in STRANGE] == list(range(len(STRANGE)))
    assert read.get_vocab_size() == len(STRANGE) + 1
    assert read.encode("New York").ids == [0]


def test_a_lone_surrogate_is_refused_in_one_line(tmp_path):
    with pytest.raises(CannotSave, match=r"token 'a\\ud800' holds half of a surrogate pair") as error:
        Embedding.random(["ok", "a\ud800"], 2).save(tmp_path / "saved")
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []


STRAY = ["ok", b"\xff".decode("utf-8", "surrogateescape"), b"a\x80".decode("utf-8", "surrogateescape")]


@pytest.mark.parametrize("name", [None, "words"])
def test_bytes_that_are_not_utf8_round_trip(tmp_path, name):
    tokenizer = None if name is None else tokenizer_from_name(name)
    made = Embedding(Vocabulary(STRAY, unknown=STRAY[1]), np.eye(3), tokenizer)
    saved = made.save(tmp_path / "saved")
    assert_equal(sources.open(saved), made)
    assert sources.open(saved).vocabulary.unknown == STRAY[1]
    read = needs("tokenizers").Tokenizer.from_file(str(saved / "tokenizer.json"))
    assert [read.id_to_token(row) for row in range(3)] == ["ok", r"\xff", r"a\x80"]


def test_token_that_equals_an_escaped_one_is_refused(tmp_path):
    with pytest.raises(CannotSave, match="the tokens are not those of the tokenizer"):
        of_unknown_origin([r"\xff", STRAY[1]], 2).save(tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []


def test_spelling_and_special_tokens_round_trip(four, tmp_path):
    vocabulary = Vocabulary(["<s>", "Ġking", "</s>"], spelling=Spelling.BYTE_LEVEL, special=[2, 0])
    saved = Embedding(vocabulary, np.eye(3)).save(tmp_path / "saved")
    fields = json.loads((saved / "tovec.json").read_text())
    assert (fields["format_version"], fields["spelling"], fields["special"]) == (1, "byte-level", [0, 2])
    opened = sources.open(saved).vocabulary
    assert (opened.spelling, opened.special) == (Spelling.BYTE_LEVEL, {0, 2})
    assert opened.id(" king") == 1 and opened.text(2) is None
    plain = json.loads((four.save(tmp_path / "four") / "tovec.json").read_text())
    assert not {"spelling", "special", "scale"} & set(plain)


def test_numbers_are_written_in_the_given_dtype(four, tmp_path):
    dtypes = {dtype.name: dtype for dtype in (F32, F16, INT8)}
    for name, dtype in dtypes.items():
        saved = folder.save(four.parts, tmp_path / name, dtype=dtype)
        tensor = safetensors.numpy.load_file(saved / "model.safetensors")["embeddings"]
        assert tensor.dtype == {"f32": np.float32, "f16": np.float16, "int8": np.int8}[name]
        assert not tensor[4].any()  # the entry for unknown text
    np.testing.assert_array_equal(sources.open(tmp_path / "f16")[:], four[:].astype(np.float16))
    scale = np.abs(four[:]).max() / 127
    assert json.loads((tmp_path / "int8/tovec.json").read_text())["scale"] == pytest.approx(scale)
    np.testing.assert_allclose(sources.open(tmp_path / "int8")[:], four[:], atol=scale * 0.501)
    assert sources.open(tmp_path / "int8").neighbors("cat")[0].token == four.neighbors("cat")[0].token


def test_f16_applies_to_output_vectors_and_ngrams(tmp_path):
    rng = np.random.default_rng(0)
    ngrams = NgramTable(
        NgramRule(min_length=2, max_length=3, buckets=9), rng.standard_normal((9, 2), dtype=np.float32)
    )
    made = Embedding(
        ["a", "b"], np.eye(2), ngrams=ngrams, outputs=rng.standard_normal((2, 2), dtype=np.float32)
    )
    opened = sources.open(folder.save(made.parts, tmp_path / "half", dtype=F16))
    assert (opened.outputs.dtype, opened.ngrams.vectors.dtype) == (np.float16, np.float16)
    np.testing.assert_array_equal(opened.ngrams.vectors, ngrams.vectors.astype(np.float16))
    assert sources.open(folder.save(made.parts, tmp_path / "int8", dtype=INT8)).outputs.dtype == np.float32


def test_a_number_too_large_for_the_type_is_refused_with_its_token(tmp_path):
    made = Embedding(["ok", "big"], [[1.0, 2.0], [3.0, 1e9]])
    with pytest.raises(CannotSave, match=r"f16 cannot hold the number 1e\+09 of the vector of token 'big'"):
        folder.save(made.parts, tmp_path / "saved", dtype=F16)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("dtype", "worst"), [(F16, 1e-3), (INT8, 0.02)])
def test_others_read_f16_and_int8_with_the_same_cosines(tmp_path, dtype, worst):
    words = [f"w{row}" for row in range(50)]
    made = Embedding.random(words, 32, tokenizer=tokenizer_from_name("words"))
    saved = folder.save(made.parts, tmp_path / "saved", dtype=dtype)
    model = static_model(saved)
    assert model.embedding.dtype == dtype.numpy
    encoded = model.encode(words).astype(np.float64)
    units = encoded / np.linalg.norm(encoded, axis=1, keepdims=True)
    expected = np.array([[made.similarity(a, b) for b in words[:10]] for a in words])
    np.testing.assert_allclose(units @ units[:10].T, expected, atol=worst)


def test_provenance_that_json_cannot_hold_is_refused(tmp_path):
    made = Embedding(["a"], [[1.0]], provenance={"when": object()})
    with pytest.raises(CannotSave, match="provenance of an embedding must be JSON values"):
        made.save(tmp_path / "saved")


# The readers it is laid out for


def static_model(directory):
    return needs("model2vec").StaticModel.from_pretrained(directory)


def sentence_transformer(directory):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs, at import
        package = needs("sentence_transformers")
        return package.SentenceTransformer(str(directory), device="cpu", local_files_only=True)


@pytest.fixture(params=[static_model, sentence_transformer])
def read_by_others(request):
    return request.param


@pytest.mark.slow
def test_others_encode_a_text_as_the_mean_of_its_rows(four, saved, read_by_others):
    model = read_by_others(saved)
    for text in ("cat", "Cat SAT dog", "cat cat mat"):
        expected = four[four.encode(text)].mean(axis=0)
        np.testing.assert_allclose(model.encode([text])[0], expected, atol=1e-6)


@pytest.mark.slow
def test_others_do_not_cut_long_texts(four, saved, read_by_others):
    text = "cat " * 5000 + "dog " * 5000
    expected = four[["cat", "dog"]].mean(axis=0)
    np.testing.assert_allclose(
        read_by_others(saved).encode([text])[0], expected, atol=1e-3
    )  # cut, it is cat alone


@pytest.mark.slow
def test_unknown_words_are_left_out_by_model2vec_and_zeros_to_sentence_transformers(four, saved):
    cat = four["cat"]
    np.testing.assert_allclose(static_model(saved).encode(["cat zebra"])[0], cat, atol=1e-6)
    np.testing.assert_allclose(sentence_transformer(saved).encode(["cat zebra"])[0], cat / 2, atol=1e-6)
    for read in (static_model, sentence_transformer):
        assert not read(saved).encode(["zebra", ""]).any()


@pytest.mark.slow
@pytest.mark.parametrize("tokens", [STRANGE, FOUR])
def test_others_read_tokens_of_unknown_origin_one_a_text(tokens, tmp_path, read_by_others):
    made = of_unknown_origin(tokens, 5)
    model = read_by_others(made.save(tmp_path / "saved"))
    expected = np.array(made.vectors)
    expected[[token == "" for token in tokens]] = 0  # a text without characters has no tokens in `tokenizers`
    np.testing.assert_allclose(model.encode(tokens), expected, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bytes", "bpe:280", "unigram:40"])
def test_others_read_closed_tokenizers(name, tmp_path, read_by_others):
    tokenizer = tokenizer_from_name(name)
    if name != "bytes":
        tokenizer = tokenizer.train(["the cat sat on the mat", "the dog sat on the cat"])
    made = Embedding.random(tokenizer.vocabulary, 5, tokenizer=tokenizer)
    model = read_by_others(made.save(tmp_path / "saved"))
    expected = made[made.encode("the cat")].mean(axis=0)
    np.testing.assert_allclose(model.encode(["the cat"])[0], expected, atol=1e-6)


@pytest.mark.slow
def test_a_kiwi_folder_says_that_its_tokenizer_json_is_an_approximation(tmp_path):
    needs("kiwipiepy")
    made = Embedding.random(["영화", "를", "보"], 4, tokenizer=tokenizer_from_name("kiwi"))
    saved = made.save(tmp_path / "kiwi")
    assert json.loads((saved / "tovec.json").read_text())["tokenizer_json"] == "approximate"
    assert "`tokenizer.json` is only an approximation here" in (saved / "README.md").read_text()
    assert "approximation" not in (Embedding.random(FOUR, 2).save(tmp_path / "x") / "README.md").read_text()
    assert sources.open(saved).encode("영화를 보다").tolist() == [0, 1, 2]
    np.testing.assert_allclose(static_model(saved).encode(["영화 보다"])[0], made["영화"], atol=1e-6)


# Where it may be saved


def test_saving_again_replaces_the_folder_with_its_work_files(four, saved):
    with work_folder.held(saved) as work:
        (work / "ids.i32").write_bytes(b"123")
    Embedding.random(["one"], 2).save(saved)
    assert sorted(path.name for path in saved.iterdir()) == FILES
    assert sources.open(saved).vocabulary.tokens == ("one",)
    assert [path.name for path in saved.parent.iterdir()] == ["four"]


def test_an_embedding_can_be_saved_over_the_folder_it_is_mapped_from(four, saved):
    opened = sources.open(saved)
    opened.save(saved)
    assert_equal(opened, four)
    assert_equal(sources.open(saved), four)


def test_other_files_in_a_folder_of_tovec_stay(four, saved):
    (saved / "notes.txt").write_text("mine")
    (saved / "figures").mkdir()
    (saved / "figures/map.png").write_bytes(b"png")
    four.save(saved)
    assert (saved / "notes.txt").read_text() == "mine"
    assert (saved / "figures/map.png").read_bytes() == b"png"
    assert sorted(path.name for path in saved.iterdir()) == sorted([*FILES, "figures", "notes.txt"])


@pytest.mark.parametrize("has_run", [False, True])
def test_an_empty_folder_and_one_with_only_work_files_may_be_saved_to(four, tmp_path, has_run):
    target = tmp_path / "out"
    target.mkdir()
    if has_run:
        with work_folder.held(target):
            pass
    folder.check_writable(target)
    assert_equal(sources.open(four.save(target)), four)
    assert sorted(path.name for path in target.iterdir()) == FILES


def test_a_folder_that_is_not_tovec_s_is_refused_and_kept(four, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    for attempt in (folder.check_writable, four.save):
        with pytest.raises(CannotSave, match=r"it holds 'thesis.tex', so tovec did not save it"):
            attempt(tmp_path)
    assert contents(tmp_path) == {"thesis.tex": b"years of work"}


def test_a_file_where_the_folder_should_be_is_refused(four, tmp_path):
    file = tmp_path / "out"
    file.write_text("mine")
    with pytest.raises(CannotSave, match="it is a file; name a folder"):
        folder.check_writable(file)
    with pytest.raises(CannotSave, match="is not a folder that can be written to"):
        folder.check_writable(file / "below")
    assert file.read_text() == "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="mounts as Linux does")
def test_a_volume_of_a_container_is_refused_before_anything_is_trained(tmp_path):
    """No folder can take the place of a mounted one; in it, of the same disk or not, one can be saved."""
    text, volume, out = tmp_path / "text.txt", tmp_path / "volume", tmp_path / "o ut"
    text.write_text("the cat sat on the mat\n" * 20)
    volume.mkdir()
    out.mkdir()
    if subprocess.run(["mount", "--bind", volume, out], check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        with pytest.raises(CannotSave, match="a disk is mounted there; name a folder inside it"):
            train_into(out, [text], dim=2, min_count=1)
        assert not any(volume.iterdir())
        train_into(out / "inside", [text], dim=2, min_count=1)
    finally:
        subprocess.run(["umount", out], check=True)
    assert sources.open(volume / "inside").dim == 2


def test_unreadable_place_is_a_tovec_error(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(folder.Path, "exists", refuse)
    with pytest.raises(CannotSave, match="Permission denied; nothing has been changed there"):
        folder.save(Embedding.random(["a"], 2).parts, tmp_path / "out")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused_and_nothing_is_left_beside_it(four, saved, monkeypatch):
    saved.chmod(0o555)
    with pytest.raises(CannotSave, match="it may not be written to; name another folder"):
        four.save(saved)
    monkeypatch.setattr(folder, "check_writable", lambda directory: None)
    with pytest.raises(CannotSave, match="Permission denied; nothing has been changed there"):
        four.save(saved)
    assert list(saved.parent.iterdir()) == [saved]
    saved.chmod(0o755)


def test_the_current_folder_is_refused(four, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (".", tmp_path):
        with pytest.raises(CannotSave, match="it is the current folder; name a folder inside it"):
            four.save(name)
    assert_equal(sources.open(four.save("inside")), four)


def test_a_link_to_a_folder_stays_a_link(four, saved, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(saved)
    Embedding.random(["one"], 2).save(link)
    assert link.is_symlink()
    assert sources.open(saved).vocabulary.tokens == sources.open(link).vocabulary.tokens == ("one",)


# Old or new, never half


@pytest.mark.parametrize("exchange", [True, False])
def test_readers_see_the_old_or_the_new_folder_while_it_is_replaced(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(paths, "_renameat2", lambda: None)
    target = tmp_path / "out"
    versions = [Embedding(["a"], [[float(n)] * 3], provenance={"n": n}) for n in (1, 2)]
    versions[0].save(target)
    stop = threading.Event()

    def writer():
        while not stop.is_set():
            for version in versions:
                version.save(target)

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        seen = [sources.open(target) for _ in range(300)]
    finally:
        stop.set()
        thread.join()
    for embedding in seen:
        assert embedding["a"].tolist() == [embedding.provenance["n"]] * 3


def test_without_an_exchange_two_renames_do(four, saved, monkeypatch):
    monkeypatch.setattr(paths, "_renameat2", lambda: None)
    (saved / "notes.txt").write_text("mine")
    Embedding.random(["one"], 2).save(saved)
    assert sources.open(saved).vocabulary.tokens == ("one",)
    assert sorted(path.name for path in saved.iterdir()) == sorted([*FILES, "notes.txt"])
    assert [path.name for path in saved.parent.iterdir()] == ["four"]


def test_this_system_exchanges_folders_in_one_step(tmp_path):
    if not sys.platform.startswith("linux"):
        pytest.skip("renameat2 is Linux's")
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert paths.exchange(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a/b").exists() and (tmp_path / "b/a").exists()


def test_open_and_save_recover_from_a_kill_between_two_renames(four, saved):
    aside = saved.with_name(".four.old-tovec")
    saved.rename(aside)
    assert_equal(sources.open(saved), four)
    (aside / "notes.txt").write_text("mine")
    Embedding.random(["one"], 2).save(saved)
    assert sources.open(saved).vocabulary.tokens == ("one",)
    assert (saved / "notes.txt").read_text() == "mine"
    assert not aside.exists()


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("failing", ["fsync", "rename"])
def test_an_error_of_the_system_while_saving_changes_nothing(four, saved, monkeypatch, failing, exchange):
    (saved / "notes.txt").write_text("mine")
    before = contents(saved)

    def refuse(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if not exchange:
        monkeypatch.setattr(paths, "_renameat2", lambda: None)
    if failing == "fsync":
        monkeypatch.setattr(paths.os, "fsync", refuse)
    elif exchange:
        monkeypatch.setattr(folders, "exchange", refuse)
    else:
        rename = Path.rename
        monkeypatch.setattr(Path, "rename", lambda a, b: refuse() if a.name == "new" else rename(a, b))
    with pytest.raises(
        CannotSave, match=r"cannot save to .*four: No space left on device; nothing has been changed"
    ):
        Embedding.random(["one"], 2).save(saved)
    assert contents(saved) == before
    assert [path.name for path in saved.parent.iterdir()] == ["four"]


def test_an_interruption_while_saving_changes_nothing(saved, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    before = contents(saved)
    monkeypatch.setattr(static_folder, "write_tensors", interrupt)
    with pytest.raises(KeyboardInterrupt):
        Embedding.random(["one"], 2).save(saved)
    assert contents(saved) == before
    assert [path.name for path in saved.parent.iterdir()] == ["four"]


BIG = """
import sys
from tovec.embedding import Embedding

Embedding.random(map(str, range(20_000)), 100).save(sys.argv[1])
"""


def run_python(program, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, **options
    )


def test_a_file_that_may_not_grow_leaves_the_old_folder(saved):
    before = contents(saved)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    done = run_python(BIG, saved, preexec_fn=limit)
    assert done.returncode == 1
    told = (
        r"NoSpace: cannot save to .*; nothing has been changed there; raise `ulimit -f`, or name a folder on"
    )
    assert re.search(told, done.stderr.splitlines()[-1])
    assert "File too large; nothing has been changed there" in done.stderr.splitlines()[-1]
    assert contents(saved) == before
    assert [path.name for path in saved.parent.iterdir()] == ["four"]


def test_a_full_disk_leaves_the_old_folder(four, tmp_path, monkeypatch):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        saved = four.save(disk / "four")
        before = contents(saved)
        large = Embedding.random(map(str, range(20_000)), 100)
        with pytest.raises(
            NoSpace, match=r"four needs 8,\d+ kB in .*, and \d,\d+ kB are free; free \d,\d+ kB"
        ):
            large.save(saved)
        monkeypatch.setattr("tovec.storage.disk.free_bytes", lambda folder: None)
        with pytest.raises(
            NoSpace, match="No space left on device; nothing has been changed there; free some"
        ):
            large.save(saved)
        assert contents(saved) == before
        assert [path.name for path in disk.iterdir()] == ["four"]
    finally:
        subprocess.run(["umount", disk], check=True)


# What cannot be opened


def test_what_is_no_saved_folder_is_refused_in_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "prose").write_text("Once upon a time\n")
    with work_folder.held(tmp_path / "run"):
        pass
    for name, message in [
        ("missing", "missing does not exist"),
        ("empty", "empty is a folder that holds neither an embedding nor a model: no tovec.json"),
        ("prose", "prose is text, not vectors: line 1"),
        ("run", "run holds a training run that has not finished"),
    ]:
        with pytest.raises(BadSource, match=message):
            sources.open(tmp_path / name)
    with pytest.raises(BadSource, match=r"missing.*tovec.json is missing"):
        folder.load(tmp_path / "missing")


def edited(path, **changes):
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, **changes}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokens": FOUR[:3]}, "tokenizer.json is damaged: it has 5 entries for 3 tokens"),
        ({"tokens": ["cat", "dog", "mat", "cow"]}, "its entry 3 is 'sat' where the token is 'cow'"),
        (
            {"tokens": ["cat", "dog", "mat", "mat"]},
            "tovec.json is damaged: token 'mat' stands in the vocabulary more",
        ),
        ({"tokens": "cat"}, "its field 'tokens' is str, which does not belong there"),
        ({"tokens": None}, "its 'tokens' are not a list of strings"),
        ({"tokens": [1, 2, 3, 4]}, "its 'tokens' are not a list of strings"),
        ({"counts": [1, 2, 3]}, "tovec.json is damaged: 4 tokens need as many counts, not 3"),
        ({"counts": [1, 2, 3, 2**70]}, "its 'counts' are not a list of whole numbers"),
        ({"counts": [1, 2, 3, 0.5]}, "its 'counts' are not a list of whole numbers"),
        ({"tokenizer": [1]}, "its field 'tokenizer' is list"),
        ({"provenance": [1]}, "its field 'provenance' is list"),
        ({"format_version": 99}, "its format is version 99, and 3 is the newest that this tovec reads"),
        ({"format_version": True}, "its field 'format_version' is bool"),
        ({"spelling": "runes"}, "its 'spelling' is 'runes', none of plain, byte-level, pieces, wordpiece"),
        ({"spelling": 1}, "its field 'spelling' is int"),
        ({"special": [4]}, "its 'special' are not a list of ids"),
        ({"special": [0.5]}, "its 'special' are not a list of ids"),
        ({"special": {"0": 1}}, "its field 'special' is dict"),
        ({"scale": 0.0}, "its 'scale' is 0.0, not a number above 0"),
        ({"scale": float("inf")}, "its 'scale' is inf, not a number above 0"),
        ({"scale": float("nan")}, "its 'scale' is nan, not a number above 0"),
        ({"scale": "1"}, "its field 'scale' is str"),
    ],
)
def test_a_wrong_field_of_tovec_json_is_named(saved, changes, message):
    edited(saved / "tovec.json", **changes)
    with pytest.raises(BadSource, match=message):
        sources.open(saved)


@pytest.mark.parametrize("name", ["tovec.json", "tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize(
    "bytes_of", [lambda b: b"", lambda b: b[: len(b) // 2], lambda b: b"\xff" + b, lambda b: b"[" * 100_000]
)
def test_a_damaged_file_is_named_in_one_line(saved, name, bytes_of):
    path = saved / name
    path.write_bytes(bytes_of(path.read_bytes()))
    with pytest.raises(BadSource, match=f"{name} is damaged: ") as error:
        sources.open(saved)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(saved, name):
    (saved / name).unlink()
    with pytest.raises(BadSource, match=f"{name} is missing"):
        sources.open(saved)


def test_a_damaged_bpe_tokenizer_json_is_named(tmp_path):
    tokenizer = tokenizer_from_name("bpe:280").train(["the cat sat on the mat"])
    saved = Embedding.random(tokenizer.vocabulary, 4, tokenizer=tokenizer).save(tmp_path / "bpe")
    edited(saved / "tokenizer.json", pre_tokenizer={"type": "Nonsense"})
    with pytest.raises(
        BadSource, match=r"tokenizer.json is damaged: .*not a tokenizer.json that can be read"
    ):
        sources.open(saved)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"embeddings": np.zeros((4, 3), np.float32)}, "it has 4 rows for 5 entries of tokenizer.json"),
        (
            {"embeddings": np.zeros((5, 3), np.float64)},
            "its numbers are 'F64'; here they can be F32, F16",
        ),
        ({"embeddings": np.zeros(15, np.float32)}, r"its shape is \[15\], not two whole numbers"),
        ({"weight": np.zeros((5, 3), np.float32)}, "it holds no tensor 'embeddings'; there are 'weight'"),
        ({"embeddings": np.zeros((5, 0), np.float32)}, "dim must be a whole number from 1 up, not 0"),
        ({}, "it holds no tensor 'embeddings'; there are none"),
    ],
)
def test_a_model_safetensors_of_something_else_is_refused(saved, tensors, message):
    safetensors.numpy.save_file(tensors, saved / "model.safetensors")
    with pytest.raises(BadSource, match=f"model.safetensors is damaged: {message}"):
        sources.open(saved)


def test_a_float16_model_safetensors_is_opened(saved):
    half = np.arange(15, dtype=np.float16).reshape(5, 3)
    safetensors.numpy.save_file({"embeddings": half}, saved / "model.safetensors", metadata={"by": "hand"})
    np.testing.assert_array_equal(sources.open(saved)[:], half[:4].astype(np.float32))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_to_a_file_gives_anything_but_an_embedding_or_one_line(saved, data):
    path = saved / data.draw(st.sampled_from(["model.safetensors", "tokenizer.json", "tovec.json"]))
    whole = path.read_bytes()
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    kept = data.draw(st.just(len(whole)) | st.integers(0, len(whole)))
    path.write_bytes(bytes(broken[:kept]))
    try:
        opened = sources.open(saved)
        assert opened.vectors.shape == (len(opened), opened.dim)
        opened.neighbors(0)
    except TovecError as error:
        assert "\n" not in str(error)
    finally:
        path.write_bytes(whole)
