import json

import numpy as np
import pytest
from needs import needs
from safetensors.numpy import save_file


@pytest.fixture
def make(tmp_path):
    """Write a model's folder; tensors are numpy's or torch's."""

    def make(tensors, config=None, name="model", file="model.safetensors"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        save, path = save_file, folder / file
        if not all(isinstance(value, np.ndarray) for value in tensors.values()):
            torch, save = needs("torch"), needs("safetensors.torch").save_file
            tensors = {
                key: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
                for key, value in tensors.items()
            }
            tensors = {key: value.clone() for key, value in tensors.items()}
        save(tensors, path, metadata={"format": "pt"})
        if config is not None:
            (folder / "config.json").write_text(json.dumps(config))
        return folder

    return make
