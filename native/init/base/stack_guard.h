// The canary of the stack protector (-fstack-protector-strong).
#pragma once

namespace tsrun::init {

// `stack` as the kernel hands it over. Whoever calls this never returns, since the canary of its own frame is another one.
void set_stack_guard(const long* stack);

}  // namespace tsrun::init
