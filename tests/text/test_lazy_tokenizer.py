import json
import pickle

import pytest
from tokenizers import Tokenizer, models

from tovec.errors import BadSource
from tovec.text.tokenizers import Tokenizer as TokenizerProtocol
from tovec.text.tokenizers import tokenizer_from_settings
from tovec.text.tokenizers.lazy import LazyTokenizer

DEFINITION = Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")])).to_str()


def test_nothing_is_read_before_the_first_text():
    asked = []

    def definition():
        asked.append(1)
        return DEFINITION

    tokenizer = LazyTokenizer("t", ["a", "b", "ab", None], definition)
    assert isinstance(tokenizer, TokenizerProtocol)
    assert (tokenizer.name, tokenizer.settings) == ("t", {"name": "t", "closed": True})
    assert tokenizer.vocabulary == ("a", "b", "ab", "<id 3>")
    assert not asked
    assert tokenizer.tokens("aba") == ["ab", "a"]
    assert list(tokenizer.ids_of_each(["aba", ""])) == [[2, 0], []]
    assert len(asked) == 1


def test_its_tokenizer_json_makes_it_again():
    tokenizer = LazyTokenizer("t", ["a", "b", "ab"], lambda: DEFINITION)
    again = tokenizer_from_settings(tokenizer.settings, tokenizer.to_json(tokenizer.vocabulary))
    assert again.vocabulary == tokenizer.vocabulary and again.tokens("abb") == ["ab", "b"]


def test_unigram_rows_without_a_token_are_listed_after_the_others():
    unigram = Tokenizer(models.Unigram([("<unk>", 0.0), ("a", -2.0)], unk_id=0)).to_str()
    tokenizer = LazyTokenizer("t", ["<unk>", "a"], lambda: unigram)
    library = Tokenizer.from_str(tokenizer.to_json(["<unk>", "a", "<id 2>", "<id 3>"]))
    assert library.get_vocab_size() == 4 and library.encode("aa").ids == [1, 1]


@pytest.mark.parametrize(
    "definition",
    [
        *(
            "",
            "[]",
            "{}",
            '{"model": 3}',
            '{"model": {"vocab": 3}}',
            '{"model": {"vocab": []}, "added_tokens": [3]}',
        ),
        json.dumps({"model": {"vocab": {"\ud800": 0}}}),
        "[" * 100_000,
    ],
)
def test_damage_is_reported_when_it_is_reached(definition):
    tokenizer = LazyTokenizer("t", ["a"], lambda: definition)
    with pytest.raises(BadSource, match=r"^t: not a tokenizer\.json that can be written"):
        tokenizer.to_json(["a"])
    with pytest.raises(BadSource, match=r"^t: not a tokenizer\.json that can be read"):
        tokenizer.tokens("a")


def test_a_pickle_needs_no_file(tmp_path):
    (tmp_path / "tokenizer.json").write_text(DEFINITION)
    names = ["a", "b", "ab", None]
    tokenizer = LazyTokenizer("t", names, lambda: (tmp_path / "tokenizer.json").read_text())
    kept = pickle.dumps(tokenizer)
    (tmp_path / "tokenizer.json").unlink()
    other = pickle.loads(kept)
    assert (other.tokens("aba"), other.vocabulary, other.settings) == (
        ["ab", "a"],
        ("a", "b", "ab", "<id 3>"),
        {"name": "t", "closed": True},
    )
