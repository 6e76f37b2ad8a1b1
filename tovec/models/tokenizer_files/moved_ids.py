"""The ids of SentencePiece's pieces in models that number them differently than their .model file.

fairseq replaces SentencePiece's first tokens by its own and appends others. The .model does not say so: the
class of transformers does. Source: transformers' convert_slow_tokenizer.py (`vocab` of each converter),
tokenization_xlm_prophetnet.py and tokenization_t5.py.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from tovec.models.tokenizer_files.sentencepiece_model import Kind, Pieces
from tovec.storage.json_text import field


@dataclass(frozen=True)
class Layout:
    """Tokens around the pieces. front: in place of the first `n_replaced` pieces. back: after the last."""

    front: tuple[str, ...] = ()
    n_replaced: int = 0
    back: tuple[str, ...] = ()


_FAIRSEQ = ("<s>", "<pad>", "</s>", "<unk>")
_MBART = (
    "ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM "
    "ne_NP nl_XX ro_RO ru_RU si_LK tr_TR vi_VN zh_CN"
)
_MBART_50 = (
    f"{_MBART} af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL ps_AF "
    "pt_XX sv_SE sw_KE ta_IN te_IN th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES sl_SI"
)
_XLM_ROBERTA = Layout(_FAIRSEQ, 3, ("<mask>",))
_CAMEMBERT = Layout(("<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED"), 1, ("<mask>",))
_LANGUAGES_FOLLOW = Layout(_FAIRSEQ, 3)  # tokenizer_config.json lists them, or no file does
_PEGASUS = Layout(("<pad>", "</s>", "<mask_1>", "<mask_2>", *(f"<unk_{n}>" for n in range(2, 103))), 2)
_PROPHETNET = Layout(("[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]", *(f"[unused{n}]" for n in range(10))), 3)

# By tokenizer_class, without Tokenizer and Fast.
_CLASSES: Mapping[str, Layout] = MappingProxyType(
    {
        **dict.fromkeys(("XLMRoberta", "LayoutXLM", "MLuke"), _XLM_ROBERTA),
        "Camembert": _CAMEMBERT,
        "MBart": Layout(_FAIRSEQ, 3, (*_MBART.split(), "<mask>")),
        "MBart50": Layout(_FAIRSEQ, 3, (*_MBART_50.split(), "<mask>")),
        **dict.fromkeys(("Nllb", "PLBart"), _LANGUAGES_FOLLOW),
        "XGLM": Layout(_FAIRSEQ, 3, tuple(f"<madeupword{n}>" for n in range(7))),
        "SeamlessM4T": Layout(("<pad>", "<unk>", "<s>", "</s>"), 3),
        "Pegasus": _PEGASUS,
        "XLMProphetNet": _PROPHETNET,
    }
)
# mBART's two, by the number of rows.
_OF_SIZE: Mapping[object, Layout] = MappingProxyType({250027: _CLASSES["MBart"], 250054: _CLASSES["MBart50"]})
# By model_type, where no class is named.
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("xlm-roberta", "xlm-roberta-xl", "xmod"), "XLMRoberta"),
        **{"camembert": "Camembert", "xglm": "XGLM", "xlm-prophetnet": "XLMProphetNet", "plbart": "PLBart"},
        **dict.fromkeys(("nllb-moe", "m2m_100"), "Nllb"),
        **dict.fromkeys(("seamless_m4t", "seamless_m4t_v2"), "SeamlessM4T"),
        **dict.fromkeys(("pegasus", "pegasus_x", "bigbird_pegasus"), "Pegasus"),
        **dict.fromkeys(("t5", "longt5", "switch_transformers"), "T5"),
    }
)
# These change text before SentencePiece does: lower case, accents, quotation marks, commas after digits.
_CHANGING = frozenset({"Albert", "XLNet", "RemBert", "FNet", "CPM", "Cpm"})
_MAY_CHANGE = ("do_lower_case", "split_by_punct")  # of DeBERTa
# Their ids are only in a vocab.json.
_NUMBERED_ELSEWHERE = frozenset({"Marian", "M2M100", "Speech2Text", "Speech2Text2"})
_NUMBERED_KINDS = MappingProxyType({"marian": "Marian", "speech_to_text": "Speech2Text"})
_CHANGING_KINDS = MappingProxyType(
    {"albert": "Albert", "xlnet": "XLNet", "rembert": "RemBert", "fnet": "FNet"}
)


def moved(
    pieces: Pieces, config: dict[str, Any], tokenizer_config: dict[str, Any]
) -> tuple[Pieces | None, str]:
    """Return the pieces under the ids of the model, and why they cannot cut its text; empty if they can.

    config, tokenizer_config: of the model's folder, {} without one. None for a kind of model whose ids are
    not known here: no names are better than wrong ones.
    """
    named = field(tokenizer_config, "tokenizer_class", str, "") or ""
    kind = field(config, "model_type", str, "") or ""
    name = named.removesuffix("Fast").removesuffix("Tokenizer")
    if not named:
        name = (_KINDS | _CHANGING_KINDS | _NUMBERED_KINDS).get(kind, "")
    if name in _NUMBERED_ELSEWHERE:
        return None, ""
    if kind == "mbart" and not named:
        layout = _OF_SIZE.get(config.get("vocab_size", 0))
        return (None if layout is None else _laid_out(pieces, layout)), ""
    if name == "Pegasus" and (kind == "bigbird_pegasus" or tokenizer_config.get("offset", 103) != 103):
        return None, ""
    if name == "T5":
        return _with_extra_ids(pieces, tokenizer_config, kind), ""
    changes = any(tokenizer_config.get(key) is True for key in _MAY_CHANGE)
    is_changing = name in _CHANGING or (name == "DebertaV2" and changes)
    why = f"{name}Tokenizer changes text before SentencePiece cuts it" if is_changing else ""
    layout = _CLASSES.get(name)
    return (pieces if layout is None else _laid_out(pieces, layout)), why


def says_ids(config: Mapping[str, Any], tokenizer_config: Mapping[str, Any]) -> bool:
    """Whether the folder says what kind of model it is, and so the ids of the pieces."""
    return isinstance(tokenizer_config.get("tokenizer_class"), str) or isinstance(
        config.get("model_type"), str
    )


def _with_extra_ids(pieces: Pieces, tokenizer_config: dict[str, Any], kind: str) -> Pieces:
    """Return T5's pieces followed by its sentinels, the last number first."""
    n = field(tokenizer_config, "extra_ids", int, 0 if kind in ("mt5", "umt5") else 100) or 0
    there = any(name is not None and "<extra_id_0>" in name for name in pieces.names)
    names = () if there else tuple(f"<extra_id_{number}>" for number in reversed(range(min(n, 1 << 16))))
    return _laid_out(pieces, Layout(back=names))


def _laid_out(pieces: Pieces, layout: Layout) -> Pieces:
    front, back, rest = layout.front, layout.back, slice(layout.n_replaced, None)
    kinds = [Kind.UNKNOWN if name in ("<unk>", "[UNK]") else Kind.CONTROL for name in front]
    unknown = next((row for row, kind in enumerate(kinds) if kind == Kind.UNKNOWN), None)
    if unknown is None and pieces.unknown is not None and pieces.unknown >= layout.n_replaced:
        unknown = pieces.unknown - layout.n_replaced + len(front)
    return dataclasses.replace(
        pieces,
        names=[*front, *pieces.names[rest], *back],
        scores=np.concatenate([np.zeros(len(front)), pieces.scores[rest], np.zeros(len(back))]),
        kinds=np.concatenate(
            [np.array(kinds, np.int64), pieces.kinds[rest], np.full(len(back), Kind.CONTROL)]
        ),
        unknown=unknown,
    )
