"""One small valid example of each kind of file that tovec reads, written by the library it comes from.

Kinds that no installed library writes are built with the helpers of the tests.
"""

import base64
import contextlib
import gzip
import io
import json
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import fuzz_uses as uses
import numpy as np
from fuzz_worker import Target

TESTS = Path(__file__).resolve().parent.parent / "tests"
TOKENS = ("cat", "dog", "mat", "sat", "한국어", "naïve", "▁the", "<unk>", "ab", "on", "token", "12")
ROWS = np.random.default_rng(0).standard_normal((len(TOKENS), 8)).astype(np.float32)
IN, OUT = "model.embed_tokens.weight", "lm_head.weight"
CONFIG = {
    "model_type": "gemma3",
    "architectures": ["Gemma3ForConditionalGeneration"],
    "tie_word_embeddings": False,
    "text_config": {"model_type": "gemma3_text", "hidden_size": 8, "vocab_size": len(TOKENS)},
}
_SETTINGS: dict[str, Any] = {"dim": 4, "epochs": 2, "threads": 1, "min_count": 1}
_LINES = "the cat sat on the mat\nthe dog sat on the log\n" * 20

Maker = Callable[[], Iterator[Target]]


def targets(peers: bool) -> Iterator[Target]:
    """Yield each reader with its example, followed by other libraries that read the same file."""
    for folder in ("", "formats", "formats/vectors", "models/tokenizer_files"):
        sys.path.append(str(TESTS / folder))
    for maker in _MAKERS:
        try:
            found = list(maker())
        except ModuleNotFoundError as error:
            print(f"{error.name} is not installed: {maker.__name__.strip('_')} is left out", file=sys.stderr)
            continue
        yield from (target for target in found if peers or target.by == "tovec")


def _target(
    reader: str,
    files: dict[str, bytes],
    source: str = ".",
    use: Callable[[Path], str] = uses.source,
    names: list[str] | None = None,
    share: float = 1.0,
) -> Target:
    changed = list(files) if names is None else names
    return Target(reader, "tovec", files, changed, use, uses.refusals(), source, uses.checked, share)


def _peer_target(
    target: Target, by: str, use: Callable[[Path], str], *refused: type[BaseException]
) -> Target:
    """Return the same target for another library. refused: the exceptions that it documents."""
    import_module(by)
    return replace(target, by=by, use=use, refused=(OSError, *refused), check=lambda error: "")


def _saved(name: str, options: dict[str, Any] | None = None) -> dict[str, bytes]:
    """Return the files that tovec writes for a table."""
    import tovec

    counts = np.arange(len(TOKENS), 0, -1)
    embedding = tovec.Embedding(tovec.Vocabulary(TOKENS, counts), ROWS)
    with tempfile.TemporaryDirectory() as folder:
        embedding.save(Path(folder) / name, **(options or {}))
        return _read(Path(folder))


def _read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _written(name: str, write: Callable[[str], object]) -> dict[str, bytes]:
    """Return the files that `write`, given a path, writes."""
    with tempfile.TemporaryDirectory() as folder:
        write(str(Path(folder) / name))
        return _read(Path(folder))


def _trained(folder: Path, **settings: Any) -> None:
    from tovec.training.run_folder import train_into

    (folder / "text.txt").write_text(_LINES)
    train_into(folder / "out", [folder / "text.txt"], **_SETTINGS, **settings)


def _folder() -> Iterator[Target]:
    with tempfile.TemporaryDirectory() as folder:
        _trained(Path(folder), ngrams="characters", ngram_buckets=32)
        yield _target("tovec folder", _read(Path(folder, "out")))
    yield _target("tovec folder, int8", _saved("out", {"dtype": "int8"}), "out")


class _EndedError(Exception):
    """Ends a run early."""


def _checkpoint() -> Iterator[Target]:
    for objective in ("skip-gram", "glove"):
        with tempfile.TemporaryDirectory() as folder:
            _end_early(Path(folder), objective)
            files = _read(Path(folder))
        yield _target(
            f"checkpoint, {objective}",
            files,
            use=uses.resumed({**_SETTINGS, "objective": objective}),
            names=[path for path in files if path.endswith("checkpoint.safetensors")],
            share=0.1,
        )


def _end_early(folder: Path, objective: str) -> None:
    """Stop a run in its second epoch, so that it leaves a checkpoint of the first."""
    from tovec.progress import Event
    from tovec.training.events import EpochEnded

    def end(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            raise _EndedError

    with contextlib.suppress(_EndedError):
        _trained(folder, objective=objective, checkpoint_every=1, reporter=end)


def _tensor_file() -> Iterator[Target]:
    target = _target("tovec safetensors", _saved("a.safetensors", {"dtype": "f16"}), "a.safetensors")
    yield target
    yield _peer_target(target, "safetensors", uses.safetensors_file, _error("safetensors", "SafetensorError"))


def _error(module: str, name: str) -> type[BaseException]:
    found: type[BaseException] = getattr(import_module(module), name)
    return found


def _arrays() -> Iterator[Target]:
    target = _target(".npy + tokens", _saved("a.npy"), "a.npy")
    yield target
    yield _peer_target(target, "numpy", uses.numpy_array, ValueError, EOFError)
    buffer = io.BytesIO()
    np.savez(buffer, vectors=ROWS, tokens=np.array(TOKENS))
    target = _target(".npz", {"a.npz": buffer.getvalue()}, "a.npz")
    yield target
    yield _peer_target(
        target, "numpy", uses.numpy_array, ValueError, EOFError, _error("zipfile", "BadZipFile")
    )


def _texts() -> Iterator[Target]:
    files = _saved("a.vec")
    target = _target("word2vec text", files, "a.vec")
    yield target
    yield _peer_target(target, "gensim", uses.word2vec_text, ValueError, EOFError)
    target = _target("word2vec text, .gz", {"a.vec.gz": gzip.compress(files["a.vec"])}, "a.vec.gz")
    yield target
    yield _peer_target(target, "gensim", uses.word2vec_text, ValueError, EOFError, _error("zlib", "error"))
    yield _target("GloVe text", _saved("a.glove"), "a.glove")
    target = _target("word2vec binary", _saved("a.bin"), "a.bin")
    yield target
    yield _peer_target(target, "gensim", uses.word2vec_binary, ValueError, EOFError)
    yield _target("projector TSV", _saved("a.tsv"), "a.tsv")
    head = ",".join(["token", *(f"d{column}" for column in range(8))])
    rows = [",".join([name, *map(repr, row.tolist())]) for name, row in zip(TOKENS, ROWS, strict=True)]
    yield _target("CSV", {"a.csv": "\n".join([head, *rows]).encode()}, "a.csv")
    kinds = "token\tkind\tsize\ncat\tanimal\t1\ndog\tanimal\t2.5\nmat\tthing\t\n"
    yield _target("metadata TSV", {"a.tsv": kinds.encode()}, "a.tsv", uses.metadata)


def _zstd() -> Iterator[Target]:
    module = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    packed = import_module(module).compress(_saved("a.vec")["a.vec"])
    yield _target("word2vec text, .zst", {"a.vec.zst": packed}, "a.vec.zst")


def _parquet() -> Iterator[Target]:
    target = _target("Parquet", _saved("a.parquet"), "a.parquet")
    yield target
    yield _peer_target(target, "pyarrow", uses.parquet, _error("pyarrow", "ArrowException"), ValueError)
    arrow, feather = import_module("pyarrow"), import_module("pyarrow.feather")
    table = arrow.table({"token": list(TOKENS), "vector": list(map(list, ROWS))})
    yield _target("Arrow", _written("a.arrow", lambda path: feather.write_feather(table, path)), "a.arrow")


def _fasttext() -> Iterator[Target]:
    built = import_module("test_fasttext_file")  # the library itself gives NaN for texts as small as these
    words = tuple(name.encode() for name in TOKENS)
    counts = tuple(range(len(words), 0, -1))
    pruned = [[bucket, 9 - bucket] for bucket in range(10)]
    matrix = built.quantized(len(words) + len(pruned))
    quantized = {"is_quantized": b"\1", "inputs": matrix, "pruned": pruned}
    for name, options in (("a.bin", {}), ("a.ftz", quantized)):
        content = built.packed(words=words, counts=counts, **options)
        target = _target(f"fastText .{name[2:]}", {name: content}, name)
        yield target
        yield _peer_target(target, "fasttext", uses.fasttext_binary, ValueError, RuntimeError)


def _gensim() -> Iterator[Target]:
    models = import_module("gensim.models")
    sentences = [line.split() for line in _LINES.splitlines()]
    settings = {"vector_size": 4, "min_count": 1, "epochs": 1, "workers": 1, "seed": 0}
    word2vec = models.Word2Vec(sentences, **settings)
    yield _target("gensim .kv", _written("a.kv", word2vec.wv.save), "a.kv")
    yield _target("gensim Word2Vec", _written("a.model", word2vec.save), "a.model")
    ngrams = models.FastText(sentences, bucket=20, **settings)
    yield _target("gensim FastText", _written("a.model", ngrams.save), "a.model")


def _spacy() -> Iterator[Target]:
    from tovec.formats.vectors.spacy_strings import numbers_of

    numbers = numbers_of(list(TOKENS)).tolist()
    keys = [struct.pack(">BQB", 0xCF, number, row) for row, number in enumerate(numbers)]
    buffer = io.BytesIO()
    np.save(buffer, ROWS)
    files = {
        "vectors": buffer.getvalue(),
        "key2row": bytes([0x80 | len(keys)]) + b"".join(keys),
        "strings.json": json.dumps(TOKENS).encode(),
        "vectors.cfg": json.dumps({"mode": "default"}).encode(),
    }
    yield _target("spaCy vectors", files)


def _safetensors_model() -> Iterator[Target]:
    save = import_module("safetensors.numpy").save
    files = {
        "config.json": json.dumps(CONFIG).encode(),
        "tokenizer.json": _tokenizer(),
        "model.safetensors": save({IN: ROWS, OUT: -ROWS}, {"format": "pt"}),
    }
    yield _target("model, safetensors", files)
    target = _target("safetensors alone", {"a.safetensors": files["model.safetensors"]}, "a.safetensors")
    yield target
    yield _peer_target(target, "safetensors", uses.safetensors_file, _error("safetensors", "SafetensorError"))
    shards = {IN: "model-00001-of-00002.safetensors", OUT: "model-00002-of-00002.safetensors"}
    index = {"metadata": {"total_size": 2 * ROWS.nbytes}, "weight_map": shards}
    parts = {shards[name]: save({name: rows}) for name, rows in ((IN, ROWS), (OUT, -ROWS))}
    sharded = {"model.safetensors.index.json": json.dumps(index).encode(), **parts}
    yield _target("model, shards", {**files, **sharded} | {"model.safetensors": parts[shards[IN]]})
    codes = np.arange(ROWS.size, dtype=np.uint8).reshape(ROWS.shape).astype(np.int8)
    scaled = save({IN: codes, f"{IN}_scale": np.ones((len(codes), 1), np.float32)})
    quantized = {
        **CONFIG,
        "quantization_config": {"quant_method": "compressed-tensors", "format": "int-quantized"},
    }
    changed = {"config.json": json.dumps(quantized).encode(), "model.safetensors": scaled}
    yield _target("model, quantized", {**files, **changed})
    static = {"embeddings": ROWS, "mapping": np.arange(len(ROWS)), "weights": np.ones(len(ROWS), np.float32)}
    modules = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"}]
    own = {"model.safetensors": save(static), "modules.json": json.dumps(modules).encode()}
    config = json.dumps({"model_type": "model2vec", "normalize": False}).encode()
    yield _target("model, static", {**files, **own, "config.json": config})
    adapter = {"peft_type": "LORA", "base_model_name_or_path": "org/base"}
    tensors = {f"base_model.model.{IN}": ROWS, "base_model.model.model.layers.0.q.lora_A.weight": ROWS}
    own = {"adapter_config.json": json.dumps(adapter).encode(), "adapter_model.safetensors": save(tensors)}
    yield _target("model, adapter", {"tokenizer.json": files["tokenizer.json"], **own})


def _tokenizer() -> bytes:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokenizer = Tokenizer(
        models.BPE(dict(zip(TOKENS, range(len(TOKENS)), strict=True)), [], unk_token="<unk>")
    )
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken("<unk>", special=True)])
    return bytes(tokenizer.to_str(), "utf-8")


