"""From dose and radiation quality to a lethal and an immunogenic yield. Public names load on first use."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "beams": (
        "bortfeld_depth_dose",
        "bragg_peak_depth",
        "depth_dose",
        "end_of_primaries",
        "energy_of_peak",
        "let_at_depth",
    ),
    "cytosolic": ("cytosolic_dna", "immunogenic_yield", "micronuclei", "mitosis_probability", "trex1_induction"),
    "dna": (
        "complex_dsb_fraction",
        "complex_dsb_yield",
        "dsb_yield",
        "late_dsb_fraction",
        "misrepair_probability",
        "rbe_dsb",
        "rbe_dsb_of_let",
        "track_parameter_of_let",
        "unrepaired_dsb_fraction",
    ),
    "fields": (
        "DoseHistogram",
        "blood_dose_histogram",
        "implant_dose_rate",
        "spatially_fractionated_field",
        "uniform_field",
    ),
    "icd": ("atp_release", "hmgb1_release", "immunogenic_death_fraction", "surface_calreticulin"),
    "domains": ("let_domain", "outside_domain"),
    "ion_models": (
        "MODELS",
        "IrradiatedCells",
        "OwnCoefficients",
        "coefficients_of_cells",
        "ion_coefficients",
        "irradiated_cells",
        "own_coefficients",
    ),
    "isoeffect": (
        "IsoeffectiveDose",
        "coefficients_of_quality",
        "isoeffective_dose",
        "isoeffective_of_cells",
        "quality_coefficients",
        "quality_ln_sd",
    ),
    "lines": ("IrradiatedLine", "MeasuredPair", "irradiated_line"),
    "lem": ("lem_coefficients",),
    "lymphocytes": (
        "clearance_rate_per_day",
        "lymphocyte_rbe",
        "lymphocyte_subsets",
        "lymphocyte_survival",
        "mean_lymphocyte_survival",
        "relative_d37",
    ),
    "mkm": ("MkmParameters", "mkm_coefficients", "mkm_lines", "mkm_parameters"),
    "ntcp": (
        "ComplicationModel",
        "complication_model",
        "complication_models",
        "complication_probability",
        "conventional_dose",
        "equivalent_uniform_dose",
        "logistic_complication",
        "lyman_complication",
        "organ_names",
        "pneumonitis_with_checkpoint_blockade",
    ),
    "numbers": ("constant", "constants", "numbers_with"),
    "overall_time": (
        "RegrowthInCourse",
        "dose_lost_to_regrowth",
        "regrowing_tissues",
        "regrowth_in_course",
        "time_corrected_bed",
    ),
    "oxygen": ("OXYGEN_MODELS", "oxygen_dose_factor", "oxygen_enhancement_interval", "oxygen_enhancement_ratio"),
    "particles": ("Particle", "effective_charge", "particle_of", "relative_velocity", "track_parameter"),
    "protraction": (
        "consecutive_protraction_factor",
        "decaying_source_protraction_factor",
        "dose_protraction_factor",
        "fractionated_protraction_factor",
        "mean_unrepaired_share",
    ),
    "qualities": ("RadiationQuality", "impossible_let", "photon_qualities", "radiation_quality"),
    "rbe": (
        "dose_of_effect",
        "generic_carbon_coefficients",
        "helium_coefficients",
        "ion_transition_dose",
        "photon_equivalent_dose",
        "proton_coefficients",
        "relative_biological_effectiveness",
    ),
    "rmf": ("rmf_coefficients",),
    "sobp": ("SpreadOutBraggPeak", "spread_out_bragg_peak"),
    "stopping": (
        "csda_range",
        "energy_of_let",
        "energy_of_range",
        "let_of_beams",
        "linear_energy_transfer",
        "mass_stopping_power",
        "stopping_table",
    ),
    "survival": (
        "biologically_effective_dose",
        "eqd2",
        "incomplete_repair_effect",
        "incomplete_repair_effect_rate",
        "linear_quadratic_effect",
        "linear_quadratic_linear_effect",
        "mixed_field_coefficients",
        "repair_rate_per_day",
        "repopulation",
        "surviving_fraction",
    ),
    "validity": ("ValidityWarning",),
    "weighted_sobp": ("WeightedPeak", "weighted_peak"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = sorted(_MODULE)


def __getattr__(name: str) -> Any:
    if name not in _MODULE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
