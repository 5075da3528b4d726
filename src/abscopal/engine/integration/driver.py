"""The loop around the step: every lane has its own subject, clock and events, and takes the next subject when done."""

from __future__ import annotations

import math

from abscopal.engine.emission.text import Code
from abscopal.engine.integration.barrier import splat
from abscopal.engine.integration.control import Stepping
from abscopal.engine.integration.extinction import thresholds
from abscopal.engine.status import Status

_CLIP = 100.0  # before an event, negative values within this many absolute tolerances count as zero


class Driver(Stepping):
    """Emits `run(job)`."""

    def function(self) -> str:
        """The function as text."""
        code = self.code
        for variable in (self.active, self.arrived, self.exhausted):
            code.do(f"store i64 0, ptr {variable}")
        code.do("br label %top")
        code.label("top")
        self._fill()
        self._arrivals()
        self._turn()
        self._step()
        code.do("br label %top")
        code.label("leave")
        code.do("ret void")
        return code.function("run", ["ptr noalias %job"], attributes="#2")

    # Taking subjects

    def _fill(self) -> None:
        """Every free lane takes the next subject, if there is one."""
        code = self.code
        fresh = code.variable("i64")
        code.do(f"store i64 0, ptr {fresh}")
        free = code.value(f"xor i64 {self._get(self.active)}, {self.full}")
        some = code.value(f"icmp ne i64 {free}, 0")
        open_ = code.value(f"icmp eq i64 {self._get(self.exhausted)}, 0")
        with code.when(code.value(f"and i1 {some}, {open_}")):
            with code.each_bit(free) as lane:
                self._take(lane, fresh)
            taken = self._get(fresh)
            with code.when(code.value(f"icmp ne i64 {taken}, 0")):
                code.do(f"call void @prepare(ptr {self.at['p']}, ptr {self.at['q']})")
                with code.each_bit(taken) as lane:
                    self._begin(lane)
                code.do(f"call void @first_steps(ptr %job, i64 {taken})")

    def _take(self, lane: str, fresh: str) -> None:
        code = self.code
        again, check, got, none, done = (code.new_label(x) for x in ("again", "check", "got", "none", "done"))
        code.do(f"br label %{again}")
        code.label(again)
        s = code.value(f"atomicrmw add ptr {self.job['next_subject']}, i64 1 monotonic")
        code.do(f"br i1 {code.value(f'icmp slt i64 {s}, ' + self.job['subjects'])}, label %{check}, label %{none}")
        code.label(check)
        place = code.value(f"getelementptr inbounds i8, ptr {self.job['status']}, i64 {s}")
        good = code.value(f"icmp eq i8 {code.value(f'load i8, ptr {place}')}, 0")
        code.do(f"br i1 {good}, label %{got}, label %{again}")
        code.label(none)
        code.do(f"store i64 1, ptr {self.exhausted}")
        code.do(f"br label %{done}")
        code.label(got)
        self._put_lane("subject", lane, s, "i64")
        self._copy_in("parameters", s, lane, "p", self.layout.parameters)
        self._include(fresh, lane)
        code.do(f"br label %{done}")
        code.label(done)

    def _copy_in(self, source: str, subject: str, lane: str, target: str, count: int) -> None:
        """A subject's row into a lane of an array."""
        code = self.code
        row = code.value(f"mul i64 {subject}, {count}")
        with code.loop(str(count)) as i:
            place = code.value(f"add i64 {row}, {i}")
            place = code.value(f"getelementptr inbounds double, ptr {self.job[source]}, i64 {place}")
            code.do(f"store double {code.value(f'load double, ptr {place}')}, ptr {self._element(target, i, lane)}")

    def _begin(self, lane: str) -> None:
        """Initial state and clocks of a lane whose parameters are in place."""
        code, n = self.code, self.layout.states
        y, p = self._lane("y", lane), self._lane("p", lane)
        given = code.value(f"icmp ne ptr {self.job['initial']}, null")
        own, theirs, go = (code.new_label(x) for x in ("own", "theirs", "go"))
        code.do(f"br i1 {given}, label %{theirs}, label %{own}")
        code.label(theirs)
        self._copy_in("initial", self._get_lane("subject", lane, "i64"), lane, "y", n)
        code.do(f"br label %{go}")
        code.label(own)
        code.do(f"call void @initial(ptr {p}, ptr {y})")
        code.do(f"br label %{go}")
        code.label(go)
        self._settle(lane)
        for name, value in (("t", self.job["start"]), ("proposed", self.job["first_step"]), ("attempts", "0.0")):
            self._put_lane(name, lane, value)
        for name in ("event", "shown", "recorded"):
            self._put_lane(name, lane, "0", "i64")
        self._next_output_time(lane, "0")
        bad = code.variable("i64")
        code.do(f"store i64 0, ptr {bad}")
        with code.loop(str(n)) as i:
            value = code.value(f"load double, ptr {self._element('y', i, lane)}")
            difference = code.value(f"fsub double {value}, {value}")
            with code.when(code.value(f"fcmp une double {difference}, 0.0")):
                code.do(f"store i64 1, ptr {bad}")
        wrong = code.value(f"icmp ne i64 {self._get(bad)}, 0")
        good, ill, out = (code.new_label(x) for x in ("good", "ill", "out"))
        code.do(f"br i1 {wrong}, label %{ill}, label %{good}")
        code.label(ill)
        self._end(lane, Status.INVALID_INITIAL_STATE)
        code.do(f"br label %{out}")
        code.label(good)
        self._include(self.active, lane)
        self._include(self.arrived, lane)
        code.do(f"br label %{out}")
        code.label(out)

    # Events, outputs and ends

    def _arrivals(self) -> None:
        code = self.code
        arrived = self._get(self.arrived)
        with code.when(code.value(f"icmp ne i64 {arrived}, 0")):
            with code.each_bit(arrived) as lane:
                self._events(lane)
            due = self._mask("ole", "shown_next", "t")
            due = code.value(f"and i64 {due}, {arrived}")
            with code.when(code.value(f"icmp ne i64 {due}, 0")):
                code.do(f"call void @show(ptr %job, i64 {due}, i1 1)")
            ended = code.compare("oge", self._vector("t"), splat(code, self.job["end"]))
            with code.each_bit(code.value(f"and i64 {self._bits(ended)}, {arrived}")) as lane:
                self._end(lane, Status.FINISHED)
            code.do(f"store i64 0, ptr {self.arrived}")

    def _events(self, lane: str) -> None:
        """All events due in a lane, then the time of the next one or of the end."""
        code = self.code
        t = self._get_lane("t", lane)
        head, test, act, after = (code.new_label(x) for x in ("event", "due", "act", "calm"))
        stop = code.variable("double")
        code.do(f"store double {self.job['end']}, ptr {stop}")
        code.do(f"br label %{head}")
        code.label(head)
        e = self._get_lane("event", lane, "i64")
        code.do(f"br i1 {code.value(f'icmp slt i64 {e}, ' + self.job['n_events'])}, label %{test}, label %{after}")
        code.label(test)
        when = self._array("event_times", e)
        code.do(f"store double {when}, ptr {stop}")
        code.do(f"br i1 {code.value(f'fcmp ole double {when}, {t}')}, label %{act}, label %{after}")
        code.label(act)
        self._clip(lane)
        row = code.value(f"mul i64 {e}, {self.job['event_width']}")
        arguments = code.value(f"getelementptr inbounds double, ptr {self.job['event_arguments']}, i64 {row}")
        which = self._array("event_maps", e, "i64")
        lanes = ", ".join(f"ptr {self._lane(name, lane)}" for name in ("y", "p", "q"))
        before = {i: self._state(i, lane) for i, _ in thresholds(self.system)}
        code.do(f"call void @event(i64 {which}, {lanes}, ptr {arguments})")
        self._settle(lane, before)
        self._put_lane("event", lane, code.value(f"add i64 {e}, 1"), "i64")
        code.do(f"store double {self.job['end']}, ptr {stop}")
        code.do(f"br label %{head}")
        code.label(after)
        self._put_lane("stop", lane, code.value(f"load double, ptr {stop}"))

    def _clip(self, lane: str) -> None:
        code = self.code
        with code.loop(str(self.layout.states)) as i:
            place = self._element("y", i, lane)
            y = code.value(f"load double, ptr {place}")
            limit = code.value(f"fmul double {self._array('absolute', i)}, {-_CLIP}")
            under = code.value(f"fcmp olt double {y}, 0.0")
            near = code.value(f"fcmp ogt double {y}, {limit}")
            with code.when(code.value(f"and i1 {under}, {near}")):
                code.do(f"store double 0.0, ptr {place}")

    def _state(self, i: int, lane: str) -> str:
        return self.code.value(f"load double, ptr {self._element('y', str(i), lane)}")

    def _settle(self, lane: str, before: dict[int, str] | None = None) -> None:
        """Whatever the start or an event leaves below its threshold is gone; what an event does not touch stays."""
        code = self.code
        for i, threshold in thresholds(self.system):
            y = self._state(i, lane)
            gone = code.value(f"fcmp olt double {y}, {Code().number(threshold)}")
            if before is not None:
                gone = code.value(f"and i1 {gone}, {code.value(f'fcmp une double {y}, {before[i]}')}")
            left = code.value(f"select i1 {gone}, double 0.0, double {y}")
            code.do(f"store double {left}, ptr {self._element('y', str(i), lane)}")

    def _end(self, lane: str, status: Status) -> None:
        """Writes what remains of a lane's subject, and frees the lane."""
        code, n = self.code, self.layout.states
        s = self._get_lane("subject", lane, "i64")
        row = code.value(f"mul i64 {s}, {n}")
        with code.loop(str(n)) as i:
            place = code.value(f"add i64 {row}, {i}")
            place = code.value(f"getelementptr inbounds double, ptr {self.job['final']}, i64 {place}")
            value = code.value(f"load double, ptr {self._element('y', i, lane)}")
            code.do(f"store double {value}, ptr {place}")
        place = code.value(f"getelementptr inbounds i8, ptr {self.job['status']}, i64 {s}")
        code.do(f"store i8 {int(status)}, ptr {place}")
        attempts = code.value(f"fptosi double {self._get_lane('attempts', lane)} to i64")
        self._put_array("steps", s, attempts, "i64")
        with code.when(code.value(f"icmp ne ptr {self.job['record']}, null")):
            self._put_array("record_counts", s, self._get_lane("recorded", lane, "i64"), "i64")
        code.value(f"atomicrmw add ptr {self.job['done']}, i64 1 monotonic")
        bit = code.value(f"shl i64 1, {lane}")
        others = code.value(f"xor i64 {bit}, -1")
        code.do(f"store i64 {code.value(f'and i64 {self._get(self.active)}, {others}')}, ptr {self.active}")

    def _turn(self) -> None:
        """Back to the top if lanes can be filled, out if nothing is left or a stop was asked for."""
        code = self.code
        active = self._get(self.active)
        free = code.value(f"icmp ne i64 {active}, {self.full}")
        open_ = code.value(f"icmp eq i64 {self._get(self.exhausted)}, 0")
        full, work, halt, go = (code.new_label(x) for x in ("full", "work", "halt", "go"))
        code.do(f"br i1 {code.value(f'and i1 {free}, {open_}')}, label %top, label %{full}")
        code.label(full)
        code.do(f"br i1 {code.value(f'icmp eq i64 {active}, 0')}, label %leave, label %{work}")
        code.label(work)
        stop = code.value(f"load atomic i64, ptr {self.job['stop']} monotonic, align 8")
        code.do(f"br i1 {code.value(f'icmp ne i64 {stop}, 0')}, label %{halt}, label %{go}")
        code.label(halt)
        with code.each_bit(active) as lane:
            self._end(lane, Status.INTERRUPTED)
        code.do("br label %leave")
        code.label(go)

    def _next_output_time(self, lane: str, k: str) -> None:
        """Sets when the lane shows next: time k, or never."""
        code = self.code
        more, never, done = (code.new_label(x) for x in ("more", "never", "set"))
        code.do(f"br i1 {code.value(f'icmp slt i64 {k}, ' + self.job['n_times'])}, label %{more}, label %{never}")
        code.label(more)
        self._put_lane("shown_next", lane, self._array("times", k))
        code.do(f"br label %{done}")
        code.label(never)
        self._put_lane("shown_next", lane, Code().number(math.inf))
        code.do(f"br label %{done}")
        code.label(done)
