#include "../files/entries.h"
#include "../outcome.h"
#include "copier.h"

namespace tsrun::entries {

Outcome copy_tree(const Arguments& a) {
  trees::Copier copier(a.fd(1));
  if (copier.directory(a.fd(0), a.fd(1), "", 0)) return done();
  return failed(copier.call(), copier.subject());
}

}  // namespace tsrun::entries
