"""Pictures written to disk, each named by its digits."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from number_generator.errors import OutputError

Grey = npt.NDArray[np.uint8]


def make_folder(folder: Path) -> Path:
    """The folder, made where it is missing.

    Raises:
        OutputError: it cannot be made, or is a file.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder


def write_picture(picture: Grey, folder: Path, number: str) -> Path:
    """Write NUMBER.png, or NUMBER-2.png and so on where there is one: none overwrites another.

    Raises:
        OutputError: the folder is missing or cannot be written to.
    """
    count = 1
    while True:
        path = folder / (f"{number}.png" if count == 1 else f"{number}-{count}.png")
        try:
            with path.open("xb") as file:
                file.write(to_png(picture))
        except FileExistsError:
            count += 1
        except OSError as error:
            raise cannot_write(folder, error) from error
        else:
            return path


def to_png(picture: Grey) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "PNG")
    return packed.getvalue()


def cannot_write(place: Path, error: OSError) -> OutputError:
    reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror or str(error)
    return OutputError(f"cannot write to {place}: {reason}; give another folder, or make this one writable")
