import json

import pytest
from needs import needs


@pytest.fixture
def make(tmp_path):
    """Write a model's folder; tensors are numpy's or torch's."""

    def make(tensors, config=None, name="model", file="model.safetensors"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        torch = needs("torch")
        tensors = {
            key: (value if isinstance(value, torch.Tensor) else torch.from_numpy(value)).clone()
            for key, value in tensors.items()
        }
        needs("safetensors.torch").save_file(tensors, folder / file, metadata={"format": "pt"})
        if config is not None:
            (folder / "config.json").write_text(json.dumps(config))
        return folder

    return make
