import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const compile = (...args) =>
  execFileSync('cc', ['-std=gnu17', '-O2', '-Wall', '-Wextra', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });

/** Compiles the benchmark's C programs into `directory` and returns their paths. */
export function compilePrograms(directory) {
  const paths = programPaths(directory);
  compile('-static', '-o', paths.runner, join(here, 'programs/runner.c'));
  compile('-static', '-o', paths.floor, join(here, 'programs/floor.c'));
  compile('-static', '-o', paths.floorShim, join(here, 'programs/floor_shim.c'));
  compile('-shared', '-fPIC', '-o', paths.preload, join(here, 'programs/no_setrlimit.c'));
  return paths;
}

/** Copies the compiled programs. */
export function copyPrograms(from, directory) {
  cpSync(from, directory, { recursive: true });
  return programPaths(directory);
}

function programPaths(directory) {
  return {
    floor: join(directory, 'floor'),
    floorShim: join(directory, 'floor_shim'),
    runner: join(directory, 'runner'),
    preload: join(directory, 'no_setrlimit.so'),
  };
}
