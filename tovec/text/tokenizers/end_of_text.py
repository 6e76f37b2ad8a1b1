"""The end of a text as a token: what a language model is told before a text, and what it predicts after it.

A tokenizer.json that has it puts it before each text, as transformers then does; tovec, which adds no special
tokens when it cuts a text, leaves that to whoever feeds a model. Where a text itself spells the token, it is
the token, as in the tokenizers of GPT-2.
"""

import json
from typing import Any

from tovec.text.tokenizers.base import added_token
from tovec.text.tokenizers.names import END_OF_TEXT


def ending_texts(definition: str) -> str:
    """Return a tokenizer.json with END_OF_TEXT, as its last token unless it has one, before each text.

    One that has all of that already is returned as it is.
    """
    fields: dict[str, Any] = json.loads(definition)
    vocab = fields["model"]["vocab"]
    ids = {name: row for row, (name, _) in enumerate(vocab)} if isinstance(vocab, list) else dict(vocab)
    added = list(fields.get("added_tokens") or ())
    ids |= {entry["content"]: entry["id"] for entry in added}
    row = ids.setdefault(END_OF_TEXT, max(ids.values(), default=-1) + 1)
    others = [entry for entry in added if entry["content"] != END_OF_TEXT]
    own = added_token(row, END_OF_TEXT, special=True)
    fields["added_tokens"] = sorted([*others, own], key=lambda entry: entry["id"])
    fields["post_processor"] = _processor(fields.get("post_processor"), row)
    return json.dumps(fields, ensure_ascii=False, indent=1)


def _processor(before: Any, row: int) -> dict[str, Any]:
    """Return what puts END_OF_TEXT before a text; of what was done before, only the places of bytes stay."""
    steps = (
        before.get("processors")
        if isinstance(before, dict) and before.get("type") == "Sequence"
        else [before]
    )
    kept = [step for step in steps or () if isinstance(step, dict) and step.get("type") == "ByteLevel"]
    token = {"SpecialToken": {"id": END_OF_TEXT, "type_id": 0}}
    template = {
        "type": "TemplateProcessing",
        "single": [token, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [
            *(token, {"Sequence": {"id": "A", "type_id": 0}}),
            *(token, {"Sequence": {"id": "B", "type_id": 0}}),
        ],
        "special_tokens": {END_OF_TEXT: {"id": END_OF_TEXT, "ids": [row], "tokens": [END_OF_TEXT]}},
    }
    return {"type": "Sequence", "processors": [*kept, template]} if kept else template
