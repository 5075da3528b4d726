"""The host's processor, and machine code from LLVM IR for it. No compiler is needed on the user's machine."""

from __future__ import annotations

import platform
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

_lock = threading.Lock()
# Modules of more text than this are compiled without LLVM's own optimisations, which take longer than they gain:
# 466 states of BioModels 235 in 1.9 s instead of 6.0 s, and then 15 % slower.
_LARGE = 2_000_000


@dataclass(frozen=True)
class Target:
    """A processor to compile for: LLVM's triple, name and feature string."""

    triple: str
    cpu: str
    features: str


def _binding() -> Any:
    import llvmlite.binding as llvm

    return llvm


@cache
def initialise() -> None:
    """Registers LLVM's targets, once per process."""
    llvm = _binding()
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


@cache
def host() -> Target:
    """The processor this process runs on."""
    llvm = _binding()
    return Target(llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


def lanes_for(target: Target) -> int:
    """How many doubles one vector register of the target holds."""
    if "+avx512f" in target.features:
        return 8
    if "+avx" in target.features:
        return 4
    return 2


def compile_module(ir: str, target: Target, *, optimise: int | None = None, assembly: bool = False) -> Any:
    """Object code (bytes) of a module, or its assembly (text); `optimise` is LLVM's level, None for one that suits."""
    level = optimise if optimise is not None else 0 if len(ir) > _LARGE else 2
    llvm = _binding()
    with _lock:
        initialise()
        machine = llvm.Target.from_triple(target.triple).create_target_machine(
            cpu=target.cpu,
            features=target.features,
            opt=level,
            reloc="pic" if platform.system() != "Windows" else "default",
            codemodel="default",
        )
        module = llvm.parse_assembly(ir)
        module.triple = target.triple
        module.data_layout = str(machine.target_data)
        module.verify()
        _simplify(llvm, module, machine)
        return machine.emit_assembly(module) if assembly else machine.emit_object(module)


def _simplify(llvm: Any, module: Any, machine: Any) -> None:
    """The passes that emitted code gains from: it has no redundancy that the rest of LLVM's usual ones would find."""
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options())
    passes = llvm.create_new_module_pass_manager()
    passes.add_sroa_pass()
    passes.add_always_inliner_pass()
    passes.add_simplify_cfg_pass()
    passes.add_instruction_combine_pass()
    passes.add_loop_rotate_pass()
    passes.add_loop_unroll_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()
    passes.run(module, builder)


class LoadedCode:
    """Machine code in this process; keep it alive as long as its functions are called."""

    def __init__(self, code: bytes) -> None:
        llvm = _binding()
        with _lock:
            initialise()
            machine = llvm.Target.from_default_triple().create_target_machine()
            # llvmlite's memory manager keeps code and constants together; the default one may place them more than
            # 2 GB apart in a process with much mapped memory, and then aborts.
            self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine, use_lmm=True)
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
            self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function begins. Raises KeyError if there is none of this name."""
        found = int(self._engine.get_function_address(name))
        if not found:
            raise KeyError(name)
        return found
