// Root's memory while a child in a new user namespace shares it.
#pragma once

namespace tsrun {

// As long as one of these lives, nobody without rights over our own user namespace may look at this process or at a child that shares its memory (PR_SET_DUMPABLE).
// Whoever is root in a pid namespace that sees the child, such as a container that has the host's, owns the user namespace that root makes, and so could trace a
// dumpable one in it (user_namespaces(7)), and write what is ours. Does nothing for others than root, whose own files in /proc would become root's.
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
