"""What the user wrote: typed study, YAML reader with line numbers, defaults, checks, JSON Schema, template."""

from abscopal.study.document import LARGEST_FILE_BYTES
from abscopal.study.loading import from_dict, load, parse
from abscopal.study.schema import schema_text, study_schema
from abscopal.study.specification import (
    WHOLE_BODY,
    Arm,
    CellCourse,
    Cohort,
    Comparison,
    Course,
    DrugCourse,
    Endpoints,
    FilledDefault,
    Host,
    LeftOut,
    OrganDose,
    Origin,
    PublishedOutcome,
    Radiation,
    ResponseEndpoint,
    Site,
    Source,
    StartVolume,
    Study,
    SurvivalEndpoint,
)
from abscopal.study.template import template
from abscopal.study.values import Amount, ParameterOverride

__all__ = [
    "LARGEST_FILE_BYTES",
    "WHOLE_BODY",
    "Amount",
    "Arm",
    "CellCourse",
    "Cohort",
    "Comparison",
    "Course",
    "DrugCourse",
    "Endpoints",
    "FilledDefault",
    "Host",
    "LeftOut",
    "OrganDose",
    "Origin",
    "ParameterOverride",
    "PublishedOutcome",
    "Radiation",
    "ResponseEndpoint",
    "Site",
    "Source",
    "StartVolume",
    "Study",
    "SurvivalEndpoint",
    "from_dict",
    "load",
    "parse",
    "schema_text",
    "study_schema",
    "template",
]
