"""Tokenizers against Hugging Face: all of text/tokenizers/ but growth.py, lazy.py, phrases.py."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needs import needs
from tokenizers import AddedToken, ByteLevelBPETokenizer, Tokenizer, models, normalizers, pre_tokenizers

from tovec.errors import BadSetting, BadSource, BadText, MissingExtra, TovecError
from tovec.text.token_bytes import Spelling, bytes_of_name
from tovec.text.tokenizers import (
    END_OF_TEXT,
    ended_tokenizer,
    ending_texts,
    tokenizer_for,
    tokenizer_from_name,
    tokenizer_from_settings,
    unknown_token,
    whole_text_json,
)
from tovec.text.tokenizers import (
    Tokenizer as TokenizerProtocol,
)
from tovec.text.tokenizers.characters import compose, disputed
from tovec.text.tokenizers.splitting import SplitTokenizer
from tovec.text.tokenizers.subwords import SubwordTokenizer

DECOMPOSED = "영화"  # 영화 in jamo, as macOS writes file names


def words(text, **settings):
    return tokenizer_from_name("words", **settings).tokens(text)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The cat sat on the mat.", ["the", "cat", "sat", "on", "the", "mat"]),
        ("don't l'homme rock'n'roll", ["don't", "l'homme", "rock'n'roll"]),  # UAX #29, WB6 and WB7
        ("‘don’t’ dogs' 'tis", ["don't", "dogs", "tis"]),  # typographic apostrophes read as plain ones
        ("pi is 3.14, not 1,000. 3rd", ["pi", "is", "3.14", "not", "1,000", "3rd"]),  # WB11 and WB12
        ("end.Start e.g. a:b", ["end", "start", "e", "g", "a", "b"]),  # not as UAX #29: a stop ends a word
        ("__init__ snake_case x2", ["__init__", "snake_case", "x2"]),  # WB13a
        ("영화를 봤다ㅋㅋㅋ 2편", ["영화를", "봤다ㅋㅋㅋ", "2편"]),
        (DECOMPOSED, ["영화"]),
        ("東京タワーと大学생", ["東", "京", "タ", "ワ", "ー", "と", "大", "学", "생"]),
        ("naïve cafe\u0301 पानी", ["naïve", "café", "पानी"]),
        ("STRASSE ß Σίσυφος", ["strasse", "ß", "σίσυφος"]),
        ("a—b “c” (d) 😀 #e @f", ["a", "b", "c", "d", "e", "f"]),
        ("", []),
        (" \t\n… —", []),
    ],
)
def test_words_are_those_that_readers_of_the_language_see(text, tokens):
    assert words(text) == tokens


def test_lower_case_is_hugging_faces_and_can_be_left_off():
    text = "İSTANBUL ΣΊΣΥΦΟΣ ǅ"
    assert words(text) == normalizers.Lowercase().normalize_str(text).split()
    assert words(text, lowercase=False) == text.split()


def test_whitespace_tokens_keep_case_and_punctuation():
    assert tokenizer_from_name("whitespace").tokens("The cat,\u3000sat.\t\n") == ["The", "cat,", "sat."]
    assert tokenizer_from_name("whitespace", lowercase=True).tokens("The CAT") == ["the", "cat"]


def test_characters_are_composed_code_points_white_space_too():
    assert tokenizer_from_name("characters").tokens(DECOMPOSED + " a") == ["영", "화", " ", "a"]


def test_bytes_are_named_and_none_is_unknown():
    tokenizer = tokenizer_from_name("bytes")
    assert tokenizer.tokens("A가\n") == ["<0x41>", "<0xEA>", "<0xB0>", "<0x80>", "<0x0A>"]
    assert len(tokenizer.vocabulary) == 256


@given(st.text())
def test_tokenizer_json_of_bytes_gives_the_bytes(text):
    tokenizer = tokenizer_from_name("bytes")
    assert BYTES.encode(text, add_special_tokens=False).ids == list(text.encode())
    assert tokenizer.tokens(text) == BYTES.encode(text, add_special_tokens=False).tokens


BYTES = Tokenizer.from_str(tokenizer_from_name("bytes").to_json([]))


@given(st.text())
def test_composition_is_hugging_faces(text):
    assert compose(text) == normalizers.NFC().normalize_str(text)


@given(st.lists(st.sampled_from([*sorted(disputed()), "\u0301", "\u0334", "a", "\u0345", "ᄀ", "ᅡ", "ᆨ"])))
def test_composition_is_hugging_faces_where_unicode_versions_differ(characters):
    text = "".join(characters)
    assert compose(text) == normalizers.NFC().normalize_str(text)


@given(st.lists(st.text(max_size=6), unique=True), st.sampled_from(["words", "whitespace", "characters"]))
def test_tokenizer_json_holds_any_tokens_under_their_ids(tokens, name):
    definition = tokenizer_from_name(name).to_json(tokens)
    vocab = Tokenizer.from_str(definition).get_vocab()
    assert {token: vocab[token] for token in tokens} == {token: row for row, token in enumerate(tokens)}
    assert vocab[unknown_token(tokens)] == len(tokens)


def test_the_unknown_entry_is_none_of_the_tokens():
    assert unknown_token(["a"]) == "[UNK]"
    assert unknown_token(["[UNK]", "[UNK1]"]) == "[UNK2]"
    definition = json.loads(tokenizer_from_name("words").to_json(["<unk>", "a"], unknown="<unk>"))
    assert definition["model"]["unk_token"] == "<unk>"
    assert len(definition["model"]["vocab"]) == 2


def test_whole_text_is_one_token():
    tokenizer = Tokenizer.from_str(whole_text_json(["New York", "cat"]))
    assert tokenizer.encode("New York").ids == [0]


@pytest.mark.parametrize("name", ["bpe:280", "unigram:40"])
def test_subwords_are_trained_to_size_and_read_back(name):
    texts = ["the cat sat on the mat", "영화가 재미있다", "the dog sat on the log"] * 20
    tokenizer = tokenizer_from_name(name).train(texts)
    assert len(tokenizer.vocabulary) <= int(name.split(":")[1])
    tokens = tokenizer.tokens("the mat")
    assert "".join(tokens) == {"bpe": "theĠmat", "unigram": "▁the▁mat"}[name.split(":")[0]]
    again = tokenizer_from_settings(tokenizer.settings, tokenizer.to_json(tokenizer.vocabulary))
    assert again.tokens("the mat") == tokens
    assert again.vocabulary == tokenizer.vocabulary
    assert list(again.ids_of_each(["the mat"])) == [[tokenizer.vocabulary.index(t) for t in tokens]]


def test_the_name_of_the_unknown_token_in_a_text_is_text():
    tokenizer = tokenizer_from_name("bpe:280").train(["[UNK] is a name"] * 5)
    assert "".join(tokenizer.tokens("[UNK]")) == "[UNK]"
    unigram = tokenizer_from_name("unigram:20").train(["[UNK] is a name"] * 5)
    assert "".join(unigram.tokens("[UNK]")) == "▁[UNK]"


@pytest.mark.parametrize("end_of_text", [False, True])
@pytest.mark.parametrize("size", [257, 258, 300])
def test_bpe_has_every_byte_within_its_size(size, end_of_text):
    texts = ["the quick brown fox jumps over the lazy dog", "영화가 재미있다"] * 20
    tokenizer = tokenizer_from_name(f"bpe:{size}").train(texts, end_of_text=end_of_text)
    names = tokenizer.vocabulary
    assert len(names) == size
    found = {bytes_of_name(name, Spelling.BYTE_LEVEL) for name in names}
    assert found >= {bytes([byte]) for byte in range(256)}
    assert (names[-1] == END_OF_TEXT) == end_of_text


def test_bpe_cuts_as_the_byte_level_tokenizer_of_gpt_2():
    """The library's own class for it, trained on the same text, after NFC as this one."""
    texts = ["The cat sat on the mat, didn't it?", "영화가 재미있다 😀", "q\u0303 e\u0301 \x00\t\r\n x"] * 10
    tokenizer = tokenizer_from_name("bpe:320").train(texts)
    gpt2 = ByteLevelBPETokenizer(unicode_normalizer="nfc")
    gpt2.train_from_iterator(texts, vocab_size=320, min_frequency=0, show_progress=False)
    assert set(tokenizer.vocabulary) == set(gpt2.get_vocab())
    for text in [*texts[:3], "  two  blanks ", "\ufffe\U0010ffff", "CAT"]:
        assert tokenizer.tokens(text) == gpt2.encode(text).tokens


