// Target of libFuzzer: whatever the bytes, the decoder reads nothing outside of them, and what it takes can be walked through.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "../../plan_decode.h"

namespace {

// Every byte of a text, and the NUL behind it.
void touch(const tsrun::plan::Text& text) {
  volatile char sum = 0;
  for (uint32_t i = 0; i < text.size; ++i) sum = static_cast<char>(sum + text.data[i]);
  if (text.data[text.size] != '\0') std::abort();
}

bool is_list(const tsrun::plan::Text& text) { return !text.empty() && text.data[text.size - 1] == '\0'; }

void walk(const tsrun::plan::Plan& plan) {
  for (uint32_t i = 0; i < plan.count(); ++i) {
    const tsrun::plan::Operation operation = plan.at(i);
    for (const auto& text : operation.texts) {
      touch(text);
      if (!is_list(text)) continue;
      tsrun::plan::Entries entries(text);
      for (tsrun::plan::Text entry; entries.next(entry);) touch(entry);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The header is put right, or hardly any input would come further.
  const std::unique_ptr<uint8_t[]> bytes(new uint8_t[size]);
  if (size > 0) std::memcpy(bytes.get(), data, size);
  if (size >= tsrun::plan::kHeaderSize && data[0] % 8 != 0) {
    const uint32_t header[3] = {tsrun::plan::kMagic, tsrun::plan::kVersion, static_cast<uint32_t>(size)};
    std::memcpy(bytes.get(), header, sizeof header);
  }
  tsrun::plan::Plan plan;
  if (plan.decode(bytes.get(), size) == tsrun::plan::Malformed::kNo)
    walk(plan);
  else if (plan.count() != 0)
    std::abort();
  return 0;
}
