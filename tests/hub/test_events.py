from tovec.hub.events import human_size


def test_sizes_are_printed_in_powers_of_a_thousand():
    sizes = [0, 640, 33_384_568, 1_050_000_000, 140_000_000_000, 2_000_000_000_000]
    assert [human_size(size) for size in sizes] == [
        "0 bytes", "640 bytes", "33.4 MB", "1.05 GB", "140 GB", "2 TB",
    ]  # fmt: skip
