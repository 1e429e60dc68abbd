// The way of a plan to tsrun-init.
#pragma once
#include "door.h"

namespace tsrun {

// Sends all of a buffer. False with errno, such as EPIPE where the other side is gone.
bool send_all(int socket, const uint8_t* data, size_t size);

}  // namespace tsrun
