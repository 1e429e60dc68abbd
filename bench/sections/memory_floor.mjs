import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const title = 'smallest memory.max in which /bin/true starts';
const page = 4;

/** By halving, to 64 KiB; a limit counts as enough when three starts succeed. Needs the memory controller on cgroup v2. */
export async function memoryFloor({ subjects, setting, progress, stopping }) {
  if (!setting.controllers.includes('memory')) return { title, rows: [], unavailable: 'the memory controller is not on cgroup v2 here' };
  const rows = [];
  const asked = subjects.filter(({ kind }) => kind === 'library' || kind === 'command');
  for (const [turn, subject] of asked.entries()) {
    let [tooSmall, enough] = [page, 64 << 10];
    while (enough - tooSmall > 64 && !stopping.aborted) {
      const middle = Math.ceil((tooSmall + enough) / 2 / page) * page;
      if (await starts(subject, setting, middle)) enough = middle;
      else tooSmall = middle;
    }
    rows.push({ subject: subject.name, smallestKiB: enough });
    progress('memory-floor', turn + 1, asked.length);
  }
  return { title, rows };
}

async function starts(subject, setting, kibibytes) {
  const bundle = join(subject.directory, `memory-${kibibytes}`);
  const config = JSON.parse(readFileSync(join(setting.bundles.default.true, 'config.json'), 'utf8'));
  config.linux.resources.memory = { limit: kibibytes << 10 };
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  const id = `${setting.prefix}-${subject.name}-m`;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await subject.run(bundle, id);
    } catch {
      // Too small is an answer; what the failed start left behind goes, where there is anything.
      await subject.delete(id, { force: true }).catch(() => undefined);
      return false;
    }
  }
  return true;
}
