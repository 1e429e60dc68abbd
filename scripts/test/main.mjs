/**
 * Usage: main.mjs [--list] [NAME...]
 *
 * Runs the stages of stages.mjs whose names contain one of the words, or all of them, and adds up the results; --list only prints their
 * names. A stage that fails does not keep the next from running. Stages of one `beside` group run at the same time, as many as there are
 * processors; those with `behind` run one after the other behind all others. The output of such a stage is printed when it ends.
 */
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { removeEmptyRoot, takeSnapshot, leftovers, mark } from './machine/leftovers.mjs';
import { mountMemory } from './machine/memory.mjs';
import { chosen, groups, parts } from './order.mjs';
import { stages } from './stages.mjs';

const listOnly = process.argv[2] === '--list';
const toRun = chosen(stages, process.argv.slice(listOnly ? 3 : 2));
if (typeof toRun === 'string') {
  console.error(`no stage is called ${JSON.stringify(toRun)}; --list prints the names`);
  process.exit(1);
}
if (listOnly) {
  for (const { name } of toRun) console.log(name);
  process.exit();
}

process.env[mark.name] = mark.value;
removeEmptyRoot();
const memory = mountMemory();
if (memory !== undefined) process.env['TSRUN_TEST_DIRECTORY'] = memory.directory;
const before = takeSnapshot();
const results = [];

async function run({ name, run }, write, how) {
  const started = Date.now();
  let outcome;
  try {
    outcome = await run(write, how);
  } catch (error) {
    write(`${String(error)}\n`);
    outcome = { passed: 0, failed: 1, failures: [String(error)] };
  }
  const { passed, failed, failures = [] } = outcome;
  results.push({ name, passed, failed, failures, seconds: (Date.now() - started) / 1000 });
}

/** What is printed when the stage ends whose output is being printed as it comes. */
const held = [];
let printsAsItComes = false;
function printWhole(text) {
  if (printsAsItComes) held.push(text);
  else console.log(text);
}

/** Takes one stage after the other from the list until it is empty. */
async function worker(list, how) {
  for (let stage = list.shift(); stage !== undefined; stage = list.shift()) {
    let output = '';
    const write = (text) => {
      output += text;
    };
    await run(stage, write, how);
    printWhole(`\n== ${stage.name}\n${output}`);
  }
}

console.log(`${toRun.length} of ${stages.length} stages, in this order: ${toRun.map(({ name }) => name).join('; ')}`);
const { front, back } = parts(toRun);
const processors = availableParallelism();
const workers = (count, list, how) => Promise.all(Array.from({ length: Math.min(count, list.length) }, () => worker(list, how)));
if (front.length > 0 && back.length > 0) console.log(`\n== behind the others: ${back.map(({ name }) => name).join('; ')}`);
const waiting = [...back];
const behind = workers(front.length === 0 ? processors : Math.max(1, processors - 1), waiting, { last: front.length > 0 });
for (const group of groups(front)) {
  const [stage] = group;
  if (group.length === 1) {
    console.log(`\n== ${stage.name}`);
    printsAsItComes = true;
    await run(stage, (text) => process.stdout.write(text));
    printsAsItComes = false;
    for (const text of held.splice(0)) console.log(text);
    continue;
  }
  console.log(`\n== beside each other: ${group.map(({ name }) => name).join('; ')}`);
  await workers(processors, [...group]);
}
await Promise.all([behind, workers(processors, waiting)]);

console.log('\n== leftovers');
const everything = () => [...leftovers(before), ...(memory?.left() ?? [])];
let found = everything();
// Processes that the last stage has killed may be about to go.
for (let seconds = 0; seconds < 5 && found.length > 0; seconds++) {
  await setTimeout(1000);
  found = everything();
}
for (const line of found) console.log(`left behind: ${line}`);
results.push({ name: 'leftovers', passed: found.length === 0 ? 1 : 0, failed: found.length === 0 ? 0 : 1, failures: [], seconds: 0 });

// Repeat the failures at the end, because the beginning of a log is often cut off.
const linesOfEach = 12;
for (const { name, failures } of results)
  for (const failure of failures) console.log(`\n== failed in ${name}: ${failure.split('\n').slice(0, linesOfEach).join('\n')}`);
console.log();
for (const { name, passed, failed, seconds } of results) {
  console.log(`${name.padEnd(36)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed  ${seconds.toFixed(1)} s`);
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
