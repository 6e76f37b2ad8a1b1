"""Rank files of tiktoken: text is cut as tiktoken cuts it.

Covers byte_level.py, merges.py, pretokenizers.py and validate_ids.py too.
"""

import functools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import needs
from ranked import TEXTS, any_ranks, rank_file, ranks
from tokenizers import Tokenizer

import tovec
from tovec import Embedding, Vocabulary
from tovec.errors import BadSource
from tovec.models.tokenizer_files import read_tokenizer_file
from tovec.models.tokenizer_files.byte_level import of_ranks
from tovec.models.tokenizer_files.pretokenizers import OF_TIKTOKEN, TIKTOKEN_SPECIALS, Pretokenizer
from tovec.models.tokenizer_files.tiktoken import read_ranks, recognizes
from tovec.storage.file_errors import CorruptFile
from tovec.text.token_bytes import Spelling, byte_level_name, bytes_of_name


@functools.cache
def official(name):
    """Return tiktoken's pattern and special tokens of an encoding, without the ranks it would download."""
    public = needs("tiktoken_ext.openai_public")
    fetched = ("load_tiktoken_bpe", "data_gym_to_mergeable_bpe_ranks")
    before = {function: getattr(public, function) for function in fetched}
    try:
        for function in fetched:
            setattr(public, function, lambda *_, **__: {})
        return getattr(public, name)()
    finally:
        for function, original in before.items():
            setattr(public, function, original)


def encoding(table, pattern):
    return needs("tiktoken").Encoding("t", pat_str=pattern, mergeable_ranks=table, special_tokens={})


@functools.cache
def both(name):
    theirs = encoding(ranks(), official(name)["pat_str"])
    names = [byte_level_name(token) for token in ranks()]
    return theirs, Tokenizer.from_str(of_ranks(names, ranks(), OF_TIKTOKEN[name]))


@pytest.mark.parametrize("name", OF_TIKTOKEN)
def test_text_is_cut_as_tiktoken_cuts_it(name):
    theirs, ours = both(name)

    @settings(max_examples=200)
    @given(TEXTS)
    def compare(text):
        assert ours.encode(text).ids == theirs.encode_ordinary(text)

    compare()


@settings(max_examples=150)
@given(any_ranks(), st.lists(st.text("abc", max_size=20), max_size=8))
def test_any_ranks_merge_as_in_tiktoken(table, texts):
    theirs = encoding(table, r"[\s\S]+")
    names = [byte_level_name(token) for token in table]
    ours = Tokenizer.from_str(of_ranks(names, table, Pretokenizer((r"[\s\S]+",), whole=True)))
    for text in texts:
        assert ours.encode(text).ids == (theirs.encode_ordinary(text) if text else [])


@pytest.mark.parametrize("name", OF_TIKTOKEN)
def test_special_tokens_are_tiktokens(name):
    known = official(name)["special_tokens"]
    assert {token: row for token, row in known.items() if row in TIKTOKEN_SPECIALS[name].values()} == known
    assert TIKTOKEN_SPECIALS[name] == known


def test_a_rank_file_is_read_as_tiktoken_reads_it(tmp_path):
    path = tmp_path / "mine.tiktoken"
    path.write_bytes(rank_file(ranks()))
    assert read_ranks(path.read_bytes())[0] == needs("tiktoken.load").load_tiktoken_bpe(str(path)) == ranks()
    tokens = read_tokenizer_file(path)
    assert [bytes_of_name(token, Spelling.BYTE_LEVEL) for token in tokens.names] == list(ranks())
    assert (tokens.spelling, tokens.origin, tokens.special) == (
        Spelling.BYTE_LEVEL,
        "mine.tiktoken",
        frozenset(),
    )
    assert tokens.tokenizer is None  # nobody says how text is cut


def test_of_a_token_twice_the_later_rank_counts_as_in_tiktoken(tmp_path):
    path = tmp_path / "mine.tiktoken"
    path.write_bytes(b"IQ== 0\nIQ== 1\nIg== 2\n")
    assert read_ranks(path.read_bytes())[0] == needs("tiktoken.load").load_tiktoken_bpe(str(path))
    tokens = read_tokenizer_file(path)
    assert tokens.names == [None, "!", '"']
    assert tokens.findings == ("1 of its lines have a token that a later line has; the later rank counts",)


def test_ranks_with_a_gap_before_known_special_tokens_leave_holes_and_save(tmp_path):
    # cl100k_base.tiktoken has 100,256 ranks; its special tokens are known by its name.
    table = ranks([*(b"%d" % number for number in range(10, 18_000))])
    path = tmp_path / "cl100k_base.tiktoken"
    path.write_bytes(rank_file(table))
    tokens = read_tokenizer_file(path)
    assert len(tokens.names) == 100277 and tokens.names[100256] is None
    assert tokens.names[100257] == "<|endoftext|>" and tokens.special == {*range(100257, 100261), 100276}
    assert tokens.tokenizer.tokens("the 42<|endoftext|>")[:3] == ["t", "h", "e"]
    vocabulary = Vocabulary(tokens.tokenizer.vocabulary)
    saved = Embedding.random(vocabulary, 1, tokenizer=tokens.tokenizer).save(tmp_path / "saved")
    again = tovec.open(saved)
    assert again.vocabulary.tokens == vocabulary.tokens and again.vocabulary.tokens[100256] == "<id 100256>"
    assert again.tokenizer.tokens(" 42") == ["Ġ", "42"]


def test_llama_3s_tokenizer_model_is_recognized_by_content(tmp_path):
    path = tmp_path / "tokenizer.model"
    path.write_bytes(rank_file(ranks()).replace(b"\n", b"\r\n"))
    assert read_tokenizer_file(path).spelling is Spelling.BYTE_LEVEL
    assert recognizes(b"IQ== 0\nIg== 1\n") and not recognizes(b"\n\x0e\n\x05<unk>")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "holds no ranks"),
        (b"IQ== 0\nIQ==\n", "line 2 is not a token in base64 and its rank"),
        (b"IQ== 0\nIg== -1\n", "line 2 is not"),
        (b"IQ== 0\nIg== 1 2\n", "line 2 is not"),
        (b"IQ== 0\nI*== 1\n", "the token on line 2 is not base64"),
        (b"IQ== 0\nI 1\n", "the token on line 2 is not base64"),
        (b"IQ== 0\n 1\n", "the token on line 2 is empty"),
        (b"IQ== 9999999999\n", "line 1 is not"),
    ],
)
def test_damage_is_one_line(text, why):
    with pytest.raises(CorruptFile, match=why):
        read_ranks(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"IQ== 0\nIg== 0\n", "tokens '!' and '\"' have the same id, 0"),
        (b"IQ== 999999999\n", "the id 999999999, out of proportion to its 1 token"),
    ],
)
def test_ids_out_of_proportion_are_one_line(text, why, tmp_path):
    path = tmp_path / "a.tiktoken"
    path.write_bytes(text)
    with pytest.raises(BadSource, match=why):
        read_tokenizer_file(path)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_a_bad_source_or_read(data, tmp_path):
    content = bytearray(b"IQ== 0\nIg== 1\nIiE= 2\n")
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    path = tmp_path / "a.tiktoken"
    path.write_bytes(bytes(content))
    try:
        assert len(read_tokenizer_file(path).names) > 0
    except BadSource as error:
        assert str(path) in str(error) and "\n" not in str(error)
