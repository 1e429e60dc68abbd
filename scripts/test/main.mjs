/** Runs the stages of scripts/test.sh in order and adds up the results. A stage that fails does not keep the next from running. */
import { removeEmptyRoot, takeSnapshot, leftovers, mark } from './leftovers.mjs';
import { stages } from './stages.mjs';

process.env[mark.name] = mark.value;
removeEmptyRoot();
const before = takeSnapshot();
const results = [];
for (const { name, run } of stages) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const { passed, failed, failures = [] } = run();
  results.push({ name, passed, failed, failures, seconds: (Date.now() - started) / 1000 });
}
console.log('\n== leftovers');
const found = leftovers(before);
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
