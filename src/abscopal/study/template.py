"""The commented study file that `abscopal new` writes."""

from __future__ import annotations

import json
import re
from importlib import resources

from abscopal.errors import InputError, Problem
from abscopal.study.fields import FieldError, Name


def template(name: str) -> str:
    """A commented study file of that name that runs as it is.

    Raises
    ------
    InputError
        The name is empty, too long, or not printable.
    """
    try:
        plain = Name().read(name)
    except FieldError as error:
        raise InputError(Problem(error.message, "NAME", allowed=error.allowed, advice=error.advice)) from None
    text = resources.files("abscopal.study").joinpath("data", "template.yaml").read_text(encoding="utf-8")
    # A JSON string is a YAML string, whatever signs the name holds.
    simple = re.fullmatch(r"(?!(?:null|true|false)$)[A-Za-z][\w-]*", plain, re.ASCII | re.IGNORECASE)
    written = plain if simple else json.dumps(plain)
    return text.replace("STUDY_NAME", written)
