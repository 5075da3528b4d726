"""From lowered expressions to LLVM IR: values are one double or a vector of doubles, one per trajectory."""
