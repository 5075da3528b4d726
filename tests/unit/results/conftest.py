from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from abscopal.results import Result

_SPEC = importlib.util.spec_from_file_location("synthetic", Path(__file__).with_name("synthetic.py"))
synthetic_study = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(synthetic_study)


@pytest.fixture(scope="session")
def synthetic():
    return synthetic_study


@pytest.fixture(scope="session")
def result():
    return Result.build(synthetic_study.dataset(), synthetic_study.metadata())


@pytest.fixture(scope="session")
def shared():
    data = synthetic_study.dataset(shared=True)
    return Result.build(data, synthetic_study.metadata(shared_subjects=True))