def test_bpe_folds_case_where_asked():
    tokenizer = tokenizer_from_name("bpe:270", lowercase=True).train(["The CAT"] * 5)
    assert tokenizer.tokens("THE cat") == tokenizer.tokens("the CAT")


@pytest.mark.parametrize("name", ["bpe:280", "unigram:40", "bytes"])
def test_a_closed_tokenizer_gets_the_end_of_text_once(name):
    tokenizer = tokenizer_from_name(name)
    if name != "bytes":
        tokenizer = tokenizer.train(["the cat sat on the mat"] * 20)
    ended = ended_tokenizer(tokenizer)
    assert ended.vocabulary == (*tokenizer.vocabulary, END_OF_TEXT)
    again = ended_tokenizer(ended)
    assert again.to_json(again.vocabulary) == ended.to_json(ended.vocabulary)
    assert ended.tokens("the cat") == tokenizer.tokens("the cat")
    opened = tokenizer_from_settings(ended.settings, ended.to_json(ended.vocabulary))
    assert opened.vocabulary == ended.vocabulary
    library = Tokenizer.from_str(ended.to_json(ended.vocabulary))
    end = len(tokenizer.vocabulary)
    assert library.encode("the cat").ids == [end, *library.encode("the cat", add_special_tokens=False).ids]
    pair = library.encode("the", "cat")
    assert pair.ids.count(end) == 2 and pair.ids[0] == end
    assert library.get_vocab() == {token: row for row, token in enumerate(ended.vocabulary)}


