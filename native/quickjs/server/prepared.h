// The process of the server, made before it is known what it serves.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

namespace tsrun {

// Forks the process, which loads the server's program while this process goes on, on another processor if one is free. It waits for its
// order, and ends without one when this process ends. Does nothing if the container of this command line seems to belong to a server that
// runs, nor on failure: handOver tries again.
void prepareServer(int argc, char* const* argv);

// Ends the prepared process, for which there is nothing to do.
void dismissServer();

// Has the prepared process serve at the socket, with this command line. If none is prepared, forks one now: then it inherits what this
// process has changed, such as its cgroup. Returns its pid; -1 with errno on failure, and names the failed call.
pid_t handOver(int socket, const std::vector<std::string>& words, const char** call);

// The server's socket, in its process.
constexpr int kServerSocket = 3;

}  // namespace tsrun
