#include "../outcome.h"
#include "entries.h"
#include "sha256.h"

namespace tsrun::entries {

Outcome digest(const Arguments& a) { return Value{sha256_hex(a.text(0).data(), a.text(0).size())}; }

Outcome encode_text(const Arguments& a) { return answer(Bytes(a.text(0).begin(), a.text(0).end())); }

}  // namespace tsrun::entries
