/**
 * Usage: npm run bench -- [--quick] [--only run,exec] [--rounds N]; see README.md here.
 *
 * Measures tsrun, the bare system calls and other runtimes, all interleaved in one run.
 */
import { removeCgroups } from './setting/cleanup.mjs';
import { discoverSubjects } from './setting/discover.mjs';
import { compareContainers } from './measure/equality.mjs';
import { describeMachine, versionsOf } from './setting/machine.mjs';
import { measures } from './measure/measures.mjs';
import { readOptions } from './options.mjs';
import { printed } from './report/print.mjs';
import { inPrivateMounts, workDirectory } from './setting/private_mounts.mjs';
import { compilePrograms } from './programs.mjs';
import { progressBar } from './report/progress.mjs';
import { writeResults } from './results.mjs';
import { takeRounds } from './measure/rounds.mjs';
import { sections } from './sections.mjs';
import { idPrefix, prepareSetting } from './setting/setting.mjs';
import { summarize } from './measure/statistics.mjs';
import { measureTable, sectionTable, targetTable } from './report/tables.mjs';

const options = readOptions();
/** In the terminal, subjects have the names that --subjects takes. */
const label = (subject) => subject;
if (process.getuid() !== 0) {
  process.stderr.write('bench: containers are made here: run this as root\n');
  process.exit(1);
}
process.exitCode = await (workDirectory === undefined ? inPrivateMounts() : bench()).catch(failed);

function failed(error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.stack : error}\n`);
  return 1;
}

async function bench() {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort());
  removeCgroups(idPrefix);
  const subjects = [];
  try {
    const setting = prepareSetting(compilePrograms);
    const skipped = await discoverSubjects({ setting, wanted: options.subjects, subjects });
    for (const { name, reason } of skipped) say(`left out: ${name}: ${reason}`);
    return await measureAll({ subjects, setting, stopping: stop.signal });
  } finally {
    for (const subject of subjects) await subject.end();
    removeCgroups(idPrefix);
  }
}

async function measureAll({ subjects, setting, stopping }) {
  const machine = describeMachine();
  const versions = await versionsOf(subjects);
  say(
    `${machine.processor}, ${machine.cores} cores, Linux ${machine.kernel}, cgroup ${machine.cgroup} (${machine.controllers.join(' ') || 'no controllers'})`,
  );
  for (const [name, version] of Object.entries(versions)) say(`${name}: ${version}`);

  const found = [];
  for (const kind of ['default', 'engine']) {
    found.push(
      ...(await compareContainers({ subjects, setting, kind })).map((difference) => ({
        ...difference,
        text: `${kind}: ${difference.text}`,
      })),
    );
  }
  const serious = found.filter((difference) => difference.serious);
  for (const { text } of serious) say(`DIFFERENT: ${text}`);
  say(
    `the containers of all are compared: ${serious.length} differences in kind, ${found.length - serious.length} in options (listed in the report)`,
  );
  if (serious.length > 0 && !options.unequal) {
    process.stderr.write('bench: the containers are not of the same kind, so that times cannot be compared (--unequal does it anyway)\n');
    return 1;
  }

  const bar = progressBar();
  const context = { subjects, setting, options, progress: bar.show, stopping };
  /** Sections that have what this host cannot measure. */
  const instead = new Set();
  const wanted = (name) => !stopping.aborted && ((options.only?.includes(name) ?? true) || instead.has(name));
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine,
    versions,
    rounds: options.rounds,
    differences: found,
    measured: {},
    sections: {},
  };
  for (const [name, measure] of Object.entries(measures).filter(([measureName]) => wanted(measureName))) {
    if (stopping.aborted) break;
    if (measure.needs !== undefined && !setting.controllers.includes(measure.needs)) {
      say(`${name}: cgroup v2 has no controller ${measure.needs} here: measured in an emulated machine, see the section systemd`);
      instead.add('systemd');
      continue;
    }
    const samples = await takeRounds({ ...context, name, measure, rounds: Math.ceil(options.rounds * (measure.share ?? 1)) });
    bar.clear();
    if (stopping.aborted) break;
    results.measured[name] = Object.fromEntries([...samples].map(([subject, taken]) => [subject, summarize(taken)]));
    say(`\n${printed(measureTable({ title: measure.title, summaries: results.measured[name], label }))}`);
  }
  for (const [name, section] of Object.entries(sections).filter(([sectionName]) => wanted(sectionName))) {
    if (stopping.aborted) break;
    const answer = await section(context);
    bar.clear();
    results.sections[name] = answer;
    say(`\n${printed(sectionTable({ ...answer, label }))}`);
  }
  if (stopping.aborted) {
    say('\nstopped: nothing is written');
    return 130;
  }
  say(`\n${printed(targetTable({ results, label }))}`);
  for (const file of writeResults(results, options)) say(`written: ${file}`);
  return 0;
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
