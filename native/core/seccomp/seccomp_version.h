// The version of the linked libseccomp, such as "2.5.4"; empty if none is linked.
#pragma once
#include <string>

namespace tsrun {

std::string seccompVersion();

}  // namespace tsrun
