"""The Rosenbrock step, its error control, events, extinction and dense output, as LLVM IR."""
