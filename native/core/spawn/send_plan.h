// Sends a plan to tsrun-init.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tsrun {

// Sends the whole buffer. Returns false with errno, such as EPIPE if the other side is gone.
bool send_all(int socket, const uint8_t* data, size_t size);

// Sends as much as the socket takes without waiting, and returns how much that was.
size_t send_at_once(int socket, const uint8_t* data, size_t size);

}  // namespace tsrun
