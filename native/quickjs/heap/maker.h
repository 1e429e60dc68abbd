// Makes images of programs (program_image.h), in a copy of the executable that exists only during the build. The copy has another mark in
// front of its room, so neither a command line nor an environment variable reaches this code in the installed executable.
//
// The same sources give the same image: tools/load_at.cc loads the copy at a fixed address, the engine's clock (which seeds Math.random)
// stands still, and values that depend on the stack are left out.
#pragma once
#include <cstddef>
#include <string>

namespace tsrun {

// Whether this is the build's copy.
bool isMaker();

// Call it in the maker before the engine is created: stops the engine's clock, and clears freed blocks.
void prepareMaker();

// Writes the current heap to a file, for placement `offset` bytes into the room. Returns what is wrong, or an empty string.
std::string writeProgramImage(size_t offset, const char* path);

}  // namespace tsrun
