/**
 * Usage: node bench/measure/phases.mjs [--rounds N] [--write]
 *
 * Breaks down the start of the command `tsrun`. From outside: ever longer commands, timed by the runner. From inside: the record of each
 * system call that `tsrun --debug run` writes. --write puts the tables into README.md here.
 */
import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeBundles } from '../bundles/write.mjs';
import { removeCgroups } from '../setting/cleanup.mjs';
import { inPrivateMounts, workDirectory } from '../setting/private_mounts.mjs';
import { compilePrograms } from '../programs.mjs';
import { median } from './statistics.mjs';
import { CommandSubject } from '../subjects/command.mjs';

const prefix = 'tsrun-bench';
const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '50' }, write: { type: 'boolean', default: false } },
});
process.exitCode = workDirectory === undefined ? await inPrivateMounts() : await main();

async function main() {
  const [bundleDirectory, programDirectory, directory] = ['bundles', 'programs', 'tsrun'].map((name) => join(workDirectory, name));
  for (const path of [bundleDirectory, programDirectory, directory]) mkdirSync(path);
  const { bundles } = writeBundles({ directory: bundleDirectory, controllers: [] });
  const programs = compilePrograms(programDirectory);
  const state = join(directory, 'state');
  const subject = (command) => new CommandSubject({ name: command[0], command, directory, programs });
  const subjects = {
    nothing: subject(['/bin/busybox', 'true']),
    tsrun: subject([join(import.meta.dirname, '../../dist/tsrun'), '--root', state]),
  };
  try {
    const tables = `${await fromWithout(subjects, bundles, directory)}\n\n${await fromWithin(subjects.tsrun, bundles, directory)}`;
    process.stdout.write(`${tables}\n`);
    if (options.write) writeTables(tables);
  } finally {
    for (const each of Object.values(subjects)) await each.end();
    removeCgroups(prefix);
  }
  return 0;
}

/**
 * Each row does all that the row above does, and more. The last one is the exception: it has no image, so it creates the engine and reads
 * the bytecode of all verbs.
 */
async function fromWithout({ nothing, tsrun }, bundles, directory) {
  const bundle = bundles.default.true;
  const rootless = withoutRoot(bundle, directory);
  const steps = [
    ['process: a static program that does nothing', () => nothing.call([])],
    [
      '+ image of a small program, arguments, state directory: `tsrun state` of an absent id',
      () => tsrun.callAndFail(['state', `${prefix}-absent`]),
    ],
    [
      '+ image of a large program, config.json and its checks: `tsrun run` without a root file system',
      () => tsrun.callAndFail(['run', '--bundle', rootless, `${prefix}-absent`]),
    ],
    ['+ plan, cgroup, spawn, container, state, removal: `tsrun run`', () => tsrun.run(bundle, `${prefix}-${process.pid}`)],
    ['beside it, without an image: `tsrun --version`', () => tsrun.call(['--version'])],
  ];
  const times = steps.map(() => []);
  await rounds(async () => {
    for (const [index, [, step]] of steps.entries()) times[index].push((await step()).ns / 1e3);
  });
  const medians = times.map(median);
  return markdown(
    ['From without', 'total µs', 'added µs'],
    steps.map(([name], index) => [
      name,
      medians[index].toFixed(0),
      index === steps.length - 1 ? '' : (medians[index] - (medians[index - 1] ?? 0)).toFixed(0),
    ]),
  );
}

/** Writes the bundle's configuration with a root file system that does not exist. */
function withoutRoot(bundle, directory) {
  const copy = join(directory, 'rootless');
  mkdirSync(copy);
  const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
  writeFileSync(join(copy, 'config.json'), JSON.stringify({ ...config, root: { ...config.root, path: '/nonexistent' } }, null, 2));
  return copy;
}

/** Sums over one run, by kind of call. The time between two calls is TypeScript's (and that of writing the records). */
async function fromWithin(tsrun, bundles, directory) {
  const log = join(directory, 'log');
  const sums = new Map();
  await rounds(async () => {
    await tsrun.call([
      '--debug',
      '--log',
      log,
      '--log-format',
      'json',
      'run',
      '--bundle',
      bundles.default.true,
      `${prefix}-${process.pid}`,
    ]);
    for (const [name, sum] of sumsOf(readFileSync(log, 'utf8'))) sums.set(name, [...(sums.get(name) ?? []), sum]);
    unlinkSync(log);
  });
  const rows = [...sums].map(([name, each]) => [name, median(each)]).sort(([, a], [, b]) => b - a);
  return markdown(
    ['From within, `tsrun run`', 'µs'],
    rows.map(([name, sum]) => [name, sum.toFixed(0)]),
  );
}

/** `{"msg":"spawn ...","at":22809,"took":2646}`: microseconds since sys was bound. */
function sumsOf(log) {
  const sums = new Map();
  const add = (name, microseconds) => sums.set(name, (sums.get(name) ?? 0) + microseconds);
  let end = 0;
  for (const line of log.trim().split('\n')) {
    const { msg, at, took } = JSON.parse(line);
    if (at === undefined) continue;
    add(end === 0 ? 'TypeScript before the first call: modules, arguments' : 'TypeScript between the calls', at - end);
    add(`call: ${msg.split(' ')[0]}`, took);
    end = at + took;
  }
  return sums;
}

async function rounds(work) {
  for (let round = -2; round < Number(options.rounds); round++) await work();
}

function markdown(head, rows) {
  return [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function writeTables(tables) {
  const path = join(import.meta.dirname, '../README.md');
  const [before, after] = [/^[^]*<!-- phases -->\n/, /<!-- end of phases -->[^]*$/].map(
    (pattern) => pattern.exec(readFileSync(path, 'utf8'))[0],
  );
  writeFileSync(path, `${before}${tables}\n${after}`);
}
