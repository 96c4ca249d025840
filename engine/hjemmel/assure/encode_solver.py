"""The door to z3: finds a case for which something holds, or proves that there is none."""

from __future__ import annotations

import importlib.util
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hjemmel.assure.encode_terms import Term, Valued, below_it, both, spread
from hjemmel.issues import DataNotFoundError, HjemmelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hjemmel.assure.encode_terms import Bit, Number


class SolverMissingError(DataNotFoundError):
    """The solver is an extra that is not installed."""

    code = "solver-missing"


class SolverGaveUpError(HjemmelError):
    """The solver found neither a case nor a proof in the time it was given."""

    code = "solver-gave-up"


def available() -> bool:
    """Return whether the solver is installed."""
    return importlib.util.find_spec("z3") is not None


class Solver:
    """What always holds, and the questions asked about the cases for which it does."""

    def __init__(self, assumed: Iterable[Bit] = (), *, seconds: int = 60) -> None:
        """Take what is *assumed*; give up on a question after so many *seconds*.

        Raises:
            SolverMissingError: the solver is not installed.
        """
        if not available():
            raise SolverMissingError("solver-missing")
        import z3  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, wanted only here

        self._z3: Any = z3
        self._context: Any = z3.main_ctx()
        self._known: dict[int, Any] = {}
        self._solver: Any = z3.SimpleSolver()  # fewer steps before the search: quicker here
        self._solver.set("timeout", seconds * 1000)
        self.assume(*assumed)

    def assume(self, *terms: Bit) -> None:
        """Let *terms* hold from now on."""
        together = both(*terms)
        if together is not True:
            self._solver.add(self.translated(together))

    @contextmanager
    def supposing(self, *terms: Bit) -> Iterator[None]:
        """Let *terms* hold for a while."""
        self._solver.push()
        try:
            self.assume(*terms)
            yield
        finally:
            self._solver.pop()

    def find(self, *wanted: Bit) -> Valued | None:
        """Return a case for which *wanted* holds, or nothing where it is proved that none is.

        Raises:
            SolverGaveUpError: neither was found in time.
        """
        together = both(*spread(wanted))
        if together is False:
            return None
        with self.supposing(together):
            answer = str(self._solver.check())
            if answer == "unknown":
                raise SolverGaveUpError("solver-gave-up")
            return self._valued() if answer == "sat" else None

    def _valued(self) -> Valued:
        model = self._solver.model()
        values: dict[str, bool | int] = {}
        for unknown in model:
            value = model[unknown]
            is_number = hasattr(value, "as_long")
            values[unknown.name()] = int(value.as_long()) if is_number else str(value) == "True"
        return Valued(values)

    # --- terms to the library's own -------------------------------------------------------

    def translated(self, root: Bit | Number) -> Any:  # noqa: ANN401 - the library has no types
        """Return *root* as an expression of the library."""
        if isinstance(root, Term) and root.number not in self._known:
            for term in below_it(root, known=self._known):
                self._known[term.number] = self._made(term)
        return self._argument(root)

    def _argument(self, arg: Bit | Number | str) -> Any:  # noqa: ANN401
        if isinstance(arg, Term):
            return self._known[arg.number]
        return self._z3.BoolVal(arg) if isinstance(arg, bool) else self._z3.IntVal(arg)

    def _made(self, term: Term) -> Any:  # noqa: ANN401
        z3 = self._z3
        if term.op == "bit":
            return z3.Bool(term.args[0])
        if term.op == "number":
            return z3.Int(term.args[0])
        args = [self._argument(arg) for arg in term.args]
        # The library's own `And` and `Or` look at every argument again: slow for so many.
        if term.op in {"and", "or"}:
            listed = (z3.Ast * len(args))(*(arg.as_ast() for arg in args))
            make = z3.Z3_mk_and if term.op == "and" else z3.Z3_mk_or
            return z3.BoolRef(make(self._context.ref(), len(args), listed), self._context)
        match term.op:
            case "not":
                made = z3.Z3_mk_not(self._context.ref(), args[0].as_ast())
                return z3.BoolRef(made, self._context)
            case "alike":
                return args[0] == args[1]
            case "pick":
                return z3.If(*args)
            case "up_to":
                return args[0] <= args[1]
            case "plus":
                return z3.Sum(args)
            case _:
                return args[0] - args[1]
