// Writing all of a buffer.
#pragma once
#include <cstddef>

namespace tsrun {

// write(2) until everything is written; what is empty is written once, too. False with errno.
bool write_all(int fd, const void* data, size_t size);

// The same to what others read, such as a pipe that somebody made non-blocking: a full one is waited for, ETIMEDOUT once nothing was taken for 10 seconds.
bool write_in_time(int fd, const void* data, size_t size);

}  // namespace tsrun
