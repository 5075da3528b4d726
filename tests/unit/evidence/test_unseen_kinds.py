"""Records as another curator would write them: unnamed and unknown lines, agonists, knock-downs, specific T cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from abscopal import evidence, parameters, pipeline
from abscopal.evidence import Conversion

RADIATION = "rt: [{quality: photon_xray, dose_per_fraction_gy: 8, fractions: 3, target: primary}]"


@dataclass(frozen=True)
class Unseen:
    """A record of two arms: radiation, and radiation with `given`; what its study must hold."""

    tumour: str
    given: str = "drugs: [{drug: anti-PD-1, dose: 200 ug, route: ip}]"
    line: str = ""
    said: str = ""
    agent: str = ""
    product: str = ""
    change: str = ""
    host: str = "immunocompetent"


UNSEEN = {
    "no line": Unseen("null", line="tumour (unknown line)", said="the record names no line"),
    "several lines": Unseen("various tumour lines", line="tumour (unknown line)"),
    "an unknown line with its tissue": Unseen("QQ7 colon carcinoma", line="colon (unknown line)", said="n = 3"),
    "a line known by its tissue": Unseen("YUMMER1.7", line="melanoma (unknown line)", said="is not known"),
    "a tissue": Unseen("murine pancreatic tumours", line="pancreas (unknown line)"),
    "an unknown human line": Unseen(
        "patient-derived glioblastoma G-11", line="glioma (unknown human line)", host="nude"
    ),
    "a resistant subline": Unseen("LLC-R9", line="LLC", said="is not in the model"),
    "OX40": Unseen("CT26", "drugs: [{drug: agonist anti-OX40 (OX86), dose: 250 ug}]", agent="anti-OX40"),
    "4-1BB": Unseen("MC38", "drugs: [{drug: anti-4-1BB (3H3), dose: 100 ug}]", agent="anti-CD137"),
    "GITR": Unseen("MC38", "drugs: [{drug: DTA-1, dose: 500 ug}]", agent="anti-GITR"),
    "CD27": Unseen("B16-F10", "drugs: [{drug: anti-CD27 antibody}]", agent="anti-CD27"),
    "ICOS": Unseen("4T1", "drugs: [{drug: anti-ICOS}]", agent="anti-ICOS"),
    "LAG-3": Unseen("MC38", "drugs: [{drug: LAG-3 blockade}]", agent="anti-LAG-3"),
    "TIM-3": Unseen("GL261", "drugs: [{drug: αTIM-3 (RMT3-23)}]", agent="anti-TIM-3"),
    "TIGIT": Unseen("CT26", "drugs: [{drug: anti-TIGIT mAb}]", agent="anti-TIGIT"),
    "cGAS silenced": Unseen("TSA", "host_modification: shcGAS tumour", change="cGAS-STING knockout in the tumour"),
    "IFNAR1 lost by the tumour": Unseen(
        "MC38", "host_modification: MC38 IFNAR1-/- cells", change="IFNAR1 knockout in the tumour"
    ),
    "no MHC class I": Unseen("CT26", "host_modification: B2M KO tumour", change="MHC class I knockout in the tumour"),
    "no PD-L1": Unseen("MC38 PD-L1-/-", change="PD-L1 knockout in the tumour", said="PD-L1 knockout"),
    "no PD-1": Unseen("MC38", "host_modification: Pdcd1-/- mice", change="PD-1 knockout"),
    "OT-I": Unseen(
        "MC38-OVA", "cells: [{kind: activated OT-I, number: 2.0e+6, days: [1]}]", "MC38-OVA",
        product="tumour-specific CD8 T cells",
    ),
    "naive pmel-1": Unseen(
        "B16-F10", "cells: [{kind: naive pmel-1, number: 1.0e+6, days: [-1]}]",
        product="naive tumour-specific CD8 T cells",
    ),
    "immune donors": Unseen(
        "4T1-HA", "cells: [{kind: CD8 T cells from cured mice, number: 5.0e+6}]", "4T1-HA",
        said="of a mouse that rejected", product="tumour-specific CD8 T cells",
    ),
}  # fmt: skip
Convert = Callable[[str], Conversion]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    def converted(name: str) -> Conversion:
        one = UNSEEN[name]
        path = tmp_path / "record.yaml"
        path.write_text(
            f"id: unseen\nkind: in_vivo\nmodel: {{species: mouse, tumour: {one.tumour}, host: {one.host}}}\nclock: rt\n"
            f"arms:\n- {{id: RT, {RADIATION}}}\n- {{id: RT+X, {RADIATION}, {one.given}}}\n"
            "claims: [{id: c, metric: primary_tumour, better_arm: RT+X, worse_arm: RT, relation: '>', basis: abs}]\n",
            encoding="utf-8",
        )
        (found,) = evidence.convert(evidence.read_record(path))
        return found

    return converted


@pytest.mark.parametrize("name", UNSEEN)
def test_an_unseen_record_is_covered_and_holds_what_was_meant(convert: Convert, name: str) -> None:
    wanted, found = UNSEEN[name], convert(name)
    assert [(c.covered, c.reason) for c in found.claims] == [(True, "")]
    assert found.study is not None
    arm = found.study.arm("RT+X")
    assert found.study.tumour == wanted.line or not wanted.line
    assert wanted.agent in [course.agent for course in arm.drugs] or not wanted.agent
    assert wanted.product in [course.product for course in arm.cells] or not wanted.product
    assert wanted.change in found.study.host_changes("RT+X") or not wanted.change
    assert any(wanted.said in why for _, _, why in found.filled)


@pytest.mark.slow
@pytest.mark.parametrize("name", UNSEEN)
def test_an_unseen_record_is_simulated(convert: Convert, name: str) -> None:
    study = convert(name).study
    assert study is not None
    short = study.model_copy(update={"cohort": study.cohort.model_copy(update={"size": 2})})
    volumes = pipeline.run(short).data["volume"].sel(site="primary")
    assert bool(np.isfinite(volumes).all())


def test_arms_of_specific_cells_of_donors_get_the_share_that_is_specific(convert: Convert) -> None:
    study = convert("immune donors").study
    assert study is not None
    (cells,) = study.arm("RT+X").cells
    assert 0.0 < cells.number_cells < 0.2 * 5.0e6


@pytest.mark.parametrize("change", ["MyD88-/-", "perforin-/-", "autophagy-deficient tumour", "TLR4 KO", "aged"])
def test_changes_without_a_counterpart_stay_refused(change: str) -> None:
    from abscopal.evidence.curation.names import NotCovered, host_change_of

    with pytest.raises(NotCovered, match="is not in the model"):
        host_change_of(change)


def test_every_entry_of_the_tables_leads_to_the_catalogue() -> None:
    from abscopal.evidence.tables import table

    unknown = table("unknown_lines.yaml")
    for row in (*unknown["tissues"].values(), unknown["any"]):
        for origin in ("mouse", "human"):
            assert parameters.about_line(row[origin])["drawn_from"]["n"] > 0
    for row in table("gene_changes.yaml")["genes"]:
        for place in ("tumour", "host", "gain"):
            assert row.get(place) is None or parameters.entry("hosts", row[place])
