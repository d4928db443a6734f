"""The door: a data set's folder, made once and kept."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.collection.catalogue import DATA_SETS, DataSet
from benchmarks.collection.folder import write_folder

CACHE: Final = Path("build/collection")


def collect(name: str, cache: Path = CACHE) -> Path:
    """The folder of a data set of the catalogue; see `collected`.

    Raises:
        KeyError: There is no data set of that name.
        ToolError: It can't be made.
    """
    return collected(DATA_SETS[name], cache)


def collected(data: DataSet, cache: Path) -> Path:
    """A data set's folder, in evaluate's format; made if it is not in the cache.

    It gets its name when it is whole, so a run that is killed leaves no half of it there.

    Args:
        data: Which.
        cache: Made if it is not there. Delete a data set's folder to have it made anew.

    Raises:
        ToolError: It can't be made.
    """
    folder = cache / data.name
    if folder.is_dir():
        return folder
    print(f"making {data.name}: {data.origin}", file=sys.stderr)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".making-") as place:
        workplace, made = Path(place, "on-the-way"), Path(place, data.name)
        workplace.mkdir()
        made.mkdir()
        write_folder(made, data.title, data.origin, data.extracts(workplace))
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run was faster, and made the same
                raise
    return folder
