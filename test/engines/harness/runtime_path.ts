import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { runtimeCommand } from '../../oci/harness/runtime.js';
import { newDirectory } from '../../oci/harness/scratch.js';

/** The tested runtime as a single absolute path, which engines need. For a command of several words, a script with the program's name. */
export const runtimePath = absolutePath();

function absolutePath(): string {
  const [program = '', ...rest] = runtimeCommand;
  const path = execFileSync('which', [program], { encoding: 'utf8' }).trim();
  if (rest.length === 0) return path;
  const script = `${newDirectory()}/${basename(program)}`;
  writeFileSync(script, `#!/bin/sh\nexec ${[path, ...rest].map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
  return script;
}
