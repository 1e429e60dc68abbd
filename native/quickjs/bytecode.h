// The output of `bytecode-compiler`, which the executable carries in its read-only data.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tsrun {

struct EmbeddedModule {
  // The name by which other modules import it, without "./".
  const char* name;
  const uint8_t* bytecode;
  size_t size;
};

// The first one is the entry.
extern const EmbeddedModule kEmbeddedModules[];
extern const size_t kEmbeddedModuleCount;

}  // namespace tsrun
