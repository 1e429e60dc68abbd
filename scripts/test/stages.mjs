import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { judgeCoverage, summaryFile } from './coverage.mjs';

const reports = 'build/reports';

/** Runs a program with our standard streams; true if it exits with 0. */
function succeeds(program, args, environment = {}) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  if (error) console.error(String(error));
  return status === 0;
}

const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 });
const check = (name, program, ...args) => ({ name, run: () => one(succeeds(program, args)) });

/** The failures, with the first lines of the reason: tests, and files that did not load or whose hooks failed. */
function failures({ testResults }) {
  const relative = (name) => name.slice(process.cwd().length + 1);
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed');
    if (tests.length === 0 && status === 'failed') return [`${relative(name)}: ${message}`];
    return tests.map((test) => `${relative(name)}: ${test.fullName}\n${test.failureMessages.join('\n')}`);
  });
}

/**
 * Runs the tests of one vitest project and reads its JSON report. A missing report, or a file that did not load, is a failure outside of
 * the tests.
 */
function vitest(name, project, environment, ...files) {
  return {
    name,
    run() {
      mkdirSync(reports, { recursive: true });
      const file = join(reports, `${name.replace(/\W+/g, '-')}.json`);
      rmSync(file, { force: true });
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
      const ok = succeeds('npx', ['--no-install', 'vitest', 'run', '--project', project, ...reporters, ...files], environment);
      let report;
      try {
        report = JSON.parse(readFileSync(file, 'utf8'));
      } catch (error) {
        console.error(String(error));
        return one(false);
      }
      const { numPassedTests: passed, numFailedTests: failed } = report;
      return { passed, failed: ok || failed > 0 ? failed : 1, failures: failures(report) };
    },
  };
}

/** The unit tests, and of each folder with a minimum whether they execute enough of its lines. */
const unit = {
  name: 'unit',
  run() {
    rmSync(summaryFile, { force: true });
    const tests = vitest('unit', 'unit', {}, '--coverage', '--coverage.reporter=json-summary').run();
    // Nothing is measured then.
    if (tests.failed > 0) return tests;
    const { table, sentences, passed } = judgeCoverage();
    for (const line of [...table, ...sentences]) console.log(line);
    return { passed: tests.passed + passed, failed: sentences.length, failures: sentences };
  },
};

const fuzzing = 'build/fuzz';
const fuzzSeconds = 30;
const sanitizers = '-fsanitize=address,undefined -fno-sanitize-recover=all -g';

const nativeTests = () => readdirSync('native/test').filter((name) => existsSync(`native/test/${name}/run.sh`));

/** Runs a C++ test under the sanitizers. Its last line is the sum. */
function nativeTest(name) {
  const environment = { ...process.env, CXX: 'clang++', CXXFLAGS: sanitizers };
  const { status, stdout, error } = spawnSync(`native/test/${name}/run.sh`, [], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment,
  });
  console.log(stdout, error ?? '');
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(stdout ?? '') ?? [];
  return { passed: Number(passed ?? 0), failed: Number(failed ?? 0) || (status === 0 ? 0 : 1) };
}

/** Runs a script in an emulated machine, for what this machine's kernel lacks, with these options of vm-run. Its last line is the sum. */
const guest = (name, script, ...options) => ({
  name,
  run() {
    const environment = { ...process.env, VM_TIMEOUT: '240' };
    const args = [...options, '--', `test/vm/${script}`, 'dist/tsrun'];
    const { status, stdout, error } = spawnSync('test/vm/vm-run', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: environment,
    });
    console.log(stdout, error ?? '');
    const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(stdout ?? '') ?? [];
    return { passed: Number(passed ?? 0), failed: Number(failed ?? 0) || (status === 0 ? 0 : 1) };
  },
});

const guests = [guest('kernel: all controllers, AppArmor', 'guest.sh'), guest('kernel: SELinux', 'selinux.sh', '-a', 'security=selinux')];

/** Runs each fuzz target for a limited time. */
const fuzz = {
  name: 'fuzz',
  run() {
    if (!succeeds('cmake', ['--preset', 'fuzz']) || !succeeds('cmake', ['--build', '--preset', 'fuzz', '--parallel', '2']))
      return one(false);
    const results = readdirSync(join(fuzzing, 'fuzz')).map((name) => {
      const corpus = join(fuzzing, 'corpus', name);
      mkdirSync(corpus, { recursive: true });
      const seeds = `native/test/${name.replace(/_fuzz$/, '')}/seeds`;
      const inputs = existsSync(seeds) ? [corpus, seeds] : [corpus];
      return one(
        succeeds(join(fuzzing, 'fuzz', name), [
          `-max_total_time=${fuzzSeconds}`,
          `-artifact_prefix=${fuzzing}/`,
          '-verbosity=0',
          ...inputs,
        ]),
      );
    });
    const sum = (key) => results.reduce((total, result) => total + result[key], 0);
    return { passed: sum('passed'), failed: sum('failed') };
  },
};

/**
 * Tests the executable and its heap under the sanitizers, without heap images, with some containers; docs/testing.md has the command for
 * all.
 */
const sanitized = {
  name: 'containers: sanitized executable',
  run() {
    if (!succeeds('cmake', ['--preset', 'sanitized'])) return one(false);
    if (!succeeds('cmake', ['--build', '--preset', 'sanitized', '--target', 'tsrun', '--parallel', '2'])) return one(false);
    const environment = { RUNTIME: 'build/cmake/sanitized/tsrun', ASAN_OPTIONS: 'detect_leaks=0' };
    return vitest('containers: sanitized', 'oci', environment, 'test/oci/lifecycle/lifecycle').run();
  },
};

export const stages = [
  check('types: both hosts', 'npx', '--no-install', 'tsc', '-p', 'tsconfig.json'),
  check('types: Node.js and tests', 'npx', '--no-install', 'tsc', '-p', 'tsconfig.node.json'),
  check('lint', 'npx', '--no-install', 'eslint', '.'),
  check('lint: C++', 'node', 'scripts/lint_native.mjs'),
  check('format', 'scripts/format.sh', '--check'),
  check('documents: docs/api is what the docstrings say', 'node', 'scripts/test/api_docs.mjs'),
  check('build: the same sources give the same bytes', 'node', 'scripts/test/same_bytes.mjs'),
  unit,
  ...nativeTests().map((name) => ({ name: `native: ${name}`, run: () => nativeTest(name) })),
  fuzz,
  vitest('library', 'library', {}),
  vitest('containers: dist/tsrun', 'oci', { RUNTIME: 'dist/tsrun' }),
  sanitized,
  vitest('containers: node dist/main.js', 'oci', { RUNTIME: 'node dist/main.js' }),
  vitest('security', 'security', { RUNTIME: 'dist/tsrun' }),
  vitest('differential', 'differential', { RUNTIME: 'dist/tsrun' }),
  vitest('chaos', 'chaos', { RUNTIME: 'dist/tsrun' }),
  vitest('packages', 'package', {}),
  vitest('engines', 'engines', { RUNTIME: 'dist/tsrun' }),
  ...(process.arch === 'x64' ? guests : []),
];
