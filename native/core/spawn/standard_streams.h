// The descriptors 0, 1 and 2. If one of them is closed, the next descriptor that is opened gets its number and with it the meaning: a
// container's standard input, or the destination of error messages.
#pragma once

namespace tsrun {

// Opens those that are closed on /dev/null, as secure programs and Go's runtime do. Call it before opening anything else. Returns false
// with errno.
bool open_standard_streams();

}  // namespace tsrun
