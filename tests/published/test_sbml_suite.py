"""A sample of the SBML semantic test suite: what is not refused in words is right. All of it: `sbml_suite.py`."""

from __future__ import annotations

import pytest

pytest.importorskip("libsbml")

from sbml_suite import VARIABLE, cases, find_suite, run_case

SUITE = find_suite()
EVERY = 18
# Of the cases in the scope of docs/published-models.md; the others use delays, algebraic rules or fast reactions.
MOST_REFUSED = 0.2


@pytest.mark.slow
@pytest.mark.skipif(SUITE is None, reason=f"the cases of the SBML test suite are not here; set {VARIABLE}")
def test_no_case_is_wrong_and_few_are_refused():
    assert SUITE is not None
    with cases(SUITE) as folders:
        found = [run_case(folder) for folder in folders[::EVERY]]
    assert [o for o in found if o.kind in ("wrong", "crashed")] == []
    assert sum(o.kind == "refused" for o in found) <= MOST_REFUSED * len(found)
