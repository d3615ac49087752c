"""What an evaluation found, as pictures in a folder."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from model_export.charts import draw_accuracies, draw_confusions
from model_export.error_pictures import contact_sheet
from model_export.evaluation import Score
from model_export.risk_charts import draw_reliability, draw_risk_coverage


def write_pictures(scores: Mapping[str, Score], folder: Path) -> Iterator[Path]:
    """Misread strings a set; of all sets a confusion matrix, accuracies, reliability, and risk by coverage.

    A former run's are overwritten.
    """
    for name, score in scores.items():
        path = folder / f"errors-{name}.png"
        path.unlink(missing_ok=True)
        if score.worst:
            title = f"{name}: {len(score.errors)} of {score.strings} misread, the most confident errors first"
            contact_sheet(title, score.worst).save(path)
            yield path
    numbers = {name: score for name, score in scores.items() if any(reading.wanted for reading in score.readings)}
    if not numbers:
        return
    readings = [reading for score in numbers.values() for reading in score.readings]
    for name, draw in (("confusions.png", draw_confusions), ("accuracies.png", draw_accuracies)):
        draw(readings, folder / name)
        yield folder / name
    for name, draw_scores in (("reliability.png", draw_reliability), ("risk-coverage.png", draw_risk_coverage)):
        draw_scores(numbers, folder / name)
        yield folder / name
