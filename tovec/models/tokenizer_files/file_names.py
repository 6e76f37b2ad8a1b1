"""Which file of a model's folder is its tokenizer: by the names that programs give."""

from pathlib import Path

# In the order in which a folder is searched; a tokenizer.json says most of all.
SENTENCEPIECE = (
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "spm.model",
    "sentencepiece.model",
)
MAPPED = ("source.spm", "sentencepiece.bpe.model", "spm.model")  # what cuts text for a vocab.json
WORD_LISTS = ("whitespacetokenizer_config.json", "phrasetokenizer_config.json")
VOCABULARIES = (
    *("vocab.json", "encoder.json", "vocab-src.json", "vocab.txt", "prophetnet.tokenizer", "dict.txt"),
    *WORD_LISTS,
)


def tokenizer_file_of(folder: Path) -> Path | None:
    """Return the file of `folder` that lists its tokens; None where no name is known here."""
    first = ["tokenizer.json"] if mapped_by(folder) is None else ["tokenizer.json", "vocab.json"]
    ranks = [folder / "tekken.json", *sorted(folder.glob("*.tiktoken"))]
    named = (folder / name for name in (*first, *SENTENCEPIECE))
    vocabularies = (folder / name for name in VOCABULARIES)
    return next((path for path in (*named, *ranks, *vocabularies) if path.is_file()), None)


def mapped_by(folder: Path) -> Path | None:
    """Return the SentencePiece model that cuts text for the vocab.json of `folder`; None without both."""
    if not (folder / "vocab.json").is_file() or (folder / "merges.txt").is_file():
        return None
    return next((folder / name for name in MAPPED if (folder / name).is_file()), None)