def _torch() -> Iterator[Target]:
    torch = import_module("torch")
    table = torch.from_numpy(ROWS.copy())
    state = {IN: table, OUT: table.half(), "step": 3, "names": ["a"]}
    legacy = {"_use_new_zipfile_serialization": False}
    for reader, options in (("torch .pt", {}), ("torch .pt, legacy", legacy)):
        buffer = io.BytesIO()
        torch.save(state, buffer, **options)
        target = _target(reader, {"a.pt": buffer.getvalue()}, "a.pt")
        yield target
        unpickling = _error("pickle", "UnpicklingError")
        yield _peer_target(target, "torch", uses.torch_file, RuntimeError, EOFError, unpickling, ValueError)


def _gguf() -> Iterator[Target]:
    gguf = import_module("gguf")

    def write(path: str) -> None:
        writer = gguf.GGUFWriter(path, "llama")
        writer.add_embedding_length(32)
        writer.add_tokenizer_model("llama")
        writer.add_token_list(["<unk>", "<s>", *(f"▁{name}" for name in TOKENS[:6])])
        writer.add_token_scores([0.0] * 8)
        writer.add_token_types([2, 3, *[1] * 6])
        rows = np.random.default_rng(1).standard_normal((8, 32)).astype(np.float32)
        q8 = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor("token_embd.weight", gguf.quants.quantize(rows, q8), raw_dtype=q8)
        writer.add_tensor("output.weight", rows)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    target = _target("GGUF", _written("a.gguf", write), "a.gguf")
    yield target
    yield _peer_target(target, "gguf", uses.gguf_file, ValueError)


