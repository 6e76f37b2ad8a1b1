"""Tokenizers that would make a text too long are refused before they do; all others cut it as the library."""

import base64
import json
import struct
from types import SimpleNamespace

import pytest
from bounded import run_bounded
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from needs import needs

from tovec.errors import BadSource
from tovec.models.tokenizer_files.charsmap import Charsmap
from tovec.storage.file_errors import CorruptFile
from tovec.text.tokenizers.growth import MAX_GROWTH, copies, growth
from tovec.text.tokenizers.subwords import SubwordTokenizer

TEXT = "a cab is a taxi " * 4


def replace(pattern, content):
    return {"type": "Replace", "pattern": pattern, "content": content}


def sequence(*steps):
    return {"type": "Sequence", "normalizers": list(steps)}


def compiled(*replacements):
    targets = b"".join(text + b"\0" for text in replacements)
    table = struct.pack("<I", 4) + bytes(4) + targets
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(table).decode()}


def definition(normalizer=None, **parts):
    model = {"type": "WordLevel", "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"}
    return json.dumps(
        {"version": "1.0", "added_tokens": [], "normalizer": normalizer, "model": model, **parts}
    )


def template(n):
    pieces = [{"Sequence": {"id": "A", "type_id": 0}}] * n
    return {"type": "TemplateProcessing", "single": pieces, "pair": pieces, "special_tokens": {}}


TWICE = replace({"String": "a"}, "aa")
SWELLING = {
    "doubled forty times": {"normalizer": sequence(*[TWICE] * 40)},
    "in a sequence in a sequence": {"normalizer": sequence(*[sequence(*[TWICE] * 10)] * 4)},
    "by a regex": {"normalizer": sequence(*[replace({"Regex": "."}, "aa")] * 40)},
    "by a regex of nothing": {"normalizer": sequence(*[replace({"Regex": "(?=a)"}, "aaaa")] * 30)},
    "by a long one": {"normalizer": replace({"String": "a"}, "b" * 100_000)},
    "in front": {"normalizer": {"type": "Prepend", "prepend": "x" * 1_000_000}},
    "by a template": {"post_processor": template(5000)},
    "by templates": {"post_processor": {"type": "Sequence", "processors": [template(20)] * 5}},
}


@pytest.mark.parametrize("how", SWELLING)
def test_a_tokenizer_that_swells_a_text_beyond_reason_is_refused_in_one_line(how):
    needs("tokenizers")
    with pytest.raises(BadSource, match="x: no text is cut with it"):
        SubwordTokenizer("x", definition(**SWELLING[how]))


def test_all_of_them_together_take_little_memory(tmp_path):
    needs("tokenizers")
    for number, parts in enumerate(SWELLING.values()):
        (tmp_path / str(number)).write_text(definition(**parts))
    code = """
import pathlib, sys
from tovec.errors import BadSource
from tovec.text.tokenizers.subwords import SubwordTokenizer
for path in pathlib.Path(sys.argv[1]).iterdir():
    try:
        print(len(SubwordTokenizer("x", path.read_text()).tokens("a" * 1000)))
    except BadSource as error:
        print(error)
"""
    ran = run_bounded(code, tmp_path)
    assert ran.peak < 500 << 20 and len(ran.output.splitlines()) == len(SWELLING)


STEPS = st.sampled_from(
    [
        *(
            TWICE,
            replace({"String": "ab"}, "c"),
            replace({"String": "b"}, "cab"),
            replace({"String": "é"}, "b" * 7),
            replace({"String": "c"}, "é"),
            replace({"Regex": " {2,}"}, "▁"),
            replace({"Regex": "a?"}, "b"),
        ),
        *({"type": "Prepend", "prepend": "▁"}, {"type": "NFKC"}, {"type": "Lowercase"}),
        *({"type": "ByteLevel"}, replace({"String": " "}, "▁")),
    ]
)


@settings(max_examples=200)
@given(st.lists(STEPS, max_size=5), st.text("ab cé", min_size=16, max_size=60))
def test_no_text_grows_more_than_predicted(steps, text):
    library = needs("tokenizers").Tokenizer.from_str(definition(sequence(*steps)))
    try:
        made = library.normalizer.normalize_str(text)
    except BaseException as error:  # a panic of the library, which some steps bring about
        assume(type(error).__name__ != "PanicException")
        raise
    assert len(made.encode()) <= growth(library) * len(text.encode())


def test_many_texts_that_are_each_replaced_once_do_not_multiply():
    names = {face: f":face_with_the_number_{n}:" for n, face in enumerate("😂😍😭😊🙏😘💕🔥👍🎉")}
    steps = [replace({"String": face}, name) for face, name in names.items()]
    library = needs("tokenizers").Tokenizer.from_str(definition(sequence({"type": "NFC"}, *steps)))
    assert growth(library) == 1 + (len(names["😂"]) - 4) / 4
    assert len(library.normalizer.normalize_str("😂")) == len(names["😂"]) <= 4 * growth(library)


def test_a_text_that_becomes_too_long_is_refused_before_it_is_cut():
    needs("tokenizers")
    made = SubwordTokenizer("x", definition(replace({"String": "a"}, "b" * 4000)))
    assert made.tokens("a" * 10) == ["[UNK]"]
    long = "a" * 100_000
    for cut in (made.tokens, lambda text: list(made.ids_of_each([text]))):
        with pytest.raises(BadSource, match="more than 134,217,728 bytes of a text of 100,000 characters"):
            cut(long)
    assert made.tokens("c" * 100_000) == ["[UNK]"]  # might have become too long, and does not


def test_texts_of_a_batch_are_cut_in_parts_and_in_their_order():
    tokenizers = needs("tokenizers")
    text = definition(replace({"String": "a"}, "b" * 4000), pre_tokenizer={"type": "Whitespace"})
    texts = ["c c " * (n % 7) + "c" * 3000 for n in range(50)]
    library = tokenizers.Tokenizer.from_str(text)
    expected = [library.encode(text, add_special_tokens=False).ids for text in texts]
    assert list(SubwordTokenizer("x", text).ids_of_each(texts)) == expected
    assert list(SubwordTokenizer("x", text).ids_of_each([])) == []


def test_tables_of_characters_of_real_tokenizers_stay_far_below_the_limit():
    library = needs("tokenizers").Tokenizer.from_str(definition())
    assert (growth(library), copies(library)) == (1.0, 1)
    nfkc = compiled("صلى الله عليه وسلم".encode(), b"a")  # the longest of Unicode, of U+FDFA
    steps = [replace({"String": "``"}, '"'), {"type": "NFKD"}, nfkc, replace({"Regex": " {2,}"}, "▁")]

    # Not the library itself, which would read the double array.
    stated = SimpleNamespace(__getstate__=lambda: json.dumps(sequence(*steps)).encode())
    made = SimpleNamespace(normalizer=stated, post_processor=None)
    assert 33 * 4 <= growth(made) < 33 * 4 + 1 < MAX_GROWTH
    steps.append(compiled(b"x" * 1000))
    assert growth(made) > MAX_GROWTH


def test_a_table_of_sentencepiece_with_a_giant_replacement_is_refused():
    table = struct.pack("<I", 4) + bytes(4) + b"x" * 2000 + b"\0"
    with pytest.raises(CorruptFile, match="a replacement of more than 1024 bytes"):
        Charsmap(table)
