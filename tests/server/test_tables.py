"""The two tables of a model, served by one server."""

import numpy as np
from page_client import Client

from tovec.embedding import Embedding
from tovec.server.open_page import Page
from tovec.server.page_data import page_data


def test_the_other_table_is_served_below_its_name(static):
    tokens = [f"t{row}" for row in range(40)]
    first, second = (Embedding.random(tokens, 5, seed=seed) for seed in (0, 1))
    data = page_data(first, tables={"input": first, "output": second}, metadata={"token": ["t1"], "n": [1]})
    with Page(data, port=0, static=static) as page:
        client = Client(page)
        for path, table in (("/", first), ("/output/", second)):
            assert b'id="page"' in client.get(path)
            assert client.json(f"{path}data/manifest.json")["columns"][0]["name"] == "n"
            np.testing.assert_array_equal(
                np.frombuffer(client.get(f"{path}api/vector?id=3"), "<f4"), table["t3"]
            )
            found = client.json(f"{path}api/nearest?positive=3&k=2")["results"]
            assert [hit["id"] for hit in found] == [hit.id for hit in table.neighbors("t3", 2)]
            assert client.frames(f"{path}api/project?method=pca&dims=2")[-1][0]["stage"] == "done"
        assert client.wrong("/output/api/vector?id=40")[0] == 400
        assert client.wrong("/input/data/manifest.json")[0] == 404
        assert client.raw("GET", "/output/data/manifest.json")[0] == 403
