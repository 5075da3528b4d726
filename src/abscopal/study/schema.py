"""The JSON Schema of study files, for editors and other programs; docs/study.schema.json is this, written out."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from abscopal.study.defaults import default_keys
from abscopal.study.fields import NAME_KEY
from abscopal.study.specification import Study


@cache
def study_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a study file."""
    schema = Study.model_json_schema(by_alias=True)
    for definition in (schema, *schema["$defs"].values()):
        definition.get("properties", {}).pop(NAME_KEY, None)
        for node in definition.get("properties", {}).values():
            node.pop("title", None)
        _require(definition, {key for key in definition.get("required", []) if key != NAME_KEY})
    for pattern in default_keys():
        *parents, last = pattern.split(".")
        holder = _holder(schema, parents)
        _require(holder, set(holder.get("required", [])) - {last})
    schema["title"] = "abscopal study"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The schema as the text of docs/study.schema.json."""
    return json.dumps(study_schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _require(definition: dict[str, Any], keys: set[str]) -> None:
    definition.pop("required", None)
    if keys:
        definition["required"] = sorted(keys)


def _holder(schema: dict[str, Any], steps: list[str]) -> dict[str, Any]:
    """The definition that a key pattern's parents lead to."""
    node = schema
    for step in steps:
        node = (node.get("items") or node["additionalProperties"]) if step == "*" else node["properties"][step]
        for choice in (node, *node.get("anyOf", ())):
            if "$ref" in choice:
                node = schema["$defs"][choice["$ref"].rsplit("/", 1)[-1]]
                break
    return node
