"""A contract type for import-linter: modules that may import the standard library, each other, and what is listed."""

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """`modules`, with all below them but `besides`, import only the standard library, each other and what is `allowed`.

    Only direct imports count: an allowed module answers for its own.
    """

    type_name = "only"
    modules = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField())
    besides = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every import that is not allowed, as `importer -> imported`."""
        forbidden = [
            f"{importer} -> {imported}"
            for importer in sorted(graph.modules)
            if _within(importer, self.modules) and not _within(importer, self.besides)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._may_import(imported)
        ]
        return ContractCheck(kept=not forbidden, metadata={"forbidden": forbidden})

    def _may_import(self, imported: str) -> bool:
        own = _within(imported, self.modules) and not _within(imported, self.besides)
        return own or imported in sys.stdlib_module_names or _within(imported, self.allowed)

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line per import."""
        for line in check.metadata["forbidden"]:
            output.print_error(f"{line} is not allowed")


def _within(module: str, packages: list[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
