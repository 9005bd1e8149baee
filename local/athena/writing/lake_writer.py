"""How pyiceberg writes: every file is one object, put as the caller when it is complete."""

import io
from collections.abc import Callable
from typing import Any

from pyiceberg.io import InputFile, OutputFile, OutputStream

from local.athena.lake import LakeInput, LakeIO
from local.athena.writing.files import Files


class LakeWriter(LakeIO):
    """pyiceberg's way to write data, manifests and metadata as the caller."""

    def __init__(self, s3: Any, encryption: dict[str, str]) -> None:
        super().__init__(s3)
        self._files = Files(s3, encryption, "")

    def new_output(self, location: str) -> OutputFile:
        """A new object."""
        return _NewObject(location, self._files)


class _NewObject(OutputFile):
    def __init__(self, location: str, files: Files) -> None:
        super().__init__(location)
        self._files = files
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def exists(self) -> bool:
        """Names of new files are never used twice."""
        return False

    def to_input_file(self) -> InputFile:
        """The object, to be read back."""
        return LakeInput(self.location, self._files.s3)

    def create(self, overwrite: bool = False) -> OutputStream:  # noqa: ARG002
        """A stream that becomes the object when it is closed."""
        return _Upload(self._put)

    def _put(self, content: bytes) -> None:
        self._size = len(content)
        self._files.put(self.location, io.BytesIO(content))


class _Upload(io.BytesIO):
    def __init__(self, put: Callable[[bytes], None]) -> None:
        super().__init__()
        self._put = put

    def close(self) -> None:
        if not self.closed:
            self._put(self.getvalue())
        super().close()

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self.close()
