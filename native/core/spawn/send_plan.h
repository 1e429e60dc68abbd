// The way of a plan to tsrun-init.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tsrun {

// Sends all of a buffer. False with errno, such as EPIPE where the other side is gone.
bool send_all(int socket, const uint8_t* data, size_t size);

// Sends what the socket takes without waiting, and answers how much that was.
size_t send_at_once(int socket, const uint8_t* data, size_t size);

}  // namespace tsrun
