"""What an evaluation found, as pictures in a folder."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from model_export.charts import draw_accuracies, draw_confusions
from model_export.error_pictures import contact_sheet
from model_export.evaluation import Score


def write_pictures(scores: Mapping[str, Score], folder: Path) -> Iterator[Path]:
    """Misread strings a set, a confusion matrix and accuracies of all sets; a former run's are overwritten."""
    for name, score in scores.items():
        path = folder / f"errors-{name}.png"
        path.unlink(missing_ok=True)
        if score.worst:
            title = f"{name}: {len(score.errors)} of {score.strings} misread, the most confident errors first"
            contact_sheet(title, score.worst).save(path)
            yield path
    readings = [reading for score in scores.values() for reading in score.readings]
    for name, draw in (("confusions.png", draw_confusions), ("accuracies.png", draw_accuracies)):
        draw(readings, folder / name)
        yield folder / name
