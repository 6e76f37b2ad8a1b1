"""The loss of next tokens against torch's own, and its gradients against finite differences."""

from typing import Any

import pytest
from needs import needs

torch = needs("torch")

from torch.nn import functional  # noqa: E402

from tovec.training.language_model import loss  # noqa: E402
from tovec.training.language_model.loss import next_token_loss  # noqa: E402
from tovec.training.language_model.stream import NO_TARGET  # noqa: E402


def _given(n: int, n_tokens: int, dim: int, dtype: Any) -> tuple[Any, Any, Any]:
    generator = torch.Generator().manual_seed(3)
    vectors = torch.randn(n, dim, dtype=dtype, generator=generator) * 3
    outputs = torch.randn(n_tokens, dim, dtype=dtype, generator=generator)
    targets = torch.randint(n_tokens, (n,), generator=generator)
    targets[::5] = NO_TARGET
    return vectors.requires_grad_(), outputs.requires_grad_(), targets


@pytest.mark.parametrize(("n", "n_tokens"), [(200, 31), (64, 1), (1, 7), (65, 300)])
def test_loss_and_gradients_are_those_of_cross_entropy(
    n: int, n_tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loss, "_CHUNK_BYTES", {"cpu": 1})  # so that there are several chunks
    vectors, outputs, targets = _given(n, n_tokens, 8, torch.float64)
    expected = functional.cross_entropy(vectors @ outputs.T, targets, reduction="sum", ignore_index=NO_TARGET)
    wanted = torch.autograd.grad(2 * expected, (vectors, outputs))
    found = next_token_loss(vectors, outputs, targets)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(2 * found, (vectors, outputs)), wanted)


def test_gradients_equal_finite_differences() -> None:
    vectors, outputs, targets = _given(6, 5, 4, torch.float64)
    assert torch.autograd.gradcheck(
        lambda one, other: next_token_loss(one, other, targets), (vectors, outputs)
    )


def test_an_impossible_target_has_its_loss_and_not_infinity() -> None:
    """exp(-200) is 0 as float32; the loss is 200 all the same."""
    vectors = torch.tensor([[1.0]], requires_grad=True)
    outputs = torch.tensor([[200.0], [0.0]], requires_grad=True)
    found = next_token_loss(vectors, outputs, torch.tensor([1]))
    assert found.item() == pytest.approx(200)
    found.backward()
    assert vectors.grad is not None and vectors.grad.item() == pytest.approx(200)


def test_products_in_bfloat16_are_near_those_in_float32() -> None:
    vectors, outputs, targets = _given(500, 60, 16, torch.float32)
    exact = next_token_loss(vectors, outputs, targets)
    near = next_token_loss(vectors, outputs, targets, torch.bfloat16)
    assert near.dtype == torch.float32
    assert near.item() == pytest.approx(exact.item(), rel=0.01)
    for one, other in zip(
        torch.autograd.grad(exact, (vectors, outputs)),
        torch.autograd.grad(near, (vectors, outputs)),
        strict=True,
    ):
        assert (one - other).norm() < 0.02 * one.norm()


def test_where_nothing_is_learned_no_gradient_is_kept() -> None:
    vectors, outputs, targets = (given.detach() for given in _given(10, 5, 4, torch.float32))
    assert not next_token_loss(vectors, outputs, targets).requires_grad
