// The canary of the stack protector (-fstack-protector-strong).
#pragma once

namespace tsrun::init {

// `stack` is the initial stack from the kernel. The caller must never return, because its own frame has the old canary.
void set_stack_guard(const long* stack);

}  // namespace tsrun::init
