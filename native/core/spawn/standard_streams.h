// The numbers 0, 1 and 2. Where one of them is closed, the next descriptor that is opened gets it, and with it what that number means: a container's
// standard input, a place for error messages.
#pragma once

namespace tsrun {

// Opens those that are closed on /dev/null, as secure programs and Go's runtime do. To be called before anything else is opened. False with errno.
bool open_standard_streams();

}  // namespace tsrun
