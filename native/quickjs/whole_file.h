// For the build: the bytes of a file.
#pragma once
#include <cstdio>
#include <optional>
#include <string>

namespace tsrun {

inline std::optional<std::string> wholeFile(const char* path) {
  FILE* const file = fopen(path, "re");
  if (file == nullptr) return std::nullopt;
  std::string bytes;
  char chunk[1 << 16];
  for (size_t count; (count = fread(chunk, 1, sizeof chunk, file)) > 0;) bytes.append(chunk, count);
  const bool failed = ferror(file) != 0;
  fclose(file);
  if (failed) return std::nullopt;
  return bytes;
}

}  // namespace tsrun
