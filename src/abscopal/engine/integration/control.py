"""One turn of all lanes: choice of the step, acceptance, next step size, extinction, recording and failures."""

from __future__ import annotations

import math

from abscopal.engine.emission.elementary import exponential, logarithm
from abscopal.engine.emission.text import Code
from abscopal.engine.integration.barrier import splat
from abscopal.engine.integration.extinction import SHARPNESS, thresholds
from abscopal.engine.integration.lanes import Lanes
from abscopal.engine.integration.tableau import ORDER
from abscopal.engine.status import Status

# Step control: aim below the tolerance, and never change the step by more than these factors.
_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 6.0
_SMALLEST_STEP = 1e-13  # of the time, which is what the clock resolves
_SHORTEST_STEP = 1e-60  # [d]; close to time zero the clock resolves anything
# In a record of steps, entries from here on say which state went extinct after the step before them.
EXTINCT = 1e9


class Stepping(Lanes):
    """Emits the part of the driver that makes a step."""

    def _end(self, lane: str, status: Status) -> None:
        raise NotImplementedError

    def _step(self) -> None:
        code = self.code
        active = self._from_bits(self._get(self.active))
        t, stop, proposed = (self._vector(x) for x in ("t", "stop", "proposed"))
        h, lands = self._choose_step(t, stop, proposed)
        self._put_vector("h", h)
        code.do(
            f"call void @attempt(ptr {self.job['workspace']}, double {self.job['rtol']}, ptr {self.job['absolute']})"
        )
        error = self._vector("error")
        good, cut = self._judge(active, error)
        now = code.select(lands, stop, code.binary("fadd", t, h))
        following = self._next_step(error, h, proposed, good)
        self._put_vector("proposed", code.select(code.compare("ogt", cut, code.number(0.0)), cut, following))
        attempts = code.binary("fadd", self._vector("attempts"), code.number(1.0))
        self._put_vector("attempts", attempts)
        self._dense(good, now)
        self._extinguish(good)
        self._commit(good, now)
        landed = self._both(good, lands)
        due = self._both(good, code.compare("ole", self._vector("shown_next"), self._vector("t")))
        arrived = self._bits(code.value(f"or {code.bit} {landed}, {due}"))
        code.do(f"store i64 {arrived}, ptr {self.arrived}")
        self._failures(active, good, landed, error, h, now, attempts)

    def _choose_step(self, t: str, stop: str, proposed: str) -> tuple[str, str]:
        """The step and whether it lands on the lane's stop; a rest of less than two steps is halved."""
        code = self.code
        rest = code.binary("fsub", stop, t)
        lands = code.compare("oge", code.binary("fmul", proposed, code.number(1.000001)), rest)
        double = code.binary("fadd", proposed, proposed)
        half = code.select(code.compare("ogt", double, rest), code.binary("fmul", rest, code.number(0.5)), proposed)
        h = code.select(lands, rest, half)
        self.landing = code.variable("i64")
        self._put_vector("h", h)
        code.do(f"store i64 {self._bits(lands)}, ptr {self.landing}")
        with code.when(code.value(f"icmp ne ptr {self.job['replay']}, null")):
            code.do(f"store i64 0, ptr {self.landing}")
            with code.each_bit(self._get(self.active)) as lane:
                step = self._replayed(lane)
                with code.when(code.value(f"fcmp olt double {step}, 0.0")):
                    self._include(self.landing, lane)
                self._put_lane("h", lane, code.value(f"call double @llvm.fabs.f64(double {step})"))
                self._advance_record(lane)
        return self._vector("h"), self._from_bits(self._get(self.landing))

    def _judge(self, active: str, error: str) -> tuple[str, str]:
        """Which lanes keep their step, and the step to repeat for those cut at an extinction (else 0)."""
        code = self.code
        keep = code.variable("i64")
        self._put_vector("cut", code.number(0.0))
        code.do(f"store i64 {self._get(self.active)}, ptr {keep}")
        with code.when(self._free()):
            good = self._both(code.compare("ole", error, code.number(1.0)), active)
            good = self._cut(good)
            code.do(f"store i64 {self._bits(good)}, ptr {keep}")
        good = self._from_bits(self._get(keep))
        with code.when(code.value(f"icmp ne ptr {self.job['record']}, null")):
            self._record(good)
        return good, self._vector("cut")

    def _free(self) -> str:
        """Whether steps are chosen here, not replayed."""
        return self.code.value(f"icmp eq ptr {self.job['replay']}, null")

    def _next_step(self, error: str, h: str, proposed: str, good: str) -> str:
        code = self.code
        floor = code.number(1e-12)
        safe = code.select(code.compare("ogt", error, floor), error, floor)
        power = code.binary("fmul", logarithm(code, safe), code.number(-1.0 / ORDER))
        factor = code.binary("fmul", exponential(code, power), code.number(_SAFETY))
        factor = code.select(code.compare("olt", factor, code.number(_GROW)), factor, code.number(_GROW))
        factor = code.select(code.compare("ogt", factor, code.number(_SHRINK)), factor, code.number(_SHRINK))
        # An error that is not a number, or infinite, shrinks the step as much as allowed.
        finite = code.compare("olt", error, code.number(math.inf))
        factor = code.select(finite, factor, code.number(_SHRINK))
        made = code.binary("fmul", h, factor)
        # A step cut short by an event says nothing against the longer one proposed before.
        kept = self._both(
            good,
            code.compare("oge", factor, code.number(1.0)),
            code.compare("ogt", proposed, made),
        )
        return code.select(kept, proposed, made)

    # Extinction

    def _cut(self, good: str) -> str:
        """Takes back steps that carry a state through its threshold, to repeat them up to the crossing."""
        code = self.code
        sharp = code.binary("fmul", splat(code, self.job["rtol"]), code.number(SHARPNESS))
        cut = code.variable("i64")
        code.do(f"store i64 0, ptr {cut}")
        for i, threshold in thresholds(self.system):
            edge = code.number(threshold)
            margin = code.binary("fmul", sharp, edge)
            above = code.compare("ogt", code.load(self.at["y"], i), code.binary("fadd", edge, margin))
            below = code.compare("olt", code.load(self.at["new"], i), code.binary("fsub", edge, margin))
            through = self._bits(self._both(above, below, good))
            with code.when(code.value(f"icmp ne i64 {through}, 0")), code.each_bit(through) as lane:
                share = code.value(
                    f"call double @crossing(ptr {self.job['workspace']}, i64 {lane}, i64 {i}, "
                    f"double {Code().number(threshold)})"
                )
                step = code.value(f"fmul double {share}, {self._get_lane('h', lane)}")
                before = self._get_lane("cut", lane)
                none = code.value(f"fcmp ole double {before}, 0.0")
                sooner = code.value(f"or i1 {none}, {code.value(f'fcmp olt double {step}, {before}')}")
                self._put_lane("cut", lane, code.value(f"select i1 {sooner}, double {step}, double {before}"))
                self._include(cut, lane)
        return self._both(good, self._not(self._from_bits(self._get(cut))))

    def _extinguish(self, good: str) -> None:
        """A state that meets its threshold from above becomes zero; what rises from zero without reaching it stays."""
        code = self.code
        with code.when(code.value(f"xor i1 {self._free()}, true")), code.each_bit(self._get(self.active)) as lane:
            self._extinguish_as_recorded(lane)
        with code.when(self._free()):
            self._extinguish_those_through(good)

    def _extinguish_those_through(self, good: str) -> None:
        code = self.code
        sharp = code.binary("fmul", splat(code, self.job["rtol"]), code.number(SHARPNESS))
        for i, threshold in thresholds(self.system):
            old, new = code.load(self.at["y"], i), code.load(self.at["new"], i)
            edge = code.number(threshold)
            low = code.compare("olt", new, code.fma(sharp, edge, edge))
            gone = self._both(low, code.compare("olt", new, old), code.compare("oge", old, edge))
            code.store(code.select(gone, code.number(0.0), new), self.at["new"], i)
            with (
                code.when(code.value(f"icmp ne ptr {self.job['record']}, null")),
                code.each_bit(self._bits(self._both(gone, good))) as lane,
            ):
                self._append(lane, Code().number(EXTINCT + i))

    def _extinguish_as_recorded(self, lane: str) -> None:
        """In a replay the states end that ended in the recorded trajectory, at the same steps."""
        code = self.code
        head, body, done = (code.new_label(x) for x in ("read", "gone", "through"))
        code.do(f"br label %{head}")
        code.label(head)
        entry = self._replayed(lane)
        here = code.value(f"fcmp oge double {entry}, {Code().number(EXTINCT)}")
        code.do(f"br i1 {here}, label %{body}, label %{done}")
        code.label(body)
        which = code.value(f"fptosi double {code.value(f'fsub double {entry}, {Code().number(EXTINCT)}')} to i64")
        code.do(f"store double 0.0, ptr {self._element('new', which, lane)}")
        self._advance_record(lane)
        code.do(f"br label %{head}")
        code.label(done)

    # Records

    def _record(self, good: str) -> None:
        """Accepted steps of each subject, negative where they land on a stop."""
        code = self.code
        landing = self._get(self.landing)
        with code.each_bit(self._bits(good)) as lane:
            size = self._get_lane("h", lane)
            land = code.value(f"trunc i64 {code.value(f'lshr i64 {landing}, {lane}')} to i1")
            minus = code.value(f"fneg double {size}")
            self._append(lane, code.value(f"select i1 {land}, double {minus}, double {size}"))

    def _append(self, lane: str, value: str) -> None:
        code = self.code
        count = self._get_lane("recorded", lane, "i64")
        with code.when(code.value(f"icmp slt i64 {count}, {self.job['capacity']}")):
            s = self._get_lane("subject", lane, "i64")
            place = code.value(f"add i64 {code.value(f'mul i64 {s}, ' + self.job['capacity'])}, {count}")
            self._put_array("record", place, value)
        self._advance_record(lane)

    def _replayed(self, lane: str) -> str:
        """The entry of the record that is next in a lane's replay."""
        code = self.code
        row = self._array("replay_rows", self._get_lane("subject", lane, "i64"), "i64")
        count = self._get_lane("recorded", lane, "i64")
        start = code.value(f"mul i64 {row}, {self.job['capacity']}")
        return self._array("replay", code.value(f"add i64 {start}, {count}"))

    def _advance_record(self, lane: str) -> None:
        count = self._get_lane("recorded", lane, "i64")
        self._put_lane("recorded", lane, self.code.value(f"add i64 {count}, 1"), "i64")

    # Consequences

    def _dense(self, good: str, now: str) -> None:
        """Outputs strictly inside the step."""
        code = self.code
        head, body, done = (code.new_label(x) for x in ("inside", "write", "past"))
        code.do(f"br label %{head}")
        code.label(head)
        due = self._bits(self._both(good, code.compare("olt", self._vector("shown_next"), now)))
        code.do(f"br i1 {code.value(f'icmp ne i64 {due}, 0')}, label %{body}, label %{done}")
        code.label(body)
        code.do(f"call void @show(ptr %job, i64 {due}, i1 0)")
        code.do(f"br label %{head}")
        code.label(done)

    def _commit(self, good: str, now: str) -> None:
        code = self.code
        with code.loop(str(self.layout.states)) as i:
            new, old = (code.load_at(self.at[x], i) for x in ("new", "y"))
            code.store_at(code.select(good, new, old), self.at["y"], i)
        self._put_vector("t", code.select(good, now, self._vector("t")))

    def _failures(self, active: str, good: str, landed: str, error: str, h: str, now: str, attempts: str) -> None:
        code = self.code
        least = code.binary("fmul", code.call(f"llvm.fabs.{code.suffix}", now), code.number(_SMALLEST_STEP))
        shortest = code.number(_SHORTEST_STEP)
        tiny = code.compare("olt", h, code.select(code.compare("ogt", least, shortest), least, shortest))
        tiny = self._both(tiny, self._not(good), active)
        many = code.compare("oge", attempts, splat(code, self.job["max_steps"]))
        ended = self._both(landed, code.compare("oge", now, splat(code, self.job["end"])))
        many = self._both(many, self._not(ended), self._not(tiny), active)
        failed = self._bits(code.value(f"or {code.bit} {tiny}, {many}"))
        with code.when(code.value(f"icmp ne i64 {failed}, 0")):
            finite = code.compare("olt", error, code.number(math.inf))
            kinds = [
                (self._both(tiny, finite), Status.STIFF),
                (self._both(tiny, self._not(finite)), Status.NON_FINITE),
                (many, Status.STEP_LIMIT),
            ]
            for mask, status in kinds:
                with code.each_bit(self._bits(mask)) as lane:
                    self._end(lane, status)
            live = code.value(f"and i64 {self._get(self.arrived)}, {self._get(self.active)}")
            code.do(f"store i64 {live}, ptr {self.arrived}")
