// Usage: field_tests PLAN FIELDS, both written by sample.mjs
//
// What TypeScript encodes is what tsrun-init reads: each field by its name, and at the place in the record that known_operations.h lists.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "known_operations.h"

namespace tsrun::test {
namespace {

int passed = 0;
int failed = 0;

void check(bool good, const std::string& name) {
  ++(good ? passed : failed);
  if (!good) std::printf("FAILED: %s\n", name.c_str());
}

const KnownOperation* known(const std::string& name) {
  for (const KnownOperation& operation : known_operations()) {
    if (name == operation.name) return &operation;
  }
  return nullptr;
}

// Whether that field is set, and no other.
bool only(const KnownOperation& operation, const std::string& field, const plan::Operation& record) {
  bool found = false;
  for (const auto* fields : {&operation.numbers, &operation.texts}) {
    for (const Field& other : *fields) {
      if (other.set(record) != (field == other.name)) return false;
      found = found || field == other.name;
    }
  }
  return found;
}

void numbers_and_places() {
  for (const KnownOperation& operation : known_operations()) {
    const std::string name = operation.name;
    check(operation.id == static_cast<uint16_t>(operation.op), name + ": its number");
    for (size_t i = 0; i < operation.numbers.size(); ++i) {
      plan::Operation record = {operation.op, {}, {}};
      record.numbers[i] = 1;
      check(only(operation, operation.numbers[i].name, record), name + ": the place of " + operation.numbers[i].name);
    }
    for (size_t i = 0; i < operation.texts.size(); ++i) {
      plan::Operation record = {operation.op, {}, {}};
      record.texts[i] = {"x", 1};
      check(only(operation, operation.texts[i].name, record), name + ": the place of " + operation.texts[i].name);
    }
  }
}

std::string content(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void what_typescript_encoded(const char* plan_path, const char* fields_path) {
  const std::string bytes = content(plan_path);
  plan::Plan plan;
  check(plan.decode(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()) == plan::Malformed::kNo, "the plan is accepted");
  std::ifstream fields(fields_path);
  std::string name, field;
  uint32_t count = 0;
  for (; fields >> name >> field && count < plan.count(); ++count) {
    const KnownOperation* operation = known(name);
    const plan::Operation record = plan.at(count);
    const bool same = operation != nullptr && operation->op == record.op;
    std::string what = name;
    what.append(": reads ").append(field).append(" where TypeScript wrote it");
    check(same && only(*operation, field, record), what);
  }
  size_t expected = 0;
  for (const KnownOperation& operation : known_operations()) expected += operation.numbers.size() + operation.texts.size();
  check(count == expected && count == plan.count(), "every field of every operation was compared");
}

}  // namespace
}  // namespace tsrun::test

int main(int count, char** arguments) {
  if (count != 3) return EXIT_FAILURE;
  tsrun::test::numbers_and_places();
  tsrun::test::what_typescript_encoded(arguments[1], arguments[2]);
  std::printf("%d passed, %d failed\n", tsrun::test::passed, tsrun::test::failed);
  return tsrun::test::failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
