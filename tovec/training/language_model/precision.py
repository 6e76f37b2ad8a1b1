"""Which numbers a device multiplies fastest. It imports torch, as the network does."""

import torch

# Instructions of a processor that multiply bfloat16; without them it is slower than float32.
_OF_BFLOAT16 = ("avx512_bf16", "amx_bf16")


def fast_products(device: torch.device) -> torch.dtype | None:
    """Return bfloat16 where products of it are faster than those of float32, None elsewhere.

    None also where this version of torch does not say what its processor can.
    """
    if device.type == "cuda":
        fast = torch.cuda.get_device_capability(device) >= (8, 0)
    else:
        capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
        fast = any(capabilities.get(name) for name in _OF_BFLOAT16)
    return torch.bfloat16 if fast else None
