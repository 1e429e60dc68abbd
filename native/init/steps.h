// One function for each operation of the table in src/protocol/operations/, which documents what it does and its fields.
#pragma once
#include "state.h"
// Must follow the types that it uses.
#include "protocol/operations.h"

namespace tsrun::init::steps {

namespace operations = plan::operations;

#define TSRUN_OPERATION(Type, function) Result function(State&, const operations::Type&);
#include "protocol/each_operation.inc"
#undef TSRUN_OPERATION

}  // namespace tsrun::init::steps