def _onnx() -> Iterator[Target]:
    built = import_module("onnx_bytes")
    table = built.tensor("embed_tokens.weight", ROWS)
    content = built.model([built.gather("embed_tokens.weight")], [table])
    yield _target("ONNX", {"model.onnx": content}, "model.onnx")


def _rank_files() -> Iterator[Target]:
    every = [*(bytes([byte]) for byte in range(256)), *(b"ab", b"the", b" the", "한".encode())]
    vocab = [
        {"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": None}
        for rank, token in enumerate(every)
    ]
    sizes = {
        "num_vocab_tokens": len(vocab),
        "default_vocab_size": len(vocab) + 4,
        "default_num_special_tokens": 4,
    }
    config = {"pattern": r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|\s+", "version": "v3", **sizes}
    tekken = json.dumps({"config": config, "vocab": vocab}).encode()
    yield _named("tekken", "tekken.json", tekken, len(every) + 4)
    lines = b"".join(b"%s %d\n" % (base64.b64encode(token), rank) for rank, token in enumerate(every))
    yield _named("tiktoken", "a.tiktoken", lines, len(every))


def _named(reader: str, name: str, content: bytes, n_rows: int, **beside: bytes) -> Target:
    """Return an array whose rows are named by a tokenizer file."""
    buffer = io.BytesIO()
    np.save(buffer, np.arange(2.0 * n_rows, dtype=np.float32).reshape(n_rows, 2))
    others = {key.replace("__", "."): value for key, value in beside.items()}
    files = {"table.npy": buffer.getvalue(), name: content, **others}
    return _target(f"tokenizer, {reader}", files, "table.npy", uses.named_by(name), [name, *others])


def _tokenizer_files() -> Iterator[Target]:
    target = _named("tokenizer.json", "tokenizer.json", _tokenizer(), len(TOKENS))
    yield target
    yield replace(_peer_target(target, "tokenizers", uses.tokenizer_json, Exception), source="tokenizer.json")
    words = "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghij"]).encode()
    yield _named("vocab.txt", "vocab.txt", words, 15, tokenizer_config__json=b'{"do_lower_case": true}')
    letters = {letter: row for row, letter in enumerate("abcdefgh")} | {"ab": 8, "abc": 9}
    merges = b"#version: 0.2\na b\nab c\n"
    yield _named("vocab.json + merges", "vocab.json", json.dumps(letters).encode(), 10, merges__txt=merges)


def _sentencepiece() -> Iterator[Target]:
    trained = import_module("sentencepiece_files").trained
    import_module("sentencepiece")
    plain = {"normalization_rule_name": "identity"}  # the default has a character map of 240 kB
    for kind, options in (("bpe", plain), ("unigram", {})):
        content = trained(model_type=kind, vocab_size=450, byte_fallback=True, **options)
        n_rows = import_module("sentencepiece").SentencePieceProcessor(model_proto=content).get_piece_size()
        target = _named(f"SentencePiece {kind}", "a.model", content, n_rows)
        yield target
        peer = _peer_target(target, "sentencepiece", uses.sentencepiece_model, RuntimeError)
        yield replace(peer, source="a.model")


def _index() -> Iterator[Target]:
    import_module("usearch")
    import tovec
    from tovec.approximate import ApproximateIndex

    table = np.random.default_rng(2).standard_normal((100, 8)).astype(np.float32)
    embedding = tovec.Embedding([f"t{row}" for row in range(100)], table)
    files = _written("a.index", ApproximateIndex.build(embedding).save)
    yield _target("index", files, "a.index", uses.index_of(embedding))


_MAKERS: tuple[Maker, ...] = (
    *(_folder, _tensor_file, _checkpoint, _arrays, _texts, _zstd, _parquet, _fasttext, _gensim, _spacy),
    *(_safetensors_model, _torch, _gguf, _onnx, _rank_files, _tokenizer_files, _sentencepiece, _index),
)
