"""The README.md of a saved folder: what it is and how it is read."""

from tovec.counted import counted
from tovec.vectors.embedding_parts import EmbeddingParts

_CARD = """---
library_name: model2vec
tags:
- tovec
- static-embeddings
- sentence-transformers
- model2vec
---

# {vectors} of {dimensions}

Saved by tovec. `model.safetensors` holds one row a token, `tokenizer.json` says how text becomes
tokens, `tovec.json` holds counts, settings and the tokens as they are.

```python
import tovec
embedding = tovec.open(".")

from model2vec import StaticModel
model = StaticModel.from_pretrained(".")       # leaves unknown tokens out of a text's mean

from sentence_transformers import SentenceTransformer
model = SentenceTransformer(".")               # counts unknown tokens as zero vectors
```
"""

_APPROXIMATE = """
`tokenizer.json` is only an approximation here. The tokenizer of this embedding, `{name}`, cannot be
written in that format, so the file splits text at white space. tovec itself uses the real one.
"""

_FUNCTION = """
`tokenizer.json` takes a text for one token. The tokenizer of this embedding is the function `{name}`,
which no file can hold; give it again: `tovec.open(".").with_tokenizer({name})`.
"""

_NGRAMS = """
`ngrams.safetensors` holds vectors of character n-grams, from which tovec makes a vector for a token
that is not in the vocabulary. The other two libraries do not read it.
"""

MAP = """
`map.safetensors` holds the map that brought these rows into the space of another table: a row of the
original became `(row - mean_a) @ map + mean_b`, without the means where the file has none. `tovec.json`
says which tables these were, in its provenance under `aligned`.
"""

_LANGUAGE_MODEL = """---
library_name: transformers
pipeline_tag: text-generation
tags:
- tovec
---

# A language model of {tokens} and {dimensions}

Trained by tovec, of the architecture of Llama. `model.safetensors` holds its tensors, `tokenizer.json`
says how text becomes tokens, `tovec.json` holds counts, settings and the tokens as they are.

```python
import tovec
embedding = tovec.open(".")                    # the input table; ".#output" is the head

from transformers import AutoModelForCausalLM, AutoTokenizer
model, tokenizer = AutoModelForCausalLM.from_pretrained("."), AutoTokenizer.from_pretrained(".")
```
"""


def language_model_card(embedding: EmbeddingParts) -> str:
    """Return the text of README.md of a language model."""
    return _LANGUAGE_MODEL.format(
        tokens=counted(embedding.n_tokens, "token"), dimensions=counted(embedding.dim, "dimension")
    )


def model_card(embedding: EmbeddingParts, exact: bool) -> str:
    """Return the text of README.md; `exact` is whether tokenizer.json cuts text as the tokenizer does."""
    from tovec.text.tokenizers.functions import FunctionTokenizer

    card = _CARD.format(
        vectors=counted(embedding.n_tokens, "token vector"), dimensions=counted(embedding.dim, "dimension")
    )
    if isinstance(embedding.tokenizer, FunctionTokenizer):
        card += _FUNCTION.format(name=embedding.tokenizer.settings["function"])
    elif not exact and embedding.tokenizer is not None:
        card += _APPROXIMATE.format(name=embedding.tokenizer.name)
    if embedding.ngrams is not None:
        card += _NGRAMS
    return card
