"""Exit codes are named: a bare number says nothing to whoever reads the command."""

import ast
from collections.abc import Iterator

from tests.packaging.tree import ROOT


def bare(node: ast.expr | None) -> bool:
    """Whether a number is given, or may be."""
    if isinstance(node, ast.IfExp):
        return bare(node.body) or bare(node.orelse)
    return isinstance(node, ast.Constant) and type(node.value) is int


def exits(tree: ast.Module) -> Iterator[ast.Return | ast.Call]:
    """What a command gives back, and where a parser leaves."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.unparse(node.returns or node) == "int":
            yield from (one for one in ast.walk(node) if isinstance(one, ast.Return))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".exit"):
            yield node


def test_no_command_gives_a_bare_number() -> None:
    found = []
    for path in sorted((ROOT / "console" / "cli").glob("*.py")):
        for node in exits(ast.parse(path.read_text())):
            given = node.value if isinstance(node, ast.Return) else next(iter(node.args), None)
            if bare(given):
                found.append(f"{path.name}:{node.lineno}: {ast.unparse(node)}")
    assert found == []