def test_a_template_of_another_model_gives_way_to_the_end_of_text():
    tokenizer = tokenizer_from_name("bpe:270").train(["the cat"] * 5)
    fields = json.loads(tokenizer.to_json(()))
    template = json.loads(ending_texts(json.dumps(fields)))["post_processor"]
    places = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    for before in (template, {"type": "Sequence", "processors": [places, template]}, places):
        fields["post_processor"] = before
        ended = json.loads(ending_texts(json.dumps(fields)))["post_processor"]
        kept = [places, template] if before is not template else None
        assert ended == (template if kept is None else {"type": "Sequence", "processors": kept})


def test_a_tokenizer_json_does_not_cut_or_pad(tmp_path):
    cutting = Tokenizer.from_str(tokenizer_from_name("words").to_json(["a"]))
    cutting.enable_truncation(2)
    cutting.enable_padding(length=5)
    cutting.save(str(tmp_path / "tokenizer.json"))
    assert tokenizer_from_name(tmp_path / "tokenizer.json").tokens("a a a") == ["a", "a", "a"]
    assert tokenizer_from_name(tmp_path).tokens("a a a a") == ["a", "a", "a", "a"]


def test_ids_left_out_of_a_tokenizer_json_get_a_name():
    definition = json.loads(whole_text_json(["a", "b"]))
    definition["model"]["vocab"] = {"a": 0, "b": 3, "[UNK]": 4}
    assert SubwordTokenizer("t", json.dumps(definition)).vocabulary == ("a", "<id 1>", "<id 2>", "b", "[UNK]")


@pytest.mark.parametrize("text", ["", "{", '{"version": "1.0"}', "[]"])
def test_a_damaged_tokenizer_json_is_one_line_with_its_name(tmp_path, text):
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(
        BadSource, match=r"tokenizer\.json: not a tokenizer\.json that can be read: .+"
    ) as error:
        tokenizer_from_name(tmp_path / "tokenizer.json")
    assert "\n" not in str(error.value)


def test_text_without_a_token_in_a_tokenizer_json_is_reported():
    library = Tokenizer(models.Unigram([("a", -1.0)]))  # none of its tokens stands for unknown text
    tokenizer = SubwordTokenizer("x.json", library.to_str())
    assert tokenizer.tokens("aa") == ["a", "a"]
    with pytest.raises(BadSource, match=r"x.json: its tokenizer.json cannot cut this text: .*unk_id"):
        tokenizer.tokens("ab")
    with pytest.raises(BadSource, match=r"cannot cut this text"):
        list(tokenizer.ids_of_each(["a", "ab"]))
    with pytest.raises(BadText):
        tokenizer.tokens("a\ud800")


