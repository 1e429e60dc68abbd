import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const strace = '/usr/bin/strace';

/** System calls of each verb, in all its processes, as counted by `strace -c -f`. Not timed, because tracing changes all times. */
export async function systemCalls({ subjects, setting, progress }) {
  const title = 'system calls per verb (strace -c -f)';
  if (!existsSync(strace)) return { title, rows: [], unavailable: 'strace is not installed' };
  const rows = [];
  // strace is not available inside a subject's own root.
  const traced = subjects.filter(({ kind, root }) => kind === 'command' && root === undefined);
  for (const [turn, subject] of traced.entries()) {
    rows.push(await countVerbs(subject, setting));
    progress('syscalls', turn + 1, traced.length);
  }
  return { title, rows };
}

async function countVerbs(subject, setting) {
  const table = join(subject.directory, 'strace');
  const id = `${setting.prefix}-${subject.name}-s`;
  const count = async (...args) => {
    await subject.call(args, { prefix: [strace, '-c', '-f', '-o', table] });
    return totalCalls(readFileSync(table, 'utf8'));
  };
  const { default: plain, engine } = setting.bundles;
  const counts = { subject: subject.name, version: await count('--version') };
  counts.run = await count('run', '--bundle', plain.true, id);
  counts['run-engine'] = await count('run', '--bundle', engine.true, id);
  try {
    await subject.create(plain.sleep, id);
    await subject.start(id);
    counts.exec = await count('exec', id, '/bin/true');
    counts.state = await count('state', id);
    counts.kill = await count('kill', id, 'WINCH');
    counts.list = await count('list');
  } finally {
    await subject.delete(id, { force: true });
  }
  return counts;
}

/** `100.00    0.002110           4       456        35 total` */
function totalCalls(table) {
  const [, , , calls] = /^100\.00.*total$/m.exec(table)[0].split(/\s+/);
  return Number(calls);
}
