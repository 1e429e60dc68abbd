import { environmentVariable } from '../../cli/environment.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { throughDescriptor } from '../../errors/through_descriptor.js';
import { exitOf } from '../../init/reap.js';
import { sys } from '../../sys/call.js';

/** access(2): X_OK. */
const mayExecute = 1;
const outputLimit = 16 << 20;

/** Runs the host's ps and returns its output. */
export async function outputOfPs(options: readonly string[]): Promise<string> {
  const path = findPs();
  // A file instead of a pipe, so that ps never waits for a reader.
  const file = sys().memoryFile({ text: '' });
  try {
    const child = sys().runProgram({
      path,
      args: ['ps', ...options],
      environment: sys().environment(),
      directory: '/',
      stdin: 0,
      stdout: file,
      stderr: 2,
    });
    const exit = await exitOf(child);
    if (exit === null || exit.code !== 0) throw failed(`exit status ${exit?.code ?? -1}`, 'ps printed its own message above');
    // Opened again, because the child shares the file position, which is at the end.
    return throughDescriptor({ fd: file, name: 'output of ps' }, (opened) => sys().readText({ path: opened, limit: outputLimit }));
  } finally {
    sys().close({ fd: file });
  }
}

function findPs(): string {
  const directories = environmentVariable('PATH') || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const path = directories
    .split(':')
    .filter((directory) => directory.startsWith('/'))
    .map((directory) => `${directory}/ps`)
    .find((candidate) => sys().access({ path: candidate, mode: mayExecute }));
  if (path === undefined) throw failed('executable file not found in $PATH', 'install ps (package procps), or use --format json');
  return path;
}

function failed(reason: string, hint: string): RuntimeError {
  return new RuntimeError(`run "ps": ${reason}`, { code: 'unsupported', phase: 'command', operation: 'ps', path: 'ps', hint });
}
