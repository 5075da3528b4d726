"""From records to studies: what is given as stated, what is filled in, what is not covered, and what never matters."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest

from abscopal import evidence, study
from abscopal.evidence.conversion import Conversion
from abscopal.evidence.curation.defaults import default_at
from abscopal.evidence.curation.readouts import missing_variables
from abscopal.evidence.records import Record
from abscopal.evidence.writing import study_text
from abscopal.vocabulary import MOUSE


def one(record: Record, **options) -> Conversion:
    (conversion,) = evidence.convert(record, **options)
    return conversion


def courses(conversion: Conversion, arm: str, kind: str):
    return getattr(conversion.study.arm(arm), kind)


# --- every record of the catalogue


@pytest.fixture(scope="module")
def conversions():
    return [(record, c) for record in evidence.catalogue() for c in evidence.convert(record)]


def test_every_record_converts_or_says_why_not(conversions):
    assert {record.id for record, _ in conversions} == {record.id for record in evidence.catalogue()}
    for record, conversion in conversions:
        assert [claim.claim_id for claim in conversion.claims] == [claim.id for claim in record.claims]
        assert {*conversion.arms, *conversion.not_covered} == {arm.id for arm in record.arms}
        assert not {*conversion.arms} & {*conversion.not_covered}
        assert all(conversion.not_covered.values())
        assert all(claim.covered or claim.reason for claim in conversion.claims)
        assert (conversion.study is None) == bool(conversion.reason)
        assert not conversion.reason.startswith("cannot be written")


def test_every_readout_is_one_that_the_model_shows(conversions):
    """Every covered claim is read at variables and a site that its study, or the model at large, has."""
    seen = set()
    for record, conversion in conversions:
        for claim in conversion.claims:
            if claim.covered and claim.readout:
                sites = {site.name for site in conversion.study.sites}
                assert claim.site is None or claim.site in sites, (record.id, claim)
                assert missing_variables(claim.readout, conversion.study) == (), (record.id, claim)
                seen.add(claim.readout)
    assert len(seen) > 15


@pytest.mark.slow
def test_every_study_is_written_as_a_file_that_says_the_same(conversions):
    for record, conversion in conversions:
        text = study_text(conversion, record)
        assert all(arm in text for arm in conversion.not_covered)
        if conversion.study is None:
            assert all(line.startswith("#") for line in text.splitlines())
            continue
        read = study.parse(text, record.id)
        plain = read.model_copy(update={"published": (), "left_out": ()})
        assert plain.model_dump() == conversion.study.model_dump(), record.id
        assert len(read.published) == sum(claim.covered for claim in conversion.claims)
        assert {row.arm for row in read.left_out} == set(conversion.not_covered)


@pytest.mark.slow
def test_every_draw_makes_a_study():
    for record in evidence.catalogue():
        for draw in range(4):
            for central, drawn in zip(evidence.convert(record), evidence.convert(record, draw=draw), strict=True):
                assert (central.study is None) == (drawn.study is None), (record.id, drawn.reason)
                assert central.claims == drawn.claims


def test_coverage_is_at_least_what_was_reached():
    """Claims covered by at least one line, of those not from memory; falls only if something is lost."""
    covered: Counter[str] = Counter()
    for record in evidence.catalogue():
        each = [c.claims for c in evidence.convert(record)]
        for i, claim in enumerate(record.claims):
            if claim.basis != "mem" and any(claims[i].covered for claims in each):
                covered["marker" if claim.is_marker else "outcome"] += 1
    assert covered["outcome"] >= 98
    assert covered["marker"] >= 95


# --- what never matters


def renamed(record: Record) -> Record:
    """The record with its id, the order and the names of its arms changed."""
    names = {arm.id: f"group {i}" for i, arm in enumerate(record.arms)}
    arms = tuple(dataclasses.replace(arm, id=names[arm.id]) for arm in reversed(record.arms))
    claims = tuple(
        dataclasses.replace(c, better_arm=names[c.better_arm], worse_arm=names[c.worse_arm]) for c in record.claims
    )
    return dataclasses.replace(record, id="other", arms=arms, claims=claims)


def nameless(conversion: Conversion, record: Record) -> dict[str, object]:
    """A conversion without the names of its record and arms: arms by what is done to them."""
    chosen = conversion.study
    if chosen is None:
        return {"reason": [word for word in conversion.reason.split() if word.isalpha()]}
    arms = {arm.name: arm.model_dump_json(exclude={"name", "note"}) for arm in chosen.arms}
    rest = chosen.model_dump(exclude={"name", "title", "source", "arms", "control", "compare"})
    claims = [(c.covered, c.readout, c.site) for c in conversion.claims]
    sides = [sorted([arms[conversion.arms[a]], arms[conversion.arms[b]]]) for a, b in _pairs(conversion, record)]
    return {
        "rest": rest,
        "arms": sorted(arms.values()),
        "control": arms[chosen.control],
        "claims": claims,
        "sides": sides,
        "group": conversion.group_size,
        "filled": sorted((value, why) for _, value, why in conversion.filled),
    }


def _pairs(conversion, record):
    return [
        (claim.better_arm, claim.worse_arm)
        for claim, converted in zip(record.claims, conversion.claims, strict=True)
        if converted.covered
    ]


@pytest.mark.slow
@pytest.mark.parametrize("draw", [None, 3])
def test_names_and_order_change_nothing_but_names(draw):
    for record in evidence.catalogue():
        other = renamed(record)
        before, after = evidence.convert(record, draw=draw, seed=5), evidence.convert(other, draw=draw, seed=5)
        assert [nameless(c, record) for c in before] == [nameless(c, other) for c in after], record.id


def test_the_study_does_not_say_which_arm_was_better(record):
    swapped = ("  better_arm: RT+PDL1\n  worse_arm: RT\n", "  better_arm: RT\n  worse_arm: RT+PDL1\n")
    assert one(record()).study == one(record(swapped)).study
    assert one(record()).study == one(record(("'>'", "'~'"), ("p: <0.01", "effect: {RT: 1}"))).study
    assert one(record()).study.published == ()


# --- what is stated, and what is filled in


def test_stated_days_doses_and_routes_are_kept():
    conversion = evidence.convert(evidence.find("dewan2009_fractionation_ctla4"))[0]
    (radiation,) = courses(conversion, "3x8+CTLA4", "radiation")
    (drug,) = courses(conversion, "3x8+CTLA4", "drugs")
    assert (radiation.days, radiation.dose_per_fraction_gy) == ((12.0, 13.0, 14.0), 8.0)
    assert (drug.agent, drug.days, drug.dose.value) == ("anti-CTLA-4", (14.0, 17.0, 20.0), 200.0)
    assert conversion.study.clock == "inoculation"
    assert conversion.study.site("primary").inoculum_cells == 1e5  # stated, as `1e5 (memory)`
    assert [site.inoculated_day for site in conversion.study.sites] == [0.0, 2.0]


def test_gaps_are_filled_by_the_declared_defaults_and_listed(record):
    conversion = one(record())
    (drug,) = courses(conversion, "RT+PDL1", "drugs")
    (radiation,) = courses(conversion, "RT+PDL1", "radiation")
    assert radiation.days == (0.0, 1.0, 2.0)
    assert (drug.dose.value, drug.dose.unit, drug.route, drug.days) == (200.0, "ug", "ip", (0.0, 3.0, 6.0))
    primary = conversion.study.site("primary")
    assert (primary.inoculated_day, primary.start_volume.value_mm3, primary.start_volume.day) == (-9.0, 75.0, 0.0)
    assert conversion.study.endpoints.survival.volume_limit_mm3 == 1500
    assert conversion.study.follow_up_days == 60
    assert conversion.group_size == 10
    listed = {key for key, _, _ in conversion.filled}
    assert {
        "arms.RT+PDL1.drugs[0].dose",
        "arms.RT+PDL1.drugs[0].days",
        "arms.RT.radiation[0].days",
        "sites.primary.inoculum",
        "sites.primary.start_volume",
        "endpoints.survival.volume_limit",
        "follow_up",
    } <= listed
    assert all(value and why for _, value, why in conversion.filled)


def test_nothing_stated_is_listed_as_filled(record):
    stated = record(("days: null}", "days: [1, 4]}"), ("dose: null, route: null", "dose: 10 mg/kg, route: iv"))
    listed = {key for key, _, _ in one(stated).filled}
    assert not any("drugs" in key for key in listed)


def test_draws_repeat_differ_and_stay_within_their_laws(record):
    plain = record()
    drawn = [one(plain, draw=i, seed=1) for i in range(40)]
    assert drawn[3].study == one(plain, draw=3, seed=1).study
    assert drawn[3].study != one(plain, draw=3, seed=2).study
    days = Counter(c.study.site("primary").inoculated_day for c in drawn)
    assert set(days) == {-7.0, -8.0, -9.0, -10.0}
    volumes = [c.study.site("primary").start_volume.value_mm3 for c in drawn]
    assert min(volumes) >= 50
    assert max(volumes) <= 100
    assert len(set(volumes)) > 20
    assert {c.group_size for c in drawn} <= set(range(5, 16))


def test_arms_of_a_record_share_each_draw():
    conversion = evidence.convert(evidence.find("barsoumian2020_radscopal"), draw=7)[0]
    drugs = [arm.drugs for arm in conversion.study.arms]
    assert drugs[0] == drugs[1]


def test_defaults_can_be_replaced_and_are_checked(record, tmp_path):
    from abscopal.errors import InputError
    from abscopal.evidence import tables
    from abscopal.statistics.conventions import group_size_rows

    chosen = evidence.declared()
    items = dict(chosen.items)
    items["radiation_volume"] = dataclasses.replace(items["radiation_volume"], value=60.0)
    other = one(record(), defaults=evidence.DefaultSet("mine", items))
    assert other.study.site("primary").start_volume.value_mm3 == 60
    assert other.defaults_id == "mine"
    path = tmp_path / "defaults.yaml"
    path.write_text(
        "id: x\ndefaults:\n  radiaton_day: {unit: d, value: 9, source: {kind: assumed, note: x}}\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="unknown default 'radiaton_day'"):
        evidence.declared(path)
    assert {*tables.table("defaults.yaml")["defaults"], *group_size_rows()} == set(items)


def test_every_default_is_within_its_own_distribution():
    for item in evidence.declared().items.values():
        distribution = item.spread.uncertainty
        assert item.source.kind == "assumed", item.name
        if distribution.family == "choice":
            assert item.value in distribution.values, item.name
        elif distribution.varies(item.value):
            low, high = distribution.ends()
            assert low <= item.value <= high, item.name
            assert low <= default_at(item, 0.001) <= default_at(item, 0.999) <= high, item.name


# --- timing in words

TIMES = [
    ("", (0.0, 3.0, 6.0)),
    ("before, with and after RT", (-3.0, 0.0, 3.0)),
    ("with and after RT", (0.0, 3.0, 6.0)),
    ("after RT", (3.0, 6.0, 9.0)),  # a day after the last of three daily fractions
    ("before RT", (-3.0,)),
    ("every 2 d x5", (0.0, 2.0, 4.0, 6.0, 8.0)),
    ("after RT, every 4 days x2", (3.0, 7.0)),
    ("without others", (0.0, 3.0, 6.0)),  # "without" is not "with"
]


@pytest.mark.parametrize(("note", "days"), TIMES)
def test_words_of_a_note_place_a_drug(record, note, days):
    filled = record(("days: null}", f"days: null, note: '{note}'}}"))
    assert courses(one(filled), "RT+PDL1", "drugs")[0].days == days


def test_a_start_day_begins_a_course_but_a_day_alone_is_one_injection(record):
    start = record(("days: null}", "days: [1], note: start with RT}"))
    assert courses(one(start), "RT+PDL1", "drugs")[0].days == (1.0, 4.0, 7.0)
    alone = record(("days: null}", "days: [1]}"))
    assert courses(one(alone), "RT+PDL1", "drugs")[0].days == (1.0,)


KINDS = [
    ("anti-PD-1", 200, "ug", 3, 3),
    ("fingolimod", 3, "mg/kg", 1, 10),
    ("Flt3-L", 10, "ug", 3, 3),
    ("antigen vaccine", 50, "ug", 3, 3),
]


@pytest.mark.parametrize(("drug", "dose", "unit", "every", "times"), KINDS)
def test_each_kind_of_drug_has_its_own_defaults(record, drug, dose, unit, every, times):
    (given,) = courses(one(record(("drug: anti-PD-L1", f"drug: {drug}"))), "RT+PDL1", "drugs")
    assert (given.dose.value, given.dose.unit) == (dose, unit)
    assert given.days == tuple(float(every * i) for i in range(times))


def test_how_often_may_stand_where_the_dose_belongs(record):
    often = record(("drug: anti-PD-L1, dose: null", "drug: Flt3-L, dose: daily x10"))
    assert courses(one(often), "RT+PDL1", "drugs")[0].days == tuple(map(float, range(10)))


def test_a_dose_as_above_is_that_of_the_other_arm(record):
    other = "- id: PDL1\n  drugs:\n  - {drug: anti-PD-L1, dose: 150 ug, route: iv, days: null}\nclaims:\n"
    found = one(record(("claims:\n", other), ("dose: null, route", "dose: as above, route")))
    assert courses(found, "RT+PDL1", "drugs")[0].dose.value == 150


def test_days_that_only_another_arm_states_hold_where_the_dose_refers_to_it(record):
    other = "- id: PDL1\n  drugs:\n  - {drug: anti-PD-L1, dose: 150 ug, route: iv, days: null, note: before}\nclaims:\n"
    for dose in ("null", "as above"):
        found = one(record(("claims:\n", other), ("dose: null, route", f"dose: {dose}, route")))
        assert courses(found, "RT+PDL1", "drugs")[0].days == courses(found, "PDL1", "drugs")[0].days
        assert max(courses(found, "RT+PDL1", "drugs")[0].days) < 0.0


def test_doses_stated_as_isoeffective_set_the_rbe_of_every_such_course(record):
    """Also in an arm that does not repeat the words; not where the numbers of fractions differ."""
    x_rays = (
        "{quality: photon_xray, dose_per_fraction_gy: 8, fractions: 3, let_kev_um: null, days: null, target: primary"
    )
    carbon = "{quality: carbon, dose_per_fraction_gy: 5, fractions: 3, let_kev_um: 70, days: null, target: primary"
    arm, relation = "- id: {}\n  rt:\n  - {}}}\n", ", dose_relation: isoeffective"
    text = arm.format("C", carbon + relation) + arm.format("C again", carbon)
    stated = (f"- id: RT\n  rt:\n  - {x_rays}}}\n", arm.format("RT", x_rays + relation) + text)
    found = one(record(stated))
    for name in ("C", "C again"):
        assert courses(found, name, "radiation")[0].isoeffective_photon_dose_gy == 8
    assert courses(found, "RT", "radiation")[0].isoeffective_photon_dose_gy is None
    for other in (stated[1].replace(relation, ""), stated[1].replace("fractions: 3, let_kev_um: 70", "let_kev_um: 70")):
        assert courses(one(record((stated[0], other))), "C", "radiation")[0].isoeffective_photon_dose_gy is None


def test_drugs_and_cells_into_the_tumour_name_it(record):
    found = one(record(("dose: null, route: null", "dose: null, route: intratumoral")))
    (given,) = courses(found, "RT+PDL1", "drugs")
    assert (given.route, given.target) == ("it", ("primary",))


def test_a_vaccine_of_cells_among_the_drugs_is_given_as_cells(record):
    found = one(record(("drug: anti-PD-L1", "drug: GVAX")))
    (given,) = courses(found, "RT+PDL1", "cells")
    assert (given.product, given.route) == ("GM-CSF-secreting cell vaccine", "sc")
    assert not courses(found, "RT+PDL1", "drugs")


def test_one_arm_says_what_another_leaves_open():
    conversion = evidence.convert(evidence.find("deng2014_pdl1"))[0]
    alone, combined = (courses(conversion, arm, "drugs")[0] for arm in ("PDL1", "IR+PDL1"))
    assert alone.days == combined.days == (0.0, 3.0, 6.0, 9.0)  # every 3 d x4 is stated for the first only


def test_a_dose_stated_in_one_arm_holds_for_another_but_not_if_two_differ(record):
    alone = "- id: PDL1{n}\n  drugs:\n  - {{drug: anti-PD-L1 10F.9G2, dose: {dose} ug, route: iv, days: null}}\n"
    once = record(("claims:\n", alone.format(n=1, dose=150) + "claims:\n"))
    (drug,) = courses(one(once), "RT+PDL1", "drugs")
    assert (drug.dose.value, drug.route) == (150.0, "iv")
    twice = record(("claims:\n", alone.format(n=1, dose=150) + alone.format(n=2, dose=300) + "claims:\n"))
    assert courses(one(twice), "RT+PDL1", "drugs")[0].dose.value == 200.0


def test_a_drug_alone_is_given_when_the_combination_is(record):
    third = "- id: PDL1\n  drugs:\n  - {drug: anti-PD-L1, dose: null, route: null, days: null, note: after RT}\nclaims:"
    filled = record(("days: null}", "days: null, note: after RT}"), ("claims:", third))
    conversion = one(filled)
    assert courses(conversion, "PDL1", "drugs") == courses(conversion, "RT+PDL1", "drugs")


def test_a_clock_of_radiation_begins_at_the_first_fraction(record):
    later = record(("days: null, target", "days: [2, 3, 4], target"))
    conversion = one(later)
    assert conversion.study.clock == "first_fraction"
    assert courses(conversion, "RT", "radiation")[0].days == (0.0, 1.0, 2.0)
    assert courses(conversion, "RT+PDL1", "drugs")[0].days == (0.0, 3.0, 6.0)


def test_two_fractions_on_a_day_are_hours_apart(record):
    twice = record(("fractions: 3", "fractions: 4"), ("days: null, target", "days: [0, 0, 1, 1], target"))
    assert courses(one(twice), "RT", "radiation")[0].days == (0.0, 0.25, 1.0, 1.25)
    assert any(key == "arms.RT.radiation[0].days" for key, _, _ in one(twice).filled)


# --- sites


def sites_of(record: Record) -> list[str]:
    return [site.name for site in one(record).study.sites]


@pytest.mark.parametrize(
    ("metric", "sites", "readout", "site"),
    [
        ("primary_tumour", ["primary"], "volume", "primary"),
        ("survival", ["primary"], None, None),
        ("abscopal", ["primary", "distant"], "volume", "distant"),
        ("metastasis", ["primary", "metastasis"], "volume", "metastasis"),
        ("rejection", ["primary", "rechallenge"], "volume", "rechallenge"),
        ("marker:CD8_TIL", ["primary"], "cd8_density", "primary"),
        ("marker:CD8_CD4_unirradiated", ["primary", "distant"], "cd8_density & cd4/volume", "distant"),
        ("marker:circulating_lymphocytes", ["primary"], "blood_lymphocytes", None),
        ("marker:PD-L1", ["primary"], "pdl1", "primary"),
    ],
)
def test_a_claim_brings_its_site_and_readout(record, metric, sites, readout, site):
    changed = record(("primary_tumour", f"'{metric}'"))
    assert sites_of(changed) == sites
    claim = one(changed).claims[0]
    assert (claim.covered, claim.readout, claim.site) == (True, readout, site)


def test_metastases_are_few_cells_seeded_before_radiation(record):
    chosen = one(record(("primary_tumour", "metastasis"))).study
    primary, few = chosen.site("primary"), chosen.site("metastasis")
    assert few.inoculum_cells < primary.inoculum_cells / 10
    assert primary.inoculated_day < few.inoculated_day < 0
    assert all("metastasis" not in course.target for arm in chosen.arms for course in arm.radiation)


# --- not covered: a reason, never a guess

UNKNOWN = [
    (("drug: anti-PD-L1", "drug: xyzumab"), "xyzumab is not among the drugs"),
    (("drug: anti-PD-L1", "drug: anti-PD-L1 xyzumab"), "is not among the drugs"),
    (("drug: anti-PD-L1", "drug: anti-PD-L1 + IL-99"), "is not among the drugs"),
    (("route: null", "route: intrathecal"), "route 'intrathecal'"),
    (("tumour: CT26", "tumour: XYZ-9 fibroblasts"), "these cells are no tumour"),
    (("tumour: CT26", "tumour: F98"), "it is of the rat"),
    (("species: mouse", "species: dog"), "species 'dog'"),
    (("host: immunocompetent", "host: FcRn knock-in"), "host 'FcRn knock-in'"),
    (("primary_tumour", "'marker:CD8_XYZ'"), "not modelled: XYZ"),
    (("primary_tumour", "'marker:IL17'"), "is not a readout"),
    (("photon_xray", "neutron"), "radiation quality 'neutron'"),
    (("photon_xray", "Pd-103"), "seeds other than of iodine-125"),
    (("photon_xray", "heavy_ion"), "does not say which ion"),
    (("target: primary", "target: left lung"), "target 'left lung'"),
    (("days: null, target", "days: [0, 1], target"), "3 fractions, but days of 2"),
    (("- id: RT+PDL1\n", "- id: RT+PDL1\n  host_modification: TLR9 -/-\n"), "'TLR9 -/-' is not in the model"),
    (("target: primary", "target: primary, note: FLASH"), "ultra-high dose rates"),
    (("target: primary", "target: primary, note: microbeam array"), "peaks of micrometres"),
    (("kind: in_vivo", "kind: in_vitro"), "anti-PD-L1 in a dish is not modelled"),
    (("kind: in_vivo", "kind: human_observational"), "patients are not simulated"),
]


@pytest.mark.parametrize(("change", "reason"), UNKNOWN, ids=[change[1][:40] for change, _ in UNKNOWN])
def test_unknown_names_are_not_covered_with_a_reason(record, change, reason):
    claim = one(record(change)).claims[0]
    assert not claim.covered
    assert reason in claim.reason
    assert claim.readout is None


def test_an_arm_that_is_not_covered_leaves_the_others(record):
    conversion = one(record(("drug: anti-PD-L1", "drug: xyzumab")))
    assert set(conversion.arms) == {"ctrl", "RT"}
    assert set(conversion.not_covered) == {"RT+PDL1"}


def test_arms_that_are_the_same_to_the_model_are_not_covered(record):
    conversion = one(record(("  drugs:\n  - {drug: anti-PD-L1, dose: null, route: null, days: null}\n", "")))
    assert set(conversion.arms) == {"ctrl", "RT", "RT+PDL1"}
    assert conversion.claims[0].reason == "both arms are the same to the model"


def test_several_lines_are_a_conversion_each(record):
    found = evidence.convert(record(("tumour: CT26", "tumour: 'TUBO; MC38 (memory), XYZ-9'")))
    assert [(c.line, c.study is not None) for c in found] == [("TUBO", True), ("MC38", True), ("XYZ-9", False)]
    assert found[1].study.tumour == "MC38"


NAMES = [
    ("67NR mammary both flanks (A20 as unrelated control)", ["67NR"]),
    ("AT3-OVA mammary (also MC38)", ["AT3-OVA", "MC38"]),
    ("B16/F10, RENCA, MC38", ["B16-F10", "RENCA", "MC38"]),
    ("melanoma (B16)", ["B16-F10"]),
    ("Lewis lung carcinoma (3LL), footpad", ["LLC"]),
    ("B16-OVA", ["B16-OVA"]),
    ("CT26 and 4T1", ["CT26", "4T1"]),
    ("B16-XYZ", ["B16-F10"]),
    # Types of tumours: an entry of the catalogue stands for each; tumours of patients are none of a record's lines.
    ("head and neck / PDAC", ["head and neck (unknown line)", "KPC"]),
    ("lung cancer cells and CRC", ["lung (unknown line)", "colon (unknown line)"]),
    ("pancreatic cancer, heterogeneous sLeA+/sLeA-", ["pancreatic cancer (xenograft)"]),
    ("GD2+ glioblastoma, orthotopic", ["GD2+ glioblastoma"]),
    ("melanoma", ["melanoma (unknown line)"]),
    ("NSCLC", ["lung (unknown line)"]),
    ("XQ-7 colon carcinoma", ["colon (unknown line)"]),
    ("CMT-93", ["colon (unknown line)"]),
    ("MC38/CT26", ["MC38", "CT26"]),
    ("LL/2", ["LLC"]),
    ("LLC-luc; 4T1-OVA, B16-F10_GFP", ["LLC", "4T1-OVA", "B16-F10"]),
    ("A549, U251MG, Tca8113, CNE-2", ["A549", "U251MG", "Tca8113", "CNE-2"]),
    ("lung cancer (A549 and H1299)", ["A549", "H1299"]),
    ("experimental lung metastases", ["tumour (unknown line)"]),
    ("4 lines", ["tumour (unknown line)"]),
    ("RAW 264.7 macrophages", []),
    ("dendritic cells", []),
]
HUMAN = [
    ("breast and colorectal lines", ["MCF-7", "MDA-MB-231", "HCT116", "HT-29"]),
    ("nasopharyngeal carcinoma", ["CNE-2", "HONE-1"]),
    ("lung cancer, CHO", ["A549", "H460", "CHO"]),
    ("sarcoma and solid tumours", ["HT1080", "U2OS"]),
    ("human NSCLC lines (A549, H460)", ["A549", "H460"]),
    ("TSA mammary", ["TSA"]),
]


@pytest.mark.parametrize(("text", "lines"), NAMES)
def test_lines_are_found_in_the_words_of_a_tumour_field(text, lines):
    from abscopal.evidence.curation.lines import lines_of

    assert [line.name for line in lines_of(text) if line.name] == lines


@pytest.mark.parametrize(("text", "lines"), HUMAN)
def test_a_type_of_tumour_in_a_dish_is_a_declared_set_of_lines(text, lines):
    from abscopal.evidence.curation.lines import lines_of

    found = lines_of(text, origin="human", types_first=True)
    assert [line.name for line in found if line.name] == lines


def test_unknown_lines_of_a_list_are_named_beside_the_known(record):
    found = evidence.convert(record(("kind: in_vivo", "kind: in_vitro"), ("tumour: CT26", "tumour: 'A549, QX-17'")))
    assert [(c.line, c.study is not None) for c in found] == [("A549", True), ("QX-17", False)]
    assert "'QX-17' is not in the model" in found[1].claims[0].reason


def test_lines_that_stand_for_a_type_are_usable_and_say_so(record):
    """Every declared line of every type is in the catalogue, and converts with a note."""
    from abscopal import parameters
    from abscopal.evidence.tables import table

    for row in table("names.yaml")["tumour_types"].values():
        for name in row["human"]:
            assert parameters.host_of(str(name)) == MOUSE
    found = evidence.convert(record(("kind: in_vivo", "kind: in_vitro"), ("tumour: CT26", "tumour: human lung lines")))
    assert [c.line for c in found] == ["A549", "H460"]
    assert any(key == "tumour" and "type of tumour only" in why for key, _, why in found[0].filled)


def test_xenografts_and_mice_get_lines_of_their_own(record):
    mice = evidence.convert(record(("tumour: CT26", "tumour: breast cancer")))
    nude = evidence.convert(record(("tumour: CT26", "tumour: breast cancer"), ("immunocompetent", "nude")))
    assert [c.line for c in mice] == ["breast (unknown line)"]
    assert [c.line for c in nude] == ["MCF-7", "MDA-MB-231"]


def test_seeds_get_a_dose_rate_and_keep_a_stated_dose(record):
    dose = "photon_xray, dose_per_fraction_gy: 8, fractions: 3"
    (open_,) = courses(
        one(record((dose, "I-125_seed, dose_per_fraction_gy: null, fractions: null"))), "RT", "radiation"
    )
    assert open_.quality == "I-125"
    assert open_.initial_dose_rate_gy_per_min == pytest.approx(0.07 / 60)
    stated = one(
        record((dose, "I-125_seed, dose_per_fraction_gy: 60, fractions: null"), ("target: primary", "target: implant"))
    )
    (given,) = courses(stated, "RT", "radiation")
    assert (given.dose_per_fraction_gy, given.days, given.target) == (60.0, (0.0,), ("primary",))
    assert not any(key.endswith("initial_dose_rate") for key, _, _ in stated.filled)


@pytest.mark.parametrize(
    ("note", "share"), [("microporous, hypoxic sub-volume only", 40.0), ("GRID, 25 % of the volume", 25.0)]
)
def test_fields_that_hit_a_part_of_the_tumour(record, note, share):
    found = one(record(("target: primary", f"target: primary, note: '{note}'")))
    (course,) = courses(found, "RT", "radiation")
    assert (course.irradiated_percent, course.valley_percent) == (share, 5.0)
    listed = {key for key, _, _ in found.filled}
    assert ("arms.RT.radiation[0].irradiated_share" in listed) == (share == 40.0)


def test_host_of_all_animals_and_of_one_arm(record):
    nude = one(record(("host: immunocompetent", "host: nude")))
    assert nude.study.host_changes("ctrl") == ("nude",)
    arm = one(record(("- id: RT+PDL1\n", "- id: RT+PDL1\n  host_modification: nude (T-cell deficient)\n")))
    assert arm.study.host_changes("ctrl") == ()
    assert arm.study.host_changes("RT+PDL1") == ("nude",)


def test_ions_without_let_get_one_and_stated_ones_keep_it(record):
    ion = record(("photon_xray", "carbon"))
    assert courses(one(ion), "RT", "radiation")[0].let_kev_per_um == 60
    assert any(key.endswith("let") for key, _, _ in one(ion).filled)
    listed = record(("photon_xray", "carbon"), ("let_kev_um: null", "let_kev_um: [70, 80]"))
    assert courses(one(listed), "RT", "radiation")[0].let_kev_per_um == 75
    assert not any(key.endswith("let") for key, _, _ in one(listed).filled)


def test_unusable_doses_are_filled_and_said_to_be(record):
    conversion = one(record(("dose: null, route", "dose: 1 umol/mouse as printed, route")))
    assert courses(conversion, "RT+PDL1", "drugs")[0].dose.value == 200
    why = {key: why for key, _, why in conversion.filled}["arms.RT+PDL1.drugs[0].dose"]
    assert "'1 umol/mouse as printed' cannot be used" in why


AGENTS = {
    "anti-PD-1": [
        "RMP1-14",
        "29F.1A12",
        "anti-PD-1 clone J43",
        "αPD-1",
        "anti-mouse PD-1",
        "PD-1 blockade",
        "toripalimab",
    ],
    "nivolumab": ["nivolumab", "Opdivo"],
    "anti-PD-L1": ["10F.9G2", "anti-PD-L1 (10F.9G2)", "αPD-L1", "anti-PDL1 antibody", "BMS-936559", "MIH5"],
    "anti-CTLA-4": ["9H10", "9D9", "UC10-4F10", "αCTLA-4", "CTLA-4 blockade"],
    "anti-CD8": ["2.43", "53-6.7", "anti-CD8 YTS169.4", "anti-CD8α"],
    "anti-CD4": ["GK1.5", "αCD4"],
    "anti-TGF-beta": ["1D11", "fresolimumab", "anti-TGF-β"],
    "TGF-beta receptor inhibitor": ["galunisertib", "LY2157299"],
    "CSF1R inhibitor": ["PLX3397", "pexidartinib"],
    "STING agonist": ["DMXAA", "ADU-S100", "2'3'-cGAMP"],
    "Flt3-L": ["FLT3L", "Flt3 ligand"],
    "fingolimod": ["FTY720"],
    "anti-Gr-1": ["RB6-8C5", "anti-Ly6G 1A8"],
}
HELD = {
    "anti-NK1.1 PK136": "NK depletion",
    "anti-IFNAR1 MAR1-5A3": "IFNAR1 knockout",
    "clodronate liposomes": "macrophage depletion",
    "anti-IFN-γ (XMG1.2)": "IFN-gamma knockout",
}


def test_usual_names_of_drugs_are_known():
    from abscopal.evidence.curation.names import agent_of

    found = {name: agent_of(name).agent for names in AGENTS.values() for name in names}
    assert found == {name: agent for agent, names in AGENTS.items() for name in names}
    assert {name: agent_of(name).agent or agent_of(name).host_change for name in HELD} == HELD


MISSING_DRUGS = {
    "anti-CD28": "costimulation",
    "anti-VISTA": "checkpoint",
    "anti-CD47": "phagocytosis",
    "CpG": "microbial",
    "gemcitabine": "cytotoxic",
    "combinatorial immunotherapy": "does not say which",
    "olaparib": "repair of DNA",
}


@pytest.mark.parametrize(("drug", "why"), MISSING_DRUGS.items())
def test_drugs_without_a_mechanism_say_what_is_missing(record, drug, why):
    reason = one(record(("drug: anti-PD-L1", f"drug: {drug}"))).claims[0].reason
    assert f"{drug} is not among the drugs of the model: " in reason
    assert why in reason


def test_drugs_joined_in_one_entry_are_given_each(record):
    both = one(record(("drug: anti-PD-L1", "drug: anti-PD-1 + anti-CTLA-4")))
    assert [course.agent for course in courses(both, "RT+PDL1", "drugs")] == ["anti-PD-1", "anti-CTLA-4"]


def test_control_injections_are_no_treatment(record):
    sham = one(record(("drug: anti-PD-L1", "drug: isotype control")))
    assert not courses(sham, "RT+PDL1", "drugs")
    assert sham.claims[0].reason == "both arms are the same to the model"


HOSTS = [
    ("C57BL/6", ()),
    ("BALB/c mice (syngeneic)", ()),
    ("BALB/c nude", ("nude",)),
    ("female athymic nude mice", ("nude",)),
    ("NOD/SCID", ("SCID",)),
    ("NSG", ("SCID", "NSG")),
    ("Batf3-/-", ("Batf3 knockout",)),
]


@pytest.mark.parametrize(("host", "changes"), HOSTS)
def test_words_of_the_host_field(record, host, changes):
    assert one(record(("host: immunocompetent", f"host: '{host}'"))).study.host_changes("ctrl") == changes


CHANGES = {
    "Rag2-/-": "SCID",
    "NSG": "NSG",
    "BALB/c nude": "nude",
    "anti-CD8": "CD8 depletion",
    "DEREG + DT": "Treg depletion",
    "Sting1-/-": "IFNAR1 knockout",
    "Batf3-/-": "Batf3 knockout",
    "clodronate": "macrophage depletion",
    "wild-type": "",
}


def test_changes_of_one_arm():
    from abscopal.evidence.curation.names import NotCovered, host_change_of

    assert {name: host_change_of(name) for name in CHANGES} == CHANGES
    for unknown in ("TLR4-/-", "MyD88-/-", "perforin-/-", "aged"):
        with pytest.raises(NotCovered, match=unknown):
            host_change_of(unknown)


def test_several_changes_of_one_arm():
    from abscopal.evidence.curation.names import NotCovered, host_changes_of

    assert host_changes_of("anti-CD8 + anti-NK1.1") == ("CD8 depletion", "NK depletion")
    assert host_changes_of("wild-type") == ()
    with pytest.raises(NotCovered, match="aged"):
        host_changes_of("anti-CD8 and aged")


CARS = [
    ("PANC-1", "HER2 CAR-T", "CAR-T (CD28)", True),
    ("SKOV3", "HER2 CAR-T", "HER2 CAR-T", False),
    ("CT26", "CD19 CAR-T", "CAR-T", True),
    ("A20", "CD19 CAR-T", "CD19 CAR-T (4-1BB)", False),
    ("A549", "mesothelin CAR-T", "CAR-T", True),
    ("GL261", "NKG2D CAR-T", "NKG2D CAR-T", False),
    ("PANC-1", "ROBO1 CAR-NK", "CAR-NK", True),
    ("CT26", "OT-I", "tumour-specific CD8 T cells", True),
    ("MC38-OVA", "OT-I", "tumour-specific CD8 T cells", False),
    ("B16-F10", "pmel-1", "tumour-specific CD8 T cells", False),
    ("EG7", "naive OT-I", "naive tumour-specific CD8 T cells", False),
]


@pytest.mark.parametrize(("line", "kind", "product", "said"), CARS)
def test_cells_see_the_tumour_they_are_tried_on(record, line, kind, product, said):
    """A receptor against what the catalogue does not give a line would do nothing: it is taken as shown, and listed."""
    cells = f"- id: RT+PDL1\n  cells: [{{kind: {kind}}}]\n"
    found = one(record(("tumour: CT26", f"tumour: {line}"), ("- id: RT+PDL1\n", cells)))
    (given,) = courses(found, "RT+PDL1", "cells")
    assert given.product == product
    assert any(key == "arms.RT+PDL1.cells[0].product" for key, _, _ in found.filled) == said


def test_human_cells_need_a_host_without_t_cells(record):
    unsaid = ("  host: immunocompetent\n", ""), ("  strain: BALB/c\n", "")
    assert one(record(*unsaid, ("tumour: CT26", "tumour: A549"))).study.host_changes("ctrl") == ("nude",)
    assert one(record(*unsaid)).study.host_changes("ctrl") == ()


MOUSE_LINES = """
B16 B16-F10 B16-OVA CT26 MC38 4T1 EMT6 LLC Panc02 KPC MB49 MBT-2 RENCA TRAMP-C1 TRAMP-C2 TUBO TSA EG7 EL4
A20 P815 CT26-HA MCA205 MCA-OVA D2F2 Hepa1-6 H22 ID8 MOC1 MOC2 mEER AT84 SCCVII FSaII LM8 K7M2 GL261 CT-2A SMA-560
Colon26 C51 SA1N Ep-NR-S1 NR-S1 B16-CD133 YUMM D4M TC-1 67NR EO771 AT3-OVA
"""


def test_usual_lines_of_the_mouse_are_known():
    from abscopal.evidence.curation.lines import lines_of

    assert [name for name in MOUSE_LINES.split() if not lines_of(name)[0].name] == []
    assert lines_of("9L")[0].reason == "tumour '9L' is not in the model: it is of the rat"


def test_no_record_is_named_in_the_code():
    from importlib import resources

    folder = resources.files("abscopal.evidence")
    code = "".join(f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith((".py", "s.yaml")))
    for record in evidence.catalogue():
        assert record.id not in code
