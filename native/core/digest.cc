#include "entries.h"
#include "sha256.h"

namespace tsrun::entries {

Outcome digest(const Arguments& a) { return Value{sha256_hex(a.text(0).data(), a.text(0).size())}; }

}  // namespace tsrun::entries
