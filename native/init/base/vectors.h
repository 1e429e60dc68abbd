// The arrays of pointers that execve(2) takes.
#pragma once
#include "text.h"

namespace tsrun::init {

struct Vectors {
  const char** arguments = nullptr;
  const char** environment = nullptr;
  // The memory taken for both arrays.
  size_t size = 0;
};

// Builds the arrays from two lists of the plan. `extra` is one more environment variable, or empty. Returns -errno if there is no memory.
long make_vectors(const Text& arguments, const Text& environment, const Text& extra, Vectors& vectors);
void free_vectors(const Vectors& vectors);

}  // namespace tsrun::init
