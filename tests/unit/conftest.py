"""A synthetic result, shared by the tests of results, plots and report."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from abscopal.report import StudyResult

_SPEC = importlib.util.spec_from_file_location("synthetic", Path(__file__).with_name("results") / "synthetic.py")
_synthetic = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_synthetic)


@pytest.fixture(scope="session")
def synthetic():
    return _synthetic


@pytest.fixture(scope="session")
def result():
    return StudyResult.build(_synthetic.dataset(), _synthetic.metadata())


@pytest.fixture(scope="session")
def shared():
    return StudyResult.build(_synthetic.dataset(shared=True), _synthetic.metadata(shared_subjects=True))
