"""`DataGenerator` for Hugging Face's datasets; apart from the rest, which does without them."""

from collections.abc import Iterator
from typing import Any

from datasets import Array2D, Features, IterableDataset, Value

from number_generator.data_generator import DataGenerator


def stream_rows(batches: DataGenerator, shards: int) -> IterableDataset:
    features = Features({"image": Array2D(batches.shape[1:], "float32"), "digits": Value("string")})
    # datasets deals lists in gen_kwargs out to the workers.
    parts = [batches.shard(index, shards) for index in range(shards)]
    return IterableDataset.from_generator(_rows, features, {"parts": parts})


def _rows(parts: list[DataGenerator]) -> Iterator[dict[str, Any]]:
    for part in parts:
        for pictures, numbers in part.walk():
            for picture, number in zip(pictures, numbers.tolist(), strict=True):
                yield {"image": picture, "digits": number}
