#include "held_here.h"

#include "../core/host/left_children.h"

namespace tsrun {
namespace {

// An environment has one thread, and a thread one environment (worker_threads). A plain pointer, and no make_shared below: both would need
// functions of libstdc++ that the build for musl has not (scripts/package/musl/runtime.cc).
thread_local const std::shared_ptr<Held>* here = nullptr;

void closeAll(void* /* data */) {
  hold_in(nullptr);
  (*here)->close_all();
  reap_left_children();
  delete here;
  here = nullptr;
}

}  // namespace

void holdWithEnvironment(Napi::Env env) {
  // The addon may be loaded into it again.
  if (here != nullptr) return;
  here = new std::shared_ptr<Held>(new Held());
  hold_in(here->get());
  napi_add_env_cleanup_hook(env, closeAll, nullptr);
  reap_left_children();
}

std::shared_ptr<Held> heldHere() { return here == nullptr ? nullptr : *here; }

}  // namespace tsrun
