// The arrays of pointers that execve(2) takes.
#pragma once
#include "text.h"

namespace tsrun::init {

struct Vectors {
  const char** arguments = nullptr;
  const char** environment = nullptr;
  // How much memory was taken for both.
  size_t size = 0;
};

// Over two lists of the plan; `extra` is one more variable of the environment, or empty. -errno where there is no memory.
long make_vectors(const Text& arguments, const Text& environment, const Text& extra, Vectors& vectors);
void free_vectors(const Vectors& vectors);

}  // namespace tsrun::init
