import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { runtimeCommand } from '../../oci/harness/runtime.js';
import { newDirectory } from '../../oci/harness/scratch.js';

/** The runtime under test as the one absolute path that engines want. A command of several words becomes a script of the program's name. */
export const runtimePath = absolutePath();

function absolutePath(): string {
  const [program = '', ...rest] = runtimeCommand;
  const path = execFileSync('which', [program], { encoding: 'utf8' }).trim();
  if (rest.length === 0) return path;
  const script = `${newDirectory()}/${basename(program)}`;
  writeFileSync(script, `#!/bin/sh\nexec ${[path, ...rest].map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
  return script;
}
