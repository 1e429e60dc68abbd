// Protects root's memory while a child in a new user namespace shares it.
#pragma once

namespace tsrun {

// While an instance lives, only a process with rights over our own user namespace may access this process or a child that shares its memory
// (PR_SET_DUMPABLE). Otherwise, root in a pid namespace that sees the child (such as a container with the host's pid namespace) owns the
// user namespace that root creates. It could trace a dumpable child there (user_namespaces(7)) and write our memory. Does nothing if we are
// not root, because our own files in /proc would become root's.
class Undumpable {
 public:
  explicit Undumpable(bool wanted);
  ~Undumpable();
  Undumpable(const Undumpable&) = delete;
  Undumpable& operator=(const Undumpable&) = delete;

 private:
  const bool wanted_;
};

}  // namespace tsrun
