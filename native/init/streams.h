// The standard streams.
#pragma once

namespace tsrun::init {

// Whether 0, 1 and 2 are open, and not just O_PATH. Otherwise one of our own descriptors would get the number and become the program's
// stream.
bool streams_are_open();

}  // namespace tsrun::init
