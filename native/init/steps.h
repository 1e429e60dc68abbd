// One function for each operation of the table in src/protocol/operations/, which says what it does and what it carries.
#pragma once
#include "state.h"
// After the types that it reads.
#include "protocol/operations.h"

namespace tsrun::init::steps {

namespace operations = plan::operations;

#define TSRUN_OPERATION(Type, function) Result function(State&, const operations::Type&);
#include "protocol/each_operation.inc"
#undef TSRUN_OPERATION

}  // namespace tsrun::init::steps
