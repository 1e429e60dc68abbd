/**
 * Usage: systemd_guest.mjs DIRECTORY PROGRAMS NAMES ROUNDS, as root in the guest of `test/vm/vm-run -s`, started by sections/systemd.mjs.
 *
 * Takes interleaved samples of the named subjects with the systemd cgroup driver, and of `update` and `events --stats` with it and without,
 * and writes their medians to DIRECTORY/answer.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measures } from './measure/measures.mjs';
import { takeRounds } from './measure/rounds.mjs';
import { summarize } from './measure/statistics.mjs';
import { copyPrograms } from './programs.mjs';
import { removeCgroups } from './setting/cleanup.mjs';
import { discoverSubjects } from './setting/discover.mjs';
import { describeMachine, versionsOf } from './setting/machine.mjs';
import { inPrivateMounts, workDirectory } from './setting/private_mounts.mjs';
import { idPrefix, prepareSetting } from './setting/setting.mjs';

const progress = () => undefined;
const stopping = new AbortController().signal;

/** Only `create` is timed: systemd has forgotten the unit when `delete` returns, so the next one finds nothing to wait for. */
const createInScope = {
  of: ['command'],
  async once(subject, { bundles, id }) {
    const created = await subject.create(bundles.default.sleep, id);
    await subject.delete(id, { force: true });
    await subject.reap();
    return created;
  },
};

const [answer, programs, names, rounds] = process.argv.slice(2);
process.exitCode = await (workDirectory === undefined ? inPrivateMounts() : measureAll());

async function measureAll() {
  const opened = [];
  try {
    const setting = prepareSetting((directory) => copyPrograms(programs, directory));
    const inScopes = await discover({ setting, driver: 'systemd', opened });
    const plain = await discover({ setting, driver: 'cgroupfs', opened });
    const rows = plain.map(({ name }) => ({ subject: name }));
    for (const [column, measure, subjects] of [
      ['createScopeMs', createInScope, inScopes],
      ['updateScopeMs', measures.update, inScopes],
      ['updateMs', measures.update, plain],
      ['statsMs', measures.stats, plain],
    ]) {
      const samples = await takeRounds({ name: column, measure, subjects, setting, rounds: Number(rounds), progress, stopping });
      for (const row of rows) if (samples.get(row.subject)?.length > 0) row[column] = summarize(samples.get(row.subject)).median;
    }
    writeFileSync(join(answer, 'answer.json'), JSON.stringify({ machine: describeMachine(), versions: await versionsOf(plain), rows }));
    return 0;
  } finally {
    for (const subject of opened) await subject.end();
    removeCgroups(idPrefix);
  }
}

async function discover({ setting, driver, opened }) {
  const directory = join(setting.directory, driver);
  mkdirSync(directory);
  const subjects = [];
  const skipped = await discoverSubjects({ setting: { ...setting, directory }, wanted: names.split(','), subjects, driver });
  opened.push(...subjects);
  if (skipped.length > 0) throw new Error(skipped.map(({ name, reason }) => `${driver}: ${name}: ${reason}`).join('; '));
  return subjects;
}
