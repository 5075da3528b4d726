"""The human side of the catalogue: complete values, scaling by mass, clinical antibodies against published numbers."""

from __future__ import annotations

import math

import pytest

from abscopal import parameters, study, units
from abscopal.errors import InputError
from abscopal.parameters import Parameter
from abscopal.study.checks.hosts import missing_kinetics
from abscopal.vocabulary import MOUSE

HUMAN = "human"
TUMOURS = tuple(name for name in parameters.lines() if parameters.host_of(name) == HUMAN)
# Numbers of cells and volumes that a heavier body has no more of: each with the reason.
NOT_OF_THE_BODY = {
    "interferon_gain": "a signal per cell",
    "hypoxia_half_volume": "a distance within a tumour: how far oxygen reaches",
    "stroma_volume": "a rim around a nodule",
    "stroma_onset_volume": "a nodule",
    "reference_volume": "where a doubling time holds; replaced",
    "drug_volume": "replaced",
}
# Agents of experiments in mice, whose kinetics in patients nobody has written down yet: refused in a patient.
MOUSE_ONLY = {"CCR2 antagonist", "niclosamide", "RNA-LPX vaccine", "antigen vaccine", "L19-IL2", "IL-2", "GM-CSF"}


def _replaced() -> list[tuple[str, Parameter]]:
    found = [*parameters.values_of("species", HUMAN).items()]
    for kind, names in (("lines", TUMOURS), ("agents", parameters.agents()), ("products", parameters.products())):
        for name in names:
            if kind == "agents" and missing_kinetics(name, HUMAN):
                continue  # refused in a patient
            found += [(f"{name}.{key}", p) for key, p in parameters.values_of(kind, name, HUMAN).items()]
    return found


@pytest.mark.parametrize(("name", "declared"), _replaced(), ids=lambda v: v if isinstance(v, str) else "")
def test_every_human_value_is_within_its_bounds_and_says_its_source(name: str, declared: Parameter) -> None:
    low, high = declared.bounds
    assert low <= declared.value <= high, f"{declared.value} is not in {declared.bounds}"
    assert low < high
    assert 0.0 <= declared.spread.between_subjects.width < 1.5
    assert 0.0 <= declared.spread.uncertainty.width < 1.5
    source = declared.source
    if source.kind == "assumed":
        assert len(source.note.split()) >= 2
    else:
        assert source.cite in parameters.citations()
        assert source.where.strip()


def test_cell_numbers_of_the_body_scale_with_its_mass() -> None:
    about = parameters.entry("species", HUMAN).about
    mouse_g = parameters.entry("species", MOUSE).about["body_weight_g"]
    assert about["scaled"]["factor"] == about["body_weight_g"] / mouse_g
    human, shared = parameters.in_species(HUMAN), parameters.shared()
    for name in about["scaled"]["parameters"]:
        assert human[name].value == pytest.approx(3500 * shared[name].value)
        assert human[name].bounds == pytest.approx([3500 * bound for bound in shared[name].bounds])
        assert human[name].spread == shared[name].spread
    # What is relative to a body's own number must move with it: a healthy patient's brake is as strong as a mouse's.
    for body in (human, shared):
        assert body["treg_node_baseline"].value == body["treg_node_reference"].value
    # Concentrations and rates of a single cell do not scale.
    for name in ("kill_rate", "drug_affinity", "treg_half_density", "division_density_half", "activation_rate"):
        assert human[name] == shared[name]


def test_every_number_of_cells_is_scaled_or_said_not_to_be() -> None:
    """A new mechanism with a cell number must say what a heavier body does to it."""
    scaled = set(parameters.entry("species", HUMAN).about["scaled"]["parameters"])
    replaced = set(parameters.entry("species", HUMAN).values)
    extensive = {n for n, p in parameters.shared().items() if p.unit in ("cells", "cells/day", "mm3", "mL", "L")}
    assert extensive - scaled - replaced - set(NOT_OF_THE_BODY) == set()


def test_the_mouse_is_the_shared_set() -> None:
    assert dict(parameters.in_species(MOUSE)) == dict(parameters.shared())
    assert parameters.values_of("agents", "pembrolizumab") == parameters.values_of("agents", "anti-PD-1")


# Published: half-life [d], volume at steady state [L], and the trough [mg/L] of a dose [mg] every so many days.
ANTIBODIES = [
    ("pembrolizumab", 22, 6.0, None),
    ("nivolumab", 25, 6.8, None),
    ("atezolizumab", 27, 6.91, (1200, 21, 179)),
    ("durvalumab", 18, 5.64, None),
    ("avelumab", 6.1, 4.0, None),
    ("ipilimumab", 15.4, 7.26, (3 * 70, 21, 19.4)),
    ("tremelimumab", 14.2, 6.33, None),
]


