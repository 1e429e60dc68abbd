// The structures of sendmsg(2) and recvmsg(2), without the C library.
#pragma once
#include "sys.h"

namespace tsrun::init {

// struct iovec
struct Part {
  void* data;
  size_t size;
};

// struct user_msghdr of linux/socket.h
struct MessageHeader {
  void* name;
  int name_size;
  Part* parts;
  size_t part_count;
  void* control;
  size_t control_size;
  unsigned flags;
};

// SOL_SOCKET and SCM_RIGHTS
constexpr int kSocketLevel = 1, kRights = 1;

// struct cmsghdr with one descriptor.
struct RightsOfOne {
  size_t size = kSize;
  int level = kSocketLevel, type = kRights, fd = -1, padding = 0;
  static constexpr size_t kSize = sizeof(size_t) + 3 * sizeof(int);
};

}  // namespace tsrun::init
