// Makes images of programs (program_image.h), in a copy of the executable that the build alone makes: it has another mark in front of its room, so neither a
// command line nor an environment leads here in what is installed.
//
// The same sources give the same image: tools/load_at.cc loads the copy at a fixed address, the engine's clock, from which it seeds Math.random, stands still, and
// what depends on the stack is left out.
#pragma once
#include <cstddef>
#include <string>

namespace tsrun {

// Whether this is the build's copy.
bool isMaker();

// Before the engine is created in the maker: its clock stands still, and freed blocks are cleared.
void prepareMaker();

// Writes the heap as it is now to a file, for `offset` bytes into the room. Returns what is wrong; empty if nothing is.
std::string writeProgramImage(size_t offset, const char* path);

}  // namespace tsrun
