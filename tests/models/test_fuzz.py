"""Folders of models in which something is changed: each opens, or is refused in one line."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

import tovec
from tovec.errors import TovecError

ROWS = np.arange(24, dtype=np.float32).reshape(6, 4)
HEAD = -ROWS
IN, OUT = "model.embed_tokens.weight", "lm_head.weight"


def tokenizer():
    names = ["<unk>", "a", "b", "ab", "<0x41>"]
    made = Tokenizer(
        models.BPE(
            {name: row for row, name in enumerate(names)}, [("a", "b")], unk_token="<unk>", byte_fallback=True
        )
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.ByteFallback()
    made.add_special_tokens([AddedToken("<s>", special=True)])
    return made.to_str().encode()


def text(value):
    return json.dumps(value).encode()


CONFIG = {
    "model_type": "gemma3",
    "architectures": ["Gemma3ForConditionalGeneration"],
    "tie_word_embeddings": False,
    "text_config": {"model_type": "gemma3_text", "hidden_size": 4, "vocab_size": 6, "scale_embedding": True},
}
INDEX = {
    "metadata": {"total_size": 192},
    "weight_map": {IN: "model-00001-of-00002.safetensors", OUT: "model-00002-of-00002.safetensors"},
}
MODULES = [
    {"idx": 0, "name": "0", "path": "0_StaticEmbedding", "type": "sentence_transformers.StaticEmbedding"}
]
STATIC = {
    "embeddings": ROWS,
    "mapping": np.array([0, 1, 1, 2, 3, 5]),
    "weights": np.linspace(0.5, 2, 6, dtype=np.float32),
}

FOLDERS = {
    "whole": {
        "config.json": text(CONFIG),
        "tokenizer.json": tokenizer(),
        "model.safetensors": save({IN: ROWS, OUT: HEAD}, {"format": "pt"}),
    },
    "sharded": {
        "config.json": text({**CONFIG, "model_type": "llama"}),
        "tokenizer.json": tokenizer(),
        "model.safetensors.index.json": text(INDEX),
        "model-00001-of-00002.safetensors": save({IN: ROWS}),
        "model-00002-of-00002.safetensors": save({OUT: HEAD}),
    },
    "static": {
        "modules.json": text(MODULES),
        "config.json": text({"model_type": "model2vec", "normalize": False}),
        "0_StaticEmbedding/tokenizer.json": tokenizer(),
        "0_StaticEmbedding/model.safetensors": save(STATIC),
    },
}

KEYS = [
    *CONFIG,
    *CONFIG["text_config"],
    *INDEX,
    IN,
    OUT,
    *MODULES[0],
    "dtype",
    "shape",
    "data_offsets",
    "vocab",
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        [0, -1, 6, 1 << 31, 1 << 63, 10**12, 1e308, "", ".", "..", "/etc/passwd", "a\0b", "\ud800"]
    )
    | st.sampled_from(["bert", "gpt2", "t5", "bart", "granite", "F16", "I64", "BOOL", *KEYS]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=6,
)


def places(value, at=()):
    """Yield the path of every value in a JSON document."""
    yield at
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in entries:
        yield from places(inner, (*at, key))


def changed(value, at, new):
    """Return the document with another value at that path; `...` takes it away."""
    if not at:
        return {} if new is ... else new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if len(at) == 1 and new is ...:
        del copy[at[0]]
    else:
        copy[at[0]] = changed(copy[at[0]], at[1:], new)
    return copy


@st.composite
def documents(draw, content):
    """Return a JSON document of which some values are others, or gone."""
    value = json.loads(content)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.sampled_from(list(places(value))))
        value = changed(value, at, draw(VALUES | st.just(...)))
    return text(value)


@st.composite
def damaged(draw, content):
    """Return bytes of which some are others, gone or doubled; or only the first."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        new = draw(
            st.binary(max_size=8) | st.sampled_from([b"{", b"}", b"[", b'"', b"null", b"-1", b"1e999"])
        )
        content[at : at + draw(st.integers(0, 8))] = new
    return bytes(content[: draw(st.just(len(content)) | st.integers(0, len(content)))])


@st.composite
def headers(draw, content):
    """Return a safetensors file with another header, its length told as it is."""
    size = int.from_bytes(content[:8], "little")
    header = draw(documents(content[8 : 8 + size]))
    return len(header).to_bytes(8, "little") + header + content[8 + size :]


@st.composite
def folders(draw, files):
    """Return the files of a folder, one or two of them changed or gone."""
    files = dict(files)
    for name in draw(st.sets(st.sampled_from(sorted(files)), min_size=1, max_size=2)):
        kinds = [damaged, headers if name.endswith(".safetensors") else documents]
        new = draw(st.one_of([st.none(), *(kind(files[name]) for kind in kinds)]))
        files[name] = new
    return {name: content for name, content in files.items() if content is not None}


def used(folder):
    """Open a folder and use all of it."""
    model = tovec.open_model(folder)
    for embedding in (model.input, model.output, model.effective):
        if embedding is None:
            continue
        assert embedding[:].shape == (len(embedding), embedding.dim)
        assert len(set(embedding.vocabulary.tokens)) == len(embedding)
        assert len(embedding.vocabulary.readable_tokens) == len(embedding)
        embedding.neighbors(0, 3)
        if embedding.tokenizer is not None:
            assert all(0 <= row < len(embedding) for row in embedding.encode("ab a c<s>"))
    return model


def write(files, folder):
    for name, content in files.items():
        path = Path(folder) / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize("kind", FOLDERS)
def test_undamaged_models_open(kind, tmp_path):
    write(FOLDERS[kind], tmp_path)
    model = used(tmp_path)
    expected = STATIC["weights"][:, None] * ROWS[STATIC["mapping"]] if kind == "static" else ROWS
    np.testing.assert_array_equal(model.input[:], expected)
    assert model.report.tying == (None if kind == "static" else "untied")
    assert model.input.tokenize("ab")[-1] in ("ab", "b")


@pytest.mark.parametrize("kind", FOLDERS)
@settings(max_examples=150)
@given(data=st.data())
def test_mutated_model_opens_or_is_one_line(kind, data):
    files = data.draw(folders(FOLDERS[kind]))
    with tempfile.TemporaryDirectory() as folder:
        write(files, folder)
        try:
            used(folder)
        except TovecError as error:
            assert "\n" not in str(error) and len(str(error)) < 2000
