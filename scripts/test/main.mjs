/**
 * Usage: main.mjs [--list] [NAME...]
 *
 * Runs the stages of stages.mjs whose names contain one of the words, or all of them, and adds up the results; --list only prints their names. A
 * stage that fails does not keep the next from running. Stages of one `beside` group run at the same time, as many as there are processors;
 * each one's output is printed when it ends.
 */
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { removeEmptyRoot, takeSnapshot, leftovers, mark } from './leftovers.mjs';
import { chosen, groups } from './order.mjs';
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
const before = takeSnapshot();
const results = [];

async function run({ name, run }, write) {
  const started = Date.now();
  let outcome;
  try {
    outcome = await run(write);
  } catch (error) {
    write(`${String(error)}\n`);
    outcome = { passed: 0, failed: 1, failures: [String(error)] };
  }
  const { passed, failed, failures = [] } = outcome;
  results.push({ name, passed, failed, failures, seconds: (Date.now() - started) / 1000 });
}

/** Takes one stage after the other from the list until it is empty. */
async function worker(list) {
  for (let stage = list.shift(); stage !== undefined; stage = list.shift()) {
    let output = '';
    await run(stage, (text) => {
      output += text;
    });
    console.log(`\n== ${stage.name}\n${output}`);
  }
}

console.log(`${toRun.length} of ${stages.length} stages, in this order: ${toRun.map(({ name }) => name).join('; ')}`);
for (const group of groups(toRun)) {
  const [stage] = group;
  if (group.length === 1) {
    console.log(`\n== ${stage.name}`);
    await run(stage, (text) => process.stdout.write(text));
    continue;
  }
  const list = [...group];
  console.log(`\n== beside each other: ${list.map(({ name }) => name).join('; ')}`);
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), list.length) }, () => worker(list)));
}

console.log('\n== leftovers');
let found = leftovers(before);
// Processes that the last stage has killed may be about to go.
for (let seconds = 0; seconds < 5 && found.length > 0; seconds++) {
  await setTimeout(1000);
  found = leftovers(before);
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
