"""Counts how often the rules of thumb are right on the development split; prints `data/rules.yaml`.

Run as `python -m abscopal.scoring.rule_counts`. It needs no simulation. Scoring never calls it.
"""

from __future__ import annotations

from collections.abc import Iterable

from abscopal import pipeline
from abscopal.evidence import Record, catalogue, convert
from abscopal.scoring.baselines import HIGHER_BED, MORE_TREATMENT, PREVALENCE, RuleRecord, count
from abscopal.scoring.declarations import declared
from abscopal.scoring.metrics import published_outcome
from abscopal.scoring.questions import ask
from abscopal.scoring.split import DEVELOPMENT, SEED, split_of
from abscopal.scoring.treatments import higher_dose, more_treatment, photon_equivalent_bed_gy
from abscopal.vocabulary import UNVERIFIED


def count_rules(records: Iterable[Record]) -> dict[str, RuleRecord]:
    """The record of each rule on the verified claims of the development split that the model covers."""
    found: dict[str, list[tuple[int, int]]] = {PREVALENCE: [], MORE_TREATMENT: [], HIGHER_BED: []}
    for record in records:
        if split_of(record.id) == DEVELOPMENT:
            for name, says, outcome in _said(record):
                found[name].append((says, outcome))
    return {name: count(pairs) for name, pairs in found.items()}


def _said(record: Record) -> Iterable[tuple[str, int, int]]:
    """What each rule says of better against worse, and what was published; the first line that covers a claim."""
    claims = {claim.id: claim for claim in record.claims if claim.basis != UNVERIFIED}
    equal = float(declared()["equal_bed"]["value"])
    done: set[str] = set()
    for conversion in convert(record):
        questions, _ = ask(record, conversion, seed=1)
        study = conversion.study
        if study is None or not questions:
            continue
        prepared = pipeline.prepare(study)
        for name in questions.keys() & claims.keys() - done:
            claim = claims[name]
            arms = [study.arm(conversion.arms[arm]) for arm in (claim.better_arm, claim.worse_arm)]
            doses = [photon_equivalent_bed_gy(prepared.timelines[arm.name], prepared.declared) for arm in arms]
            outcome = published_outcome(claim.relation)
            yield PREVALENCE, 0, outcome
            yield MORE_TREATMENT, more_treatment(arms[0], arms[1]), outcome
            yield HIGHER_BED, higher_dose(doses[0], doses[1], equal), outcome
        done |= questions.keys()


def as_yaml(counted: dict[str, RuleRecord]) -> str:
    """The counts as the text of `data/rules.yaml`."""
    rows = [f"  {name}: {{{', '.join(f'{k}: {v}' for k, v in vars(row).items())}}}" for name, row in counted.items()]
    head = (
        "# How often each rule of thumb was right on the verified claims of the development split that are covered.\n"
        "# Made by `python -m abscopal.scoring.rule_counts`; scoring reads it and never changes it.\n"
        f"split_seed: {SEED}\nrules:\n"
    )
    return head + "\n".join(rows) + "\n"


if __name__ == "__main__":
    print(as_yaml(count_rules(catalogue())), end="")
