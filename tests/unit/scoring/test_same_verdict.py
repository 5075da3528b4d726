"""A report and a score of one record say the same of the same animals: groups, days, errors, tests and levels agree."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import pipeline
from abscopal.evidence import catalogue, convert
from abscopal.evidence.writing import study_text
from abscopal.regimen import timelines
from abscopal.results.bench import ArmPool
from abscopal.results.questions import place_of
from abscopal.scoring import predictor
from abscopal.scoring.content_keys import canonical
from abscopal.scoring.declarations import Effort
from abscopal.scoring.pools import MODEL, Pool
from abscopal.scoring.questions import ask

ANIMALS = 40
READINGS = 40  # of the same animals, as if each were a parameter set
EFFORT = Effort(sets=READINGS, animals=ANIMALS, draws=1, experiments_per_set=50)
# Four standard errors of the 400 experiments of a report beside the 2,000 of this score.
SAMPLING = 4.0 * np.sqrt(0.25 / 400 + 0.25 / 2000)
# Tumour, survival, an abscopal claim and markers of tumour and blood; a second challenge; a marker on a volume.
RECORDS = ("takahashi2019_lm8_p1c4", "matsunaga2010_sccvii_idc", "kim2020_nk_tnbc")


def pool_of(result, study) -> Pool:
    """The animals of a run as a pool of the score: one parameter set."""
    data, solved = result.data, result.trajectories.ok
    plain, names = canonical(study, study.arms)
    arms, units = {}, {}
    for a, arm in enumerate(result.trajectories.arms):
        outputs = {}
        for readout in result.trajectories.readouts:
            values = np.where(solved[a][:, None], np.moveaxis(data[readout.name].values[a], 0, -2), np.nan)
            name, body = place_of(readout.name)
            places = [(s, f"{readout.name}@{site}") for s, site in enumerate(result.trajectories.sites)]
            for s, output in places if readout.per_site else [(..., f"{name}@{body}")]:
                outputs[output] = np.repeat(values[s][None], READINGS, axis=0)
                units[output] = readout.unit
        arms[names[arm]] = ArmPool(outputs, np.repeat(solved[a][None], READINGS, axis=0))
    return Pool(plain, result.trajectories.time_days, timelines(plain), {}, names, {MODEL: arms}, units)


@pytest.mark.slow
@pytest.mark.parametrize("name", RECORDS)
def test_report_and_score_give_the_same_probability(name, tmp_path, monkeypatch):
    (record,) = [record for record in catalogue() if record.id == name]
    conversion = convert(record)[0]
    file = tmp_path / "study.yaml"
    file.write_text(study_text(conversion, record), encoding="utf-8")
    study = pipeline.load(file).with_cohort(size=ANIMALS)
    result = pipeline.run(study)
    reported = {row.id: row for row in result.agreements}

    questions, _ = ask(record, conversion, EFFORT.seed)
    pool = pool_of(result, study)
    monkeypatch.setattr(predictor, "simulate_pool", lambda *_: pool)
    shares = predictor.chances_by_set([conversion.study], [one.asked for one in questions.values()], EFFORT)
    compared = 0
    for (claim, oriented), by_reading in zip(questions.items(), shares, strict=True):
        chances = by_reading.mean(axis=0)
        if oriented.asked.question.needs_control or np.isnan(chances).any():
            assert reported[claim].verdict == "not testable"
            continue
        better, none, _ = chances[::-1] if oriented.turned else chances
        found = none if record.claim(claim).relation == "~" else better
        assert reported[claim].probability == pytest.approx(found, abs=SAMPLING), claim
        if abs(found - 0.5) > SAMPLING:
            assert (reported[claim].verdict != "disagrees") == (found >= 0.5), claim
        compared += 1
    assert compared >= 2
