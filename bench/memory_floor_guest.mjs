/**
 * Usage: memory_floor_guest.mjs DIRECTORY PROGRAMS NAMES, as root in the guest of test/vm/vm-run, started by
 * sections/memory_floor_in_guest.mjs.
 *
 * Searches for the smallest sufficient memory of the named subjects, with the benchmark's programs compiled in PROGRAMS, and writes
 * DIRECTORY/answer.json. The host has already checked that the containers of all subjects are equal.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeCgroups } from './setting/cleanup.mjs';
import { discoverSubjects } from './setting/discover.mjs';
import { describeMachine, versionsOf } from './setting/machine.mjs';
import { inPrivateMounts, workDirectory } from './setting/private_mounts.mjs';
import { copyPrograms } from './programs.mjs';
import { searchMemoryFloors } from './sections/memory_floor_search.mjs';
import { idPrefix, prepareSetting } from './setting/setting.mjs';

const [answer, programs, names] = process.argv.slice(2);
process.exitCode = await (workDirectory === undefined ? inPrivateMounts() : search());

async function search() {
  const subjects = [];
  try {
    const setting = prepareSetting((directory) => copyPrograms(programs, directory));
    const skipped = await discoverSubjects({ setting, wanted: names.split(','), subjects });
    if (skipped.length > 0) throw new Error(skipped.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
    const rows = await searchMemoryFloors({ subjects, setting, progress: () => undefined, stopping: new AbortController().signal });
    const text = JSON.stringify({ machine: describeMachine(), versions: await versionsOf(subjects), rows });
    writeFileSync(join(answer, 'answer.json'), text);
    return 0;
  } finally {
    for (const subject of subjects) await subject.end();
    removeCgroups(idPrefix);
  }
}
