/**
 * The kinds of stages. A stage has a name and `run`, which passes its output to a function and returns how many tests passed and failed.
 * Its second parameter, for stages that may run behind others, is passed on to `execute`.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.mjs';

const reports = 'build/reports';
const sanitizers = '-fsanitize=address,undefined -fno-sanitize-recover=all -g';

export const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 });

/** Passes if a program ends with 0. */
export const check = (name, program, ...args) => ({
  name,
  run: async (write, how) => one((await execute(program, args, { ...how, write })).ok),
});

/** Programs one after the other, until one fails. */
export async function inOrder(write, lines, how) {
  for (const [program, ...args] of lines) if (!(await execute(program, args, { ...how, write })).ok) return false;
  return true;
}

/** A program whose last line is `N passed, N failed`. */
export const counting = (name, { program, args = [], environment = {} }) => ({
  name,
  async run(write, how) {
    const { ok, stdout } = await execute(program, args, { ...how, write, environment });
    const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(stdout) ?? [];
    return { passed: Number(passed ?? 0), failed: Number(failed ?? 0) || (ok ? 0 : 1) };
  },
});

/** Runs a directory of native/test under the sanitizers. */
export const nativeTest = (name, environment = {}) =>
  counting(`native: ${name}`, {
    program: `native/test/${name}/run.sh`,
    environment: { CXX: 'clang++', CXXFLAGS: sanitizers, ...environment },
  });

/**
 * Runs a script in an emulated machine, for what this machine's kernel lacks, with these options of vm-run. The time limit, in seconds, is
 * for one that gets little of the processors.
 */
export const guest = (name, script, ...options) =>
  counting(name, {
    program: 'test/vm/vm-run',
    args: [...options, '--', `test/vm/${script}`, 'dist/tsrun'],
    environment: { VM_TIMEOUT: '1500' },
  });

/**
 * Runs the tests of one vitest project and reads its JSON report. A missing report, or a file that did not load, is a failure outside of
 * the tests.
 */
export const vitest = (name, { project, environment = {}, wrapper = [], more = () => [] }) => ({
  name,
  async run(write) {
    mkdirSync(reports, { recursive: true });
    const file = join(reports, `${name.replace(/\W+/g, '-')}.json`);
    rmSync(file, { force: true });
    const options = ['--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const [program, ...args] = [...wrapper, 'npx', '--no-install', 'vitest', 'run', ...options, ...more()];
    const { ok } = await execute(program, args, { write, environment });
    let report;
    try {
      report = JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      write(`${String(error)}\n`);
      return one(false);
    }
    const { numPassedTests: passed, numFailedTests: failed } = report;
    return { passed, failed: ok || failed > 0 ? failed : 1, failures: failures(report) };
  },
});

/** The failures, with the first lines of the reason: tests, and files that did not load or whose hooks failed. */
function failures({ testResults }) {
  const relative = (name) => name.slice(process.cwd().length + 1);
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed');
    if (tests.length === 0 && status === 'failed') return [`${relative(name)}: ${message}`];
    return tests.map((test) => `${relative(name)}: ${test.fullName}\n${test.failureMessages.join('\n')}`);
  });
}
