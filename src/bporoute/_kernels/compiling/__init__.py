"""How kernels are declared, compiled in the background or when work is worth it, and cached."""
