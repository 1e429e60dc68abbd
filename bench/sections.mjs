import { density } from './sections/density.mjs';
import { engines } from './sections/engines.mjs';
import { memoryFloor } from './sections/memory_floor.mjs';
import { parallel } from './sections/parallel.mjs';
import { server } from './sections/server.mjs';
import { systemCalls } from './sections/system_calls.mjs';
import { systemd } from './sections/systemd.mjs';

/**
 * Everything that is not a series of interleaved samples. Each function takes {subjects, setting, options, progress, stopping} and returns
 * {title, rows, unavailable?}. `rows` is a list of flat records, which are both printed and written to the results.
 */
export const sections = { density, engines, parallel, server, syscalls: systemCalls, 'memory-floor': memoryFloor, systemd };
