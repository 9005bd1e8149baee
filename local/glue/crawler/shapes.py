"""What one object holds: its format, its columns, and what a reader must know to read it."""

from dataclasses import dataclass, field

from local.glue.crawler.kinds import Columns

UNKNOWN = "UNKNOWN"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Format (`classification`), columns and the rest that decides whether two objects can be one table.

    `rows` and `width` (bytes of a row) are those of what was read; `whole` says that this was the object to its end.
    """

    classification: str = UNKNOWN
    compression: str = "none"
    columns: Columns = field(default_factory=dict)
    delimiter: str = ""
    quote: str = ""
    header: bool = False
    serde: str = ""
    rows: int = 0
    width: int = 0
    whole: bool = False

    @property
    def data(self) -> tuple[object, ...]:
        """What must be the same in all data of one table."""
        return self.classification, self.compression, self.delimiter, self.quote, self.header, self.serde

    def similarity(self, other: "Shape") -> float:
        """The share of column names that both have."""
        mine, theirs = set(self.columns), set(other.columns)
        return len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0
