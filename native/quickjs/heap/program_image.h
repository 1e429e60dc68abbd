// Images of started programs: the engine's heap after the modules of a verb were evaluated and before its command line was read. A start
// then copies memory instead of creating the engine, reading bytecode and running module bodies.
//
// An image becomes the heap at the place where it lies, in writable memory of the executable. If the executable is loaded elsewhere, all
// pointers, whether to the heap or to functions of the engine, move by the same distance. The image stores them relative to the load
// address, with a bit for each word that says whether it is a pointer.
//
// scripts/images.mjs makes the images (maker.h) and writes them into the executable's room for them. Without images the executable does the
// same, more slowly.
#pragma once

namespace tsrun {

// Restores the heap of the program for `verb`. Returns false if the executable has no image of it.
bool restoreProgram(const char* verb);

// Gives back the memory of the program that was restored or started last, if there is one. Nothing may use it any more.
void abandonProgram();

}  // namespace tsrun
