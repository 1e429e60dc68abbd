// SHA-256 (FIPS 180-4), for names derived from contents. Nothing secret is hashed, so it need not run in constant time.
#pragma once
#include <cstddef>
#include <string>

namespace tsrun {

// Returns 64 lower-case hexadecimal digits.
std::string sha256_hex(const void* data, size_t size);

}  // namespace tsrun