@pytest.mark.parametrize(("agent", "half_life", "volume", "trough"), ANTIBODIES, ids=[a[0] for a in ANTIBODIES])
def test_antibodies_have_their_published_kinetics(
    agent: str, half_life: float, volume: float, trough: tuple[float, float, float] | None
) -> None:
    kinetics = parameters.values_of("agents", agent, HUMAN)
    rate, litres = kinetics["drug_elimination_rate"].value, kinetics["drug_volume"].value
    assert math.log(2) / rate == pytest.approx(half_life, rel=0.01)
    assert litres == pytest.approx(volume, rel=0.01)
    if trough is not None:
        dose_mg, every_days, published = trough
        left = math.exp(-rate * every_days)
        # One compartment stands for the two of the published model: right in order, not in detail.
        assert dose_mg / litres * left / (1 - left) == pytest.approx(published, rel=0.4)


def test_accumulation_of_pembrolizumab_is_as_in_its_label() -> None:
    rate = parameters.values_of("agents", "pembrolizumab", HUMAN)["drug_elimination_rate"].value
    assert 1 / (1 - math.exp(-21 * rate)) == pytest.approx(2.1, rel=0.05)


def test_the_tumour_types_of_the_trials_are_there() -> None:
    wanted = ("NSCLC", "SCLC", "HNSCC", "NPC", "cervix", "GBM", "melanoma", "HCC", "oesophagus", "rectum", "prostate")
    more = ("pancreatic cancer", "sarcoma", "DLBCL", "myeloma")
    found = {parameters.canonical("lines", name) for name in (*wanted, *more)}
    assert found == set(TUMOURS)
    for name in TUMOURS:
        declared = parameters.values_of("lines", name)
        assert 20 <= declared["doubling_time"].value <= 1500
        assert 1 <= declared["alpha_photon"].value / declared["beta_photon"].value <= 12
        assert parameters.about_line(name)["class"] in ("hot", "intermediate", "cold")


def test_antigens_of_tumours_say_their_source() -> None:
    rows = [
        (name, antigen, row)
        for name in parameters.lines()
        for antigen, row in parameters.about_line(name).get("antigens", {}).items()
        if "source" in row
    ]
    assert {"CD19", "BCMA", "sLeA", "GD2", "EGFR"} <= {antigen for _, antigen, _ in rows}
    for _, _, row in rows:
        assert 100 <= row["density"] <= 1e6
        assert 0 <= row["negative_share"] < 1
        cited = row["source"].get("cite")
        assert (cited in parameters.citations()) if cited else row["source"]["note"]


def test_agents_without_human_kinetics_are_known_and_refused() -> None:
    lacking = {agent for agent in parameters.agents() if missing_kinetics(agent, HUMAN)}
    assert not {agent for agent, *_ in ANTIBODIES} & lacking
    assert {"pembrolizumab", "durvalumab", "ipilimumab"}.isdisjoint(lacking)
    for agent in lacking & MOUSE_ONLY:
        with pytest.raises(InputError, match="no kinetics of a human"):
            _patient(drugs=[{"agent": agent, "dose": "1 mg", "days": "0 d"}])


def _patient(tumour: str = "NSCLC", drugs: list[dict[str, str]] | None = None, **more: object) -> study.Study:
    return study.from_dict(
        {
            "abscopal": 1,
            "study": "patient",
            "host": {"species": "human"},
            "tumour": tumour,
            "sites": {"primary": {"start_volume": {"value": "20 cm3", "day": "0 d"}}},
            "arms": {"control": {}, "drug": {"drugs": drugs or []}},
            "control": "control",
            **more,
        }
    )


def test_a_patient_has_defaults_of_a_patient() -> None:
    chosen = _patient(drugs=[{"agent": "Keytruda", "dose": "2 mg/kg", "days": "0 d"}])
    assert chosen.host.body_weight_g == 70_000
    assert chosen.arm("drug").drugs[0].route == "iv"
    assert chosen.endpoints.survival.volume_limit_mm3 > 100 * 1500
    assert chosen.endpoints.response.complete_below_mm3 == 100
    (site,) = chosen.sites
    doubling = parameters.values_of("lines", "NSCLC")["doubling_time"].value
    # a tumour of 20 cm3, twice the size at which the doubling time holds
    exponent = parameters.in_species("human")["growth_exponent"].value
    assert site.inoculated_day == -round(3 * doubling * 2**exponent)
    assert "nobody inoculated" in {f.key: f.why for f in chosen.defaults_filled}["sites.primary.inoculated"]


@pytest.mark.parametrize(("tumour", "days"), [("glioblastoma", 117), ("prostate cancer", 730)])
def test_slow_tumours_are_seeded_earlier_up_to_two_years(tumour: str, days: float) -> None:
    assert _patient(tumour).sites[0].inoculated_day == -days


def test_a_tumour_and_its_host_are_of_one_species() -> None:
    with pytest.raises(InputError, match="CT26 does not grow in a human"):
        _patient("CT26")
    with pytest.raises(InputError, match="NSCLC does not grow in a mouse"):
        _patient(host={"species": "mouse"})


def test_overrides_are_held_against_the_bounds_of_the_species() -> None:
    text = "5e6 cells"  # 2,500 times what a mouse has
    chosen = _patient(parameters={"cd8_precursors": text})
    assert chosen.parameters[0].value == units.parse_quantity(text, "cells")
    with pytest.raises(InputError, match="out of the range"):
        _patient(parameters={"cd8_precursors": "1 cells"})
