import { density } from './sections/density.mjs';
import { memoryFloor } from './sections/memory_floor.mjs';
import { parallel } from './sections/parallel.mjs';
import { systemCalls } from './sections/system_calls.mjs';

/**
 * What is not a series of interleaved samples. Each takes {subjects, setting, options, progress, stopping} and answers {title, rows, unavailable?}:
 * `rows` is a list of flat records, which is at once what is printed and what is written.
 */
export const sections = { density, parallel, syscalls: systemCalls, 'memory-floor': memoryFloor };
