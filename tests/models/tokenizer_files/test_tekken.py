import base64
import json

import pytest
from hypothesis import given, settings
from needs import needs
from ranked import TEXTS, ranks
from tokenizers import Tokenizer

from tovec.errors import BadSource
from tovec.models.tokenizer_files import read_tokenizer_file, read_tokenizer_folder
from tovec.models.tokenizer_files.pretokenizers import OF_GGUF
from tovec.text.token_bytes import Spelling

PATTERN = OF_GGUF["tekken"].patterns[0]


def content(table=None, *, n_special=40, **changed):
    """Return a tekken.json that lists three more tokens than the model has."""
    table = ranks() if table is None else table
    vocab = [
        {"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": None}
        for token, rank in [
            *table.items(),
            (b"x1", len(table)),
            (b"x2", len(table) + 1),
            (b"x3", len(table) + 2),
        ]
    ]
    config = {
        "pattern": PATTERN,
        "num_vocab_tokens": len(vocab),
        "default_vocab_size": n_special + len(table),
        "default_num_special_tokens": n_special,
        "version": "v3",
    }
    return {"config": config, "vocab": vocab, **changed}


def read(folder, value):
    (folder / "tekken.json").write_text(json.dumps(value))
    return read_tokenizer_file(folder / "tekken.json")


def test_tekken_text_is_cut_as_by_tiktoken(tmp_path):
    # mistral_common gives these ranks and the pattern to tiktoken and adds the number of special tokens.
    tokens = read(tmp_path, content())
    ours = Tokenizer.from_str(tokens.tokenizer.to_json(tokens.names))
    theirs = needs("tiktoken").Encoding("t", pat_str=PATTERN, mergeable_ranks=ranks(), special_tokens={})

    @settings(max_examples=200)
    @given(TEXTS)
    def compare(text):
        assert ours.encode(text).ids == [row + 40 for row in theirs.encode_ordinary(text)]

    compare()


def test_special_tokens_come_first_and_the_vocabulary_is_limited(tmp_path):
    tokens = read(tmp_path, content())
    assert len(tokens.names) == 40 + len(ranks())
    assert tokens.names[:4] == ["<unk>", "<SPECIAL_1>", "</s>", "[INST]"]  # b"<s>" is text here, 1 is not
    assert tokens.names[19:22] == ["[TOOL_CONTENT]", "<SPECIAL_20>", "<SPECIAL_21>"]
    assert tokens.names[40 + ord("a")] == "a" and "x1" not in tokens.names
    assert (tokens.special, tokens.unknown) == (frozenset(range(40)), 0)
    assert (tokens.spelling, tokens.origin) == (Spelling.BYTE_LEVEL, "tekken.json")
    assert read_tokenizer_folder(tmp_path).names == tokens.names


def test_newer_files_list_their_special_tokens(tmp_path):
    listed = [{"rank": 1, "token_str": "<bos>", "is_control": True}, {"rank": 0, "token_str": "<none>"}]
    tokens = read(tmp_path, content(n_special=4, special_tokens=listed))
    assert tokens.names[:5] == ["<none>", "<bos>", "<SPECIAL_2>", "<SPECIAL_3>", "Ā"]
    assert tokens.unknown is None


def test_without_a_pattern_or_a_byte_there_is_no_tokenizer(tmp_path):
    without = content()
    del without["config"]["pattern"]
    assert read(tmp_path, without).tokenizer is None
    few = {token: rank for rank, token in enumerate([b"a", b"b"])}
    assert read(tmp_path, content(few)).tokenizer is None


def damaged():
    def change(of, **fields):
        value = content()
        (value["config"] if of is None else value["vocab"][of]).update(fields)
        return value

    yield {}, "has no 'config'"
    yield [], "is not a JSON object"
    yield {**content(), "vocab": {}}, "its field 'vocab' is dict"
    yield change(None, default_vocab_size=10**12), "its config counts 1,000,000,000,000 tokens"
    yield change(None, default_num_special_tokens=10**12), "1000000000000 of them special"
    yield change(None, default_num_special_tokens=-1), "-1 of them special"
    yield change(None, pattern=1), "its field 'pattern' is int"
    yield change(5, rank=6), "entry 5 of its vocabulary does not have that rank"
    yield change(5, rank=True), "entry 5 of its vocabulary does not have that rank"
    yield change(5, token_bytes=None), "entry 5 of its vocabulary has no bytes"
    yield change(5, token_bytes="*"), "token 5 is not base64"
    yield change(5, token_bytes="é"), "token 5 is not base64"
    yield change(5, token_bytes="YQ=="), "has the bytes of an earlier one"
    yield content(special_tokens=[{"rank": 40, "token_str": "a b"}]), "'a b' has the id 40, and there are 40"
    yield content(special_tokens=[{"rank": 0}]), "special token None has the id 0"
    yield content(special_tokens=[1]), "a special token is not an object"
    yield (
        content(special_tokens=[{"rank": 0, "token_str": "[X]"}, {"rank": 1, "token_str": "[X]"}]),
        "token '\\[X\\]' occurs twice, with the ids 0 and 1",
    )


@pytest.mark.parametrize(("value", "why"), list(damaged()))
def test_damage_is_one_line(value, why, tmp_path):
    with pytest.raises(BadSource, match=why):
        read(tmp_path, value)
