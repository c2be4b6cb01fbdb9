"""Importing this keeps pandas out of the process: pyarrow imports it, where it is installed, as soon as it makes a column.

Nothing here uses it, and it costs a second of start-up and 40 MB.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder


class _WithoutPandas(MetaPathFinder):
    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is kept out of this process", name=name)


if "pandas" not in sys.modules:
    sys.meta_path.insert(0, _WithoutPandas())
