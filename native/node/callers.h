#pragma once

namespace tsrun {

// Whether an open descriptor is not one of Node.js' own, which makes all that it finds close-on-exec (uv_disable_stdio_inheritance), so that the flag tells nothing.
bool isOfTheCaller(int fd);

}  // namespace tsrun
