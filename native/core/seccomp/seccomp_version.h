// The version of libseccomp that is linked in, such as "2.5.4"; empty where none is.
#pragma once
#include <string>

namespace tsrun {

std::string seccompVersion();

}  // namespace tsrun
