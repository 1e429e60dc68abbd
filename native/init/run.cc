#include "run.h"

#include "steps.h"

namespace tsrun::init {
namespace {

// No default case, so that the compiler reports a missing operation.
Result carry_out(State& state, const Operation& operation) {
  using plan::Op;
  switch (operation.op) {
#define TSRUN_OPERATION(Type, function) \
  case Op::k##Type:                     \
    return steps::function(state, steps::operations::Type(operation));
#include "protocol/each_operation.inc"
#undef TSRUN_OPERATION
  }
  __builtin_unreachable();  // The decoder accepts known operations only.
}

}  // namespace

Result run(State& state) {
  for (uint32_t i = 0; i < state.plan->count(); ++i) {
    const Operation operation = state.plan->at(i);
    state.operation = i;
    const Result result = carry_out(state, operation);
    if (result.failed()) return result;
  }
  return failed(state, Step::kPlan, -ENODATA, text_of("end"));
}

}  // namespace tsrun::init
