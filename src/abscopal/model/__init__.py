"""The model: a language of stocks and flows, the mechanisms written in it, and their assembly for a study."""

from abscopal.model.assemble import assemble
from abscopal.model.language import AssembledModel, Flow, Model, ModelError, Quantity, Species
from abscopal.model.mechanisms import MECHANISMS
from abscopal.model.plan import CellProduct, Drug, Plan
from abscopal.regimen import Field

__all__ = [
    "MECHANISMS",
    "AssembledModel",
    "CellProduct",
    "Drug",
    "Field",
    "Flow",
    "Model",
    "ModelError",
    "Plan",
    "Quantity",
    "Species",
    "assemble",
]
