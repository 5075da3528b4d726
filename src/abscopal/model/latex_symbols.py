"""The symbol of everything in a model as LaTeX: no two things of a model have the same one."""

from __future__ import annotations

import re
from collections import Counter

from abscopal import parameters
from abscopal.model.language import ARGUMENT_PREFIX, PARAMETER_PREFIX, AssembledModel

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta",
    "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_SPECIAL = {
    **{c: f"\\{c}" for c in "_%&#${} "},
    "\\": r"\backslash ", "~": r"\sim ", "^": r"\wedge ",
}  # fmt: skip
_SIGNS = {
    **{c: f"\\{c}" for c in "_%&#${}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"$<$", ">": r"$>$",
    "→": r"$\to$", "×": r"$\times$", "−": "$-$", "–": "--", "µ": r"$\mu$", "²": "$^2$", "³": "$^3$", "≥": r"$\ge$",
    "≤": r"$\le$", "°": r"$^\circ$", "±": r"$\pm$", "’": "'", "·": r"$\cdot$", "⁻": "$^-$", "½": r"$\frac12$",
}  # fmt: skip


class LatexSymbols:
    """Symbols of one model: the declared letter of a parameter, upright words for the rest, the place as an index.

    Where several parameters are declared with one letter and index, the index is the parameter's name instead.
    """

    def __init__(self, model: AssembledModel) -> None:
        bases = {name.partition("@")[0] for name in model.parameter_names}
        declared = parameters.shared()
        letters = Counter(_plain(declared[b].symbol) for b in bases)
        self._symbols = {b: declared[b].symbol for b in bases}
        self._shared = frozenset(b for b in bases if letters[_plain(declared[b].symbol)] > 1)

    def of(self, name: str) -> str:
        """The symbol of a parameter (`p:NAME@PLACE`), of an argument (`e:NAME`), of a stock or a quantity."""
        base, _, place = name.removeprefix(PARAMETER_PREFIX).removeprefix(ARGUMENT_PREFIX).partition("@")
        if name.startswith(PARAMETER_PREFIX):
            letter, _, index = self._symbols[base].partition("_")
            index = base if base in self._shared else index
            written = "".join(rf"\{_GREEK[c]} " if c in _GREEK else math_text(c) for c in letter).strip()
        else:
            written, index = rf"\mathrm{{{math_text(base)}}}", ""
            if name.startswith(ARGUMENT_PREFIX):
                index = "given"
        indices = ",".join(math_text(part) for part in (index, place) if part)
        return rf"{written}_{{\mathrm{{{indices}}}}}" if indices else written

    def flow(self, number: int) -> str:
        """The symbol of a flow."""
        return f"J_{{{number}}}"

    def after(self, state: str, number: int) -> str:
        """The symbol of what a state is right after an event."""
        return rf"{{{self.of(state)}}}^{{E_{{{number}}}}}"


def math_text(text: str) -> str:
    """Words inside of `\\mathrm`: what is special there escaped, Greek letters by their names."""
    return "".join(rf"\{_GREEK[c]} " if c in _GREEK else _SPECIAL.get(c, c) for c in text)


def _plain(symbol: str) -> str:
    """A declared symbol as a reader sees it: `k_A` and `k_{A}` are one."""
    return re.sub(r"[{}]", "", symbol)


def latex_text(text: str) -> str:
    """Words of the running text: what is special there escaped, what the fonts lack written in their own signs."""
    written = []
    for c in text:
        if c in _GREEK:
            written.append(rf"$\{_GREEK[c]}$")
        else:
            written.append(_SIGNS.get(c, c))
    # Names such as `anti_PD_L1@irradiated` may break after their joints.
    return re.sub(r"(\\_|@)", r"\1\\allowbreak{}", "".join(written))
