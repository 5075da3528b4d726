"""What the user wrote: typed study, YAML reader with line numbers, defaults, checks, JSON Schema, template."""

from abscopal.study.composing import (
    ComposedStudy,
    WrittenArm,
    WrittenCells,
    WrittenDrug,
    WrittenHost,
    WrittenRadiation,
    WrittenSite,
    WrittenStartVolume,
)
from abscopal.study.courses import CellCourse, Course, DrugCourse, OrganDose, Radiation
from abscopal.study.document import LARGEST_FILE_BYTES
from abscopal.study.loading import from_dict, load, parse
from abscopal.study.outcomes import (
    Endpoints,
    LeftOut,
    PlannedComparison,
    PublishedOutcome,
    ResponseEndpoint,
    SurvivalEndpoint,
)
from abscopal.study.schema import schema_text, study_schema
from abscopal.study.specification import Arm, FilledDefault, Origin, Publication, Study
from abscopal.study.subjects import Cohort, Host, Site, StartVolume
from abscopal.study.template import template
from abscopal.study.values import Amount, ParameterOverride

__all__ = [
    "LARGEST_FILE_BYTES",
    "Amount",
    "Arm",
    "CellCourse",
    "Cohort",
    "ComposedStudy",
    "Course",
    "DrugCourse",
    "Endpoints",
    "FilledDefault",
    "Host",
    "LeftOut",
    "OrganDose",
    "Origin",
    "ParameterOverride",
    "PlannedComparison",
    "Publication",
    "PublishedOutcome",
    "Radiation",
    "ResponseEndpoint",
    "Site",
    "StartVolume",
    "Study",
    "SurvivalEndpoint",
    "WrittenArm",
    "WrittenCells",
    "WrittenDrug",
    "WrittenHost",
    "WrittenRadiation",
    "WrittenSite",
    "WrittenStartVolume",
    "from_dict",
    "load",
    "parse",
    "schema_text",
    "study_schema",
    "template",
]
