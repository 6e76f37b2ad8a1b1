"""A text cut part by part, at its blanks, has the tokens that Hugging Face gives the whole."""

import json
import random

import pytest
from foreign_tokenizers import FOREIGN, wordpiece
from tokenizers import AddedToken, Regex, Tokenizer, normalizers
from tokenizers import models as library_models
from tokenizers import pre_tokenizers as pre

from tovec.text.tokenizers import tokenizer_from_name
from tovec.text.tokenizers.blanks import is_cut_at_blanks, parts_at_blanks, word_splitter
from tovec.text.tokenizers.splitting import KINDS, SplitTokenizer
from tovec.text.tokenizers.subwords import SubwordRecipe

LINES = [
    "the cat sat on the mat, didn't it?",
    "영화를 봤다. 정말 재미있었다!",
    "naïve café 3.14 日本語 12",
] * 20
# What is a blank to one library and none to another, what composes, and what vanishes.
ODD = [
    *("a", "the", "Cat's", "영화", "영화", "é", "é", "́", "日", "7", "!", "?!", "’", "[MASK]", "<s>"),
    *(
        " ",
        " ",
        "  ",
        "   ",
        "\t",
        "\r",
        "\v",
        "\x1c",
        "\x85",
        "\xa0",
        "\u2003",
        "\u3000",
        "\u200b",
        "\ufeff",
    ),
    *("¨", "ﬁ", "İ", "\x00", "🙂", "👩‍👩‍👧", "ﷺ"),
]


def texts(seed=0, n=600):
    generator = random.Random(seed)
    return ["".join(generator.choices(ODD, k=generator.randrange(1, 12))) for _ in range(n)]


def check(tokenizer, ids):
    for text in texts():
        parts = parts_at_blanks(text)
        assert "".join(parts) == text
        assert [one for part in parts for one in ids(tokenizer, part)] == ids(tokenizer, text), repr(text)


def library_ids(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False).ids


def test_parts_begin_with_their_blanks():
    assert parts_at_blanks(" a  b\tc d ") == [" a", "  b\tc", " d", " "]
    assert parts_at_blanks("") == [""]


@pytest.mark.parametrize("name", ["bpe:400", "unigram:200"])
def test_trained_tokenizers_are_cut_at_blanks(name):
    tokenizer = SubwordRecipe.from_name(name, lowercase=False).train(LINES)
    assert tokenizer.cuts_at_blanks
    check(tokenizer, lambda each, text: next(each.ids_of_each([text])))


@pytest.mark.parametrize("name", FOREIGN)
def test_a_tokenizer_that_is_said_to_be_cut_at_blanks_is(name):
    library = Tokenizer.from_str(FOREIGN[name](LINES))
    if is_cut_at_blanks(library):
        check(library, library_ids)
    assert is_cut_at_blanks(library) == name.startswith("WordPiece")  # others have tokens with blanks in them


@pytest.mark.parametrize("kind", KINDS)
def test_words_and_characters_are(kind):
    assert tokenizer_from_name(kind).cuts_at_blanks
    check(SplitTokenizer(kind), lambda each, text: each.tokens(text))


def metaspace(**settings):
    made = Tokenizer(library_models.WordLevel({"▁a": 0, "a": 1, "▁": 2, "[UNK]": 3}, unk_token="[UNK]"))
    made.pre_tokenizer = pre.Metaspace(**settings)
    return made


@pytest.mark.parametrize("scheme", ["always", "first", "never"])
def test_a_mark_before_words_is_cut_at_blanks_unless_it_does_not_split(scheme):
    assert is_cut_at_blanks(metaspace(prepend_scheme=scheme))
    check(metaspace(prepend_scheme=scheme), library_ids)
    assert not is_cut_at_blanks(metaspace(prepend_scheme=scheme, split=False))


@pytest.mark.parametrize(
    "normalizer", [normalizers.Replace(Regex("a b"), "c"), normalizers.Strip(), normalizers.Prepend("▁")]
)
def test_what_looks_beyond_a_word_is_not(normalizer):
    library = Tokenizer.from_str(wordpiece(LINES))
    library.normalizer = normalizers.Sequence([library.normalizer, normalizer])
    assert not is_cut_at_blanks(library)


@pytest.mark.parametrize(
    "added", [AddedToken("New York"), AddedToken("<mask>", lstrip=True), AddedToken("<x>", rstrip=True)]
)
def test_an_added_token_that_takes_blanks_with_it_is_not(added):
    library = Tokenizer.from_str(wordpiece(LINES))
    library.add_tokens([added])
    assert not is_cut_at_blanks(library)


def test_no_steps_at_all_cut_nothing():
    library = Tokenizer.from_str(
        json.dumps({"version": "1.0", "model": {"type": "BPE", "vocab": {}, "merges": []}})
    )
    assert not is_cut_at_blanks(library)


def marked(extra=(), steps=None, **settings):
    """Return a tokenizer that cuts as Llama 2's: a mark for each blank and before a text, no words."""
    tokens = [
        "<unk>",
        "<s>",
        "▁",
        "▁▁",
        "▁▁▁",
        "a",
        "▁a",
        "t",
        "h",
        "e",
        "th",
        "the",
        "▁the",
        "▁t",
        "C",
        "!",
        *extra,
    ]
    merges = [("t", "h"), ("th", "e"), ("▁", "a"), ("▁", "t"), ("▁", "the"), ("▁", "▁"), ("▁▁", "▁")]
    merges += [tuple(each.split("+")) for each in ("▁+C",) if "▁C" in extra]
    model = library_models.BPE(
        {token: row for row, token in enumerate(tokens)}, merges, unk_token="<unk>", fuse_unk=True, **settings
    )
    made = Tokenizer(model)
    made.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")] if steps is None else steps
    )
    made.add_special_tokens([AddedToken("<unk>", normalized=False), AddedToken("<s>", normalized=False)])
    return made


@pytest.mark.parametrize("name", [*FOREIGN, "marked", "marked with more"])
def test_what_splits_words_gives_parts_that_are_cut_as_in_the_text(name):
    library = {"marked": marked, "marked with more": lambda: marked(["▁C"])}.get(
        name, lambda: Tokenizer.from_str(FOREIGN[name](LINES))
    )()
    split = word_splitter(library)
    assert split is not None or "marked" not in name
    if split is None:
        return
    odd = ["the", " ", "  ", " a", "▁", "<s>", "C!", "\t", "\n", "é", "🙂", "<unk>", ""]
    generator = random.Random(1)
    more = ["".join(generator.choices(odd, k=generator.randrange(9))) for _ in range(1500)]
    for text in [*texts(), *more]:
        assert [one for part in split(text) for one in library_ids(library, part)] == library_ids(
            library, text
        )


def test_marks_inside_tokens_other_steps_and_other_models_are_not_split():
    assert word_splitter(marked()) is not None
    for other in (
        marked(["a▁"]),
        marked(ignore_merges=True),
        marked(dropout=0.5),
        marked(steps=[normalizers.Replace(" ", "▁"), normalizers.Prepend("▁")]),
        marked(steps=[normalizers.Prepend("▁"), normalizers.Replace(" ", "▁"), normalizers.NFC()]),
    ):
        assert word_splitter(other) is None
    spaced = marked()
    spaced.add_tokens([AddedToken("C", normalized=True)])
    assert word_splitter(spaced) is None
