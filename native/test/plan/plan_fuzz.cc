// A libFuzzer target: whatever the input, the decoder reads nothing outside of it, and every accepted plan can be read completely.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "../../plan_decode.h"

namespace {

// Reads every byte of a text, and the NUL after it.
void touch(const tsrun::plan::Text& text) {
  volatile char sum = 0;
  for (uint32_t i = 0; i < text.size; ++i) sum = static_cast<char>(sum + text.data[i]);
  if (text.data[text.size] != '\0') std::abort();
}

bool is_list(const tsrun::plan::Text& text) { return !text.empty() && text.data[text.size - 1] == '\0'; }

template <typename T>
void whole(int64_t value) {
  if (static_cast<int64_t>(static_cast<T>(value)) != value) std::abort();
}

// Checks numbers whose truncated form would be dangerous, with the casts of tsrun-init.
void check_widths(const tsrun::plan::Operation& operation) {
  constexpr int64_t kNobody = UINT32_MAX;  // (uid_t) -1
  switch (operation.op) {
    case tsrun::plan::Op::kUser:
      whole<uint32_t>(operation.numbers[0]);
      whole<uint32_t>(operation.numbers[1]);
      if (operation.numbers[0] == kNobody || operation.numbers[1] == kNobody) std::abort();
      break;
    case tsrun::plan::Op::kTerminal:
      whole<int>(operation.numbers[0]);
      whole<unsigned short>(operation.numbers[1]);
      whole<unsigned short>(operation.numbers[2]);
      break;
    case tsrun::plan::Op::kDevice:
      whole<unsigned short>(operation.numbers[0]);
      whole<unsigned>(operation.numbers[1]);
      whole<unsigned>(operation.numbers[2]);
      break;
    case tsrun::plan::Op::kMount:
      whole<uint32_t>(operation.numbers[0]);
      break;
    default:
      break;
  }
}

void walk(const tsrun::plan::Plan& plan) {
  for (uint32_t i = 0; i < plan.count(); ++i) {
    const tsrun::plan::Operation operation = plan.at(i);
    check_widths(operation);
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
  // Correct the header: otherwise hardly any input would get further.
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
