"""Which objects are one table, and which folders are its partitions.

Data is alike if format, compression, delimiter and the like are the same and, unless the crawler combines compatible schemas,
at least 70 % of the column names. Objects of one folder that are alike are one table; if they are not, each is a table of
its own, as on AWS: the well-known trap of a stray file. Folders side by side whose tables are alike become partitions of one
table at the folder above; if only most are alike, the others stay tables of their own. A folder that holds objects and folders
is no table as a whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from local.glue.crawler.kinds import Columns, merged_columns
from local.glue.crawler.objects import Object
from local.glue.crawler.shapes import Shape

ALIKE = 0.7
MOST = 0.5


@dataclass(frozen=True)
class Found:
    """An object and what it holds."""

    object: Object
    shape: Shape


@dataclass(frozen=True, kw_only=True)
class Group:
    """The objects of one table. `place` is its folder below the target, or the object itself if `alone`; `depth` counts partition keys."""

    place: tuple[str, ...]
    depth: int
    members: tuple[Found, ...]
    alone: bool = False

    @property
    def shape(self) -> Shape:
        """What stands for all: the object with the most columns."""
        return max((each.shape for each in self.members), key=lambda shape: len(shape.columns))

    @property
    def columns(self) -> Columns:
        """The columns of all."""
        return columns_of(self.members)

    def partitions(self) -> dict[tuple[str, ...], list[Found]]:
        """The objects by the folders between the table and them."""
        found: dict[tuple[str, ...], list[Found]] = {}
        for each in self.members:
            found.setdefault(folders(each.object)[len(self.place) :], []).append(each)
        return found


@dataclass
class _Folder:
    place: tuple[str, ...]
    objects: list[Found] = field(default_factory=list)
    below: dict[str, "_Folder"] = field(default_factory=dict)


def groups(found: Iterable[Found], *, combine: bool) -> list[Group]:
    """The tables below a target. `combine` leaves similar names out of account."""
    root = _Folder(())
    for each in found:
        folder = root
        for name in folders(each.object):
            folder = folder.below.setdefault(name, _Folder((*folder.place, name)))
        folder.objects.append(each)
    return _groups(root, combine=combine)


def folders(found: Object) -> tuple[str, ...]:
    """The folders that an object lies in, below the target."""
    return tuple(found.path.split("/")[:-1])


def columns_of(members: Sequence[Found]) -> Columns:
    """Columns of several objects, those of the widest first."""
    columns: Columns = {}
    for each in sorted(members, key=lambda one: -len(one.shape.columns)):
        columns = merged_columns(columns, each.shape.columns)
    return columns


def keys_and_values(paths: Sequence[Sequence[str]]) -> tuple[list[str], dict[tuple[str, ...], list[str]]]:
    """Partition keys for folder paths of one length, and the values of each path: `key=value` folders name their keys."""
    keys, counter, levels = [], count(), list(zip(*paths, strict=True))
    named = [{part.partition("=")[0].lower() for part in level if "=" in part.strip("=")} for level in levels]
    plain = [len(names) != 1 or not all("=" in part.strip("=") for part in level) for names, level in zip(named, levels, strict=True)]
    for names, unnamed in zip(named, plain, strict=True):
        keys.append(f"partition_{next(counter)}" if unnamed else names.pop())
    values = {
        tuple(path): [part if unnamed else part.partition("=")[2] for part, unnamed in zip(path, plain, strict=True)] for path in paths
    }
    return keys, values


def _groups(folder: _Folder, *, combine: bool) -> list[Group]:
    own = _of_objects(folder, combine=combine) if folder.objects else []
    below = [group for each in folder.below.values() for group in _groups(each, combine=combine)]
    if own or not below:
        return [*own, *below]
    return _of_folders(folder, below, combine=combine)


def _of_objects(folder: _Folder, *, combine: bool) -> list[Group]:
    first = max((each.shape for each in folder.objects), key=lambda shape: len(shape.columns))
    if all(_alike(first, each.shape, combine=combine) for each in folder.objects):
        return [Group(place=folder.place, depth=0, members=tuple(folder.objects))]
    return [
        Group(place=(*folder.place, each.object.path.rpartition("/")[2]), depth=0, members=(each,), alone=True) for each in folder.objects
    ]


def _of_folders(folder: _Folder, below: list[Group], *, combine: bool) -> list[Group]:
    """Groups below a folder, with the largest set of those that are alike made one."""
    level = len(folder.place) + 1
    able = [each for each in below if not each.alone and len(each.place) == level]
    best: list[Group] = []
    for each in able:
        if any(each is one for one in best):
            continue
        alike = [one for one in able if one.depth == each.depth and _alike(each.shape, one.shape, combine=combine)]
        best = max(best, alike, key=len)
    if len(best) <= MOST * len(below):
        return below
    members = tuple(member for each in best for member in each.members)
    merged = Group(place=folder.place, depth=best[0].depth + 1, members=members)
    return [merged, *(each for each in below if not any(each is one for one in best))]


def _alike(one: Shape, other: Shape, *, combine: bool) -> bool:
    return one.data == other.data and (combine or one.similarity(other) >= ALIKE)
