# The compiler of the presets `sanitized`, `fuzz` and `coverage`. As cache variables these would make CMake forget all other settings of a
# preset, without an error, when another clang comes first in PATH.
set(CMAKE_C_COMPILER clang)
set(CMAKE_CXX_COMPILER clang++)
