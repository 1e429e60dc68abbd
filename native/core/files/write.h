// Writes whole buffers.
#pragma once
#include <cstddef>

namespace tsrun {

// Calls write(2) until everything is written; an empty buffer is written once, too. Returns false with errno.
bool write_all(int fd, const void* data, size_t size);

// As write_all, for descriptors that others read, such as a pipe that somebody made non-blocking: waits while it is full, and fails with
// ETIMEDOUT if nothing was read for 10 seconds.
bool write_in_time(int fd, const void* data, size_t size);

}  // namespace tsrun
