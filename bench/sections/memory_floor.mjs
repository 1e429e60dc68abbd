import { searchMemoryFloor } from './memory_floor_search.mjs';

const title = 'smallest memory.max in which /bin/true starts';

export async function memoryFloor({ subjects, setting, progress, stopping }) {
  if (!setting.controllers.includes('memory')) return { title, rows: [], unavailable: 'the memory controller is not on cgroup v2 here' };
  const rows = [];
  const commands = subjects.filter(({ kind }) => kind === 'command');
  for (const [turn, subject] of commands.entries()) {
    if (stopping.aborted) break;
    const t = Date.now();
    rows.push(await searchMemoryFloor({ subject, setting, stopping }));
    console.error(subject.name, Date.now() - t);
    progress('memory-floor', turn + 1, commands.length);
  }
  return { title, rows };
}
