// Programs that are started already: the engine's heap after the modules of a verb were evaluated and before its command line was read, so that a start copies
// memory in place of making the engine, reading bytecode and running module bodies.
//
// An image lies in writable memory of the executable and becomes the heap there. So all its pointers, to the heap or to functions of the engine, move by one distance
// when the executable is loaded elsewhere: the image holds them less the address at which it is loaded, and a bit for each word that tells which ones they are.
//
// scripts/images.mjs makes the images with the linked executable itself, and writes them into the room that it has for them.
#pragma once
#include <cstddef>
#include <string>

namespace tsrun {

// Makes the heap that of the program for `verb`; false where the executable has none.
bool restoreProgram(const char* verb);

// Whether this executable has no images yet, and so may be asked for them.
bool lacksPrograms();

// Whether pointers can be told from other words here. Where the executable is loaded so that they look like text or small numbers, it must be tried again.
bool pointersAreTelling();

// Writes the heap as it is now to a file, for `offset` bytes into the room. Answers what is wrong; empty where nothing is.
std::string writeProgramImage(size_t offset, const char* path);

}  // namespace tsrun
