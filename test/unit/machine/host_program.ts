import { closeWriter } from './kernel/descriptors.js';
import type { Process } from './kernel/processes.js';
import { fail } from './kernel/tree.js';
import type { World } from './world.js';

/** Executes a program of the host: it writes to `streams`, and ends unless it waits to be killed. */
export function hostProgram({ options, processes, descriptors }: World, path: string, streams: readonly number[]): Process {
  const program = options.programs?.[path] ?? fail('ENOENT', 'execve', path);
  const process = processes.make({ name: path, child: true, cgroup: null });
  for (const [index, text] of [program.stdout, program.stderr].entries()) {
    const handle = descriptors.open.get(streams[index] as number);
    if (handle?.kind === 'file') handle.node.text += text ?? '';
    if (handle?.kind !== 'write') continue;
    const { pipe } = handle;
    pipe.text += text ?? '';
    pipe.writers++;
    pipe.endless = program.until === 'killed, talks';
    process.atEnd.push(() => {
      pipe.endless = false;
      closeWriter(pipe);
    });
  }
  if (program.until === undefined) processes.end(process, { code: program.code ?? 0, signal: program.signal ?? 0 });
  return process;
}
