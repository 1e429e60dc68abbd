#include "held_here.h"

namespace tsrun {
namespace {

// An environment has one thread, and a thread one environment (worker_threads).
thread_local std::shared_ptr<Held> here;

void closeAll(void* /* data */) {
  hold_in(nullptr);
  here->close_all();
  here.reset();
}

}  // namespace

void holdWithEnvironment(Napi::Env env) {
  // The addon may be loaded into it again.
  if (here != nullptr) return;
  here = std::make_shared<Held>();
  hold_in(here.get());
  napi_add_env_cleanup_hook(env, closeAll, nullptr);
}

std::shared_ptr<Held> heldHere() { return here; }

}  // namespace tsrun
