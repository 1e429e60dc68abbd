// SHA-256 (FIPS 180-4), for names that follow from contents. Nothing secret is hashed, so constant time does not matter.
#pragma once
#include <cstddef>
#include <string>

namespace tsrun {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(const void* data, size_t size);

}  // namespace tsrun
