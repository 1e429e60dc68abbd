// Writing all of a buffer.
#pragma once
#include <cstddef>

namespace tsrun {

// write(2) until everything is written; what is empty is written once, too. False with errno.
bool write_all(int fd, const void* data, size_t size);

}  // namespace tsrun
