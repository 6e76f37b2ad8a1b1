"""Steps of the optimizer against torch's Adam and against singular values."""

import pytest
from needs import needs

torch = needs("torch")

from tovec.language_model.network.shape import LlamaShape  # noqa: E402
from tovec.language_model.network.transformer import Llama, initialize  # noqa: E402
from tovec.training.language_model import optimizer  # noqa: E402
from tovec.training.language_model.optimizer import Optimizer, orthogonal, share_of_rate  # noqa: E402

TOTAL = 50


def _network(tied: bool = False) -> Llama:
    shape = LlamaShape(
        n_tokens=20, dim=16, layers=2, heads=4, key_heads=2, head_dim=4, inner=24, context=8, tied=tied
    )
    network = Llama(shape)
    initialize(network, 1)
    return network


def _draw_gradients(network: Llama, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=generator) * 1e-3


@pytest.mark.parametrize("tied", [False, True])
def test_tables_and_norms_move_as_by_torchs_adam(tied: bool) -> None:
    """Gradients are short enough not to be clipped."""
    network, other = _network(tied), _network(tied)
    ours = Optimizer(network, 0.02, TOTAL)
    rates = {"outputs": optimizer.OUTPUT_RATE}
    rates["inputs"] = optimizer.TIED_RATE if tied else optimizer.INPUT_RATE
    theirs = torch.optim.Adam(
        [
            {"params": [found], "factor": rates.get(name, optimizer.NORM_RATE)}
            for name, found in other.named_parameters()
            if name in rates or found.ndim == 1
        ],
        betas=(optimizer.MEAN, optimizer.SQUARE),
        eps=1e-10,
    )
    for step in range(5):
        for one in (network, other):
            _draw_gradients(one, step)
        for group in theirs.param_groups:
            group["lr"] = 0.02 * group["factor"] * share_of_rate(step, TOTAL)
        theirs.step()
        ours.step(step)
    for group in theirs.param_groups:
        for found in group["params"]:
            name = next(name for name, one in other.named_parameters() if one is found)
            torch.testing.assert_close(network.get_parameter(name), found, rtol=1e-4, atol=1e-6)


def test_matrices_move_as_far_in_every_direction() -> None:
    """Queries, keys and values are matrices of their own, though they are one parameter."""
    network = _network()
    before = {name: tensor.clone() for name, tensor in network.tensors().items()}
    _draw_gradients(network, 0)
    Optimizer(network, 0.02, TOTAL).step(0)
    moved = {name: tensor - before[name] for name, tensor in network.tensors().items()}
    matrices = [name for name in moved if "_proj" in name]
    assert len(matrices) == 7 * 2
    for name in matrices:
        height, width = moved[name].shape
        sizes = torch.linalg.svdvals(moved[name]) / (0.02 * share_of_rate(0, TOTAL))
        sizes /= max(1, height / width) ** 0.5
        assert sizes.min() > 0.3 and sizes.max() < 1.3, name


def test_orthogonal_keeps_singular_vectors() -> None:
    generator = torch.Generator().manual_seed(2)
    given = torch.randn(3, 10, 30, generator=generator, dtype=torch.float64)
    left, _, right = torch.linalg.svd(given, full_matrices=False)
    found = left.mT @ orthogonal(given) @ right.mT
    assert (found - torch.diag_embed(found.diagonal(dim1=1, dim2=2))).abs().max() < 1e-9
    assert found.diagonal(dim1=1, dim2=2).aminmax().min > 0.6
    assert not orthogonal(torch.zeros(1, 4, 5)).any()


def test_orthogonal_in_bfloat16_is_near_that_in_float32() -> None:
    given = torch.randn(2, 10, 30, generator=torch.Generator().manual_seed(2))
    exact, near = orthogonal(given), orthogonal(given, torch.bfloat16)
    assert near.dtype == torch.float32
    assert (exact - near).norm() < 0.05 * exact.norm()


def test_state_is_all_that_it_keeps() -> None:
    """With the parameters, the state and the number of the step another one takes the same steps."""
    one = _network()
    first = Optimizer(one, 0.02, TOTAL)
    for step in range(3):
        _draw_gradients(one, step)
        first.step(step)
    other = _network()
    other.load(one.tensors())
    second = Optimizer(other, 0.02, TOTAL)
    for name, tensor in second.state().items():
        tensor.copy_(first.state()[name])
    for network, ours in ((one, first), (other, second)):
        _draw_gradients(network, 3)
        ours.step(3)
    for name, tensor in one.tensors().items():
        assert torch.equal(tensor, other.tensors()[name]), name


def test_long_gradients_are_shortened() -> None:
    """Without it, one step with a gradient of a million would fill Adam's means for the rest of the run."""
    network = _network()
    ours = Optimizer(network, 0.02, TOTAL)
    for parameter in network.parameters():
        parameter.grad = torch.full_like(parameter, 1e6)
    ours.step(0)
    assert sum(t.square().sum() for name, t in ours.state().items() if name.endswith("mean")) < 1


def test_rates_rise_and_fall_in_lines() -> None:
    shares = [share_of_rate(step, 100) for step in range(100)]
    assert shares[0] == pytest.approx(1 / 3)
    assert max(shares) == shares[2] == 1
    assert shares[51] == pytest.approx(0.5)
    assert 0 < shares[99] < 0.02
    assert share_of_rate(0, 1) == 1
