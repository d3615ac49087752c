"""What /metrics tells, as Prometheus understands it."""

from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Scrape:
    text: str

    def families(self) -> Iterator[Metric]:
        return iter(text_string_to_metric_families(self.text))

    def series(self, name: str) -> list[dict[str, str]]:
        """The labels of all that are called so."""
        return [sample.labels for family in self.families() for sample in family.samples if sample.name == name]

    def value(self, name: str, **labels: str) -> float:
        """Of all series with these labels together; 0.0 where there is none."""
        return sum(
            sample.value
            for family in self.families()
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )
