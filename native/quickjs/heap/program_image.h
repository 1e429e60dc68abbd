// Programs that are started already: the engine's heap after the modules of a verb were evaluated and before its command line was read, so that a start copies
// memory instead of creating the engine, reading bytecode and running module bodies.
//
// An image lies in writable memory of the executable and becomes the heap there. So all its pointers, to the heap or to functions of the engine, move by one distance
// when the executable is loaded elsewhere: the image holds them less the address at which it is loaded, and a bit for each word that tells which ones they are.
//
// scripts/images.mjs makes the images (maker.h) and writes them into the room that the executable has for them. Without images the executable does the same, later.
#pragma once

namespace tsrun {

// Makes the heap that of the program for `verb`; false if the executable has none.
bool restoreProgram(const char* verb);

}  // namespace tsrun
