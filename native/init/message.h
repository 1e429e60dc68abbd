// What sendmsg(2) and recvmsg(2) take, without the C library.
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

}  // namespace tsrun::init
