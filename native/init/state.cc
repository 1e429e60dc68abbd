#include "state.h"

namespace tsrun::init {

Result failed(State& state, Step step, long result, const Text& about) {
  state.about.clear().add_some(about);
  return {step, static_cast<int>(-result)};
}

}  // namespace tsrun::init
