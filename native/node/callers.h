#pragma once

namespace tsrun {

// Whether an open descriptor came from our caller and not from Node.js. Node.js sets close-on-exec on all descriptors that it inherits
// (uv_disable_stdio_inheritance), so the flag does not tell.
bool isOfTheCaller(int fd);

}  // namespace tsrun