def test_unknown_names_and_sizes_are_refused():
    with pytest.raises(TovecError, match="there is no tokenizer 'wrods'; there are words, whitespace"):
        tokenizer_from_name("wrods")
    for size in ("x", "1", "-5", "8k", "256"):
        rule = "bpe:SIZE must be a whole number from 257 up, for 256 bytes and the end of a text, not"
        with pytest.raises(BadSetting, match=rule):
            tokenizer_from_name(f"bpe:{size}")
    for size in ("x", "1", "-5", "8k"):
        with pytest.raises(BadSetting, match="unigram:SIZE must be a whole number from 2 up, not"):
            tokenizer_from_name(f"unigram:{size}")
    with pytest.raises(TovecError, match="tokenizer 'bytes' takes text as it is"):
        tokenizer_from_name("bytes", lowercase=True)


@pytest.mark.parametrize("name", ["words", "whitespace", "characters"])
@pytest.mark.parametrize("lowercase", [True, False])
def test_settings_make_the_same_tokenizer_again(name, lowercase):
    tokenizer = tokenizer_from_name(name, lowercase=lowercase)
    assert isinstance(tokenizer, TokenizerProtocol)
    again = tokenizer_from_settings(json.loads(json.dumps(tokenizer.settings)), None)
    assert again == tokenizer
    assert tokenizer_from_settings({"name": "my own"}, None) is None


def test_a_closed_tokenizer_needs_its_file():
    with pytest.raises(BadSource, match="needs its tokenizer"):
        tokenizer_from_settings({"name": "bpe:280", "closed": True}, None)


@pytest.mark.parametrize(
    ("tokens", "settings"),
    [
        (["cat", "dog"], {"name": "words", "lowercase": True}),
        (["Cat", "dog"], {"name": "words", "lowercase": False}),
        (["New-York", "cat"], {"name": "whitespace", "lowercase": False}),
        (["New York", "cat"], {"name": "words", "lowercase": True}),
        (["고양이", "개"], {"name": "words", "lowercase": True}),
    ],
)
def test_the_simplest_tokenizer_that_keeps_the_tokens_whole_is_found(tokens, settings):
    assert tokenizer_for(tokens).settings == settings


@pytest.mark.parametrize("name", ["words", "whitespace", "characters", "bytes", "bpe:260"])
def test_text_with_half_a_character_is_refused(name):
    tokenizer = tokenizer_from_name(name)
    if name == "bpe:260":
        tokenizer = tokenizer.train(["a cat"])
    with pytest.raises(BadText, match=r"U\+DCFF at character 2"):
        tokenizer.tokens("a \udcff")


def test_kiwi_takes_particles_off_nouns():
    needs("kiwipiepy")
    tokenizer = tokenizer_from_name("kiwi")
    assert tokenizer.tokens("영화를 봤다")[:2] == ["영화", "를"]
    assert tokenizer.tokens(DECOMPOSED) == ["영화"]
    assert tokenizer.to_json(["영화"]) is None


def test_kiwi_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "kiwipiepy", None)
    with pytest.raises(MissingExtra, match=r"pip install 'tovec\[ko\]'"):
        tokenizer_from_name("kiwi").tokens("영화")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["words", "whitespace"])
def test_character_classes_hold_for_every_code_point(name):
    """The tables are asked for some characters only; here every one is."""
    tokenizer = SplitTokenizer(name)
    tables = tokenizer.classes
    points = np.array([p for p in range(0x110000) if not 0xD800 <= p < 0xE000 and p != 10])
    for part in np.array_split(points, 64):
        text = "\n".join(map(chr, part))
        starts_token = {ord(token[0]) for token in tokenizer.tokens(text)}
        folded = tokenizer._pipeline.normalizer.normalize_str(text).split("\n")
        for point, line in zip(part.tolist(), folded, strict=True):
            assert tables.irregular[point] or line == chr(tables.fold[point])
            expected = any(ord(character) in starts_token for character in line[:1])
            assert tables.irregular[point] or (tables.classes[point] in (1, 2, 4)) == expected


def test_an_added_token_that_takes_spaces_with_it_keeps_its_name():
    library = Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]"))
    library.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    library.add_tokens([AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False)])
    tokenizer = SubwordTokenizer("masked", library.to_str())
    assert tokenizer.tokens("a  <mask> a<mask>") == ["a", "<mask>", "a", "<mask>"]
