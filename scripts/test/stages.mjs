import { existsSync, readdirSync, rmSync } from 'node:fs';
import { judgeCoverage, summaryFile } from './coverage.mjs';
import { fuzz } from './fuzz.mjs';
import { check, guest, inOrder, nativeTest, one, vitest } from './kinds.mjs';
import { filesForNode } from './node_host.mjs';

/**
 * Stages that run at the same time: they measure no time, and at most one of them creates containers outside of a machine of its own.
 */
const beside = (word, ...stages) => stages.map((stage) => ({ ...stage, beside: word }));

/**
 * Stages that create no containers on this machine and need only a processor: they run behind the others, with the lowest priority, on what
 * those leave of the processors.
 */
const behind = (...stages) => stages.map((stage) => ({ ...stage, behind: true }));

/** A stage on which others depend: the first one that asks for it runs it, and all get its result. */
function once({ name, run }) {
  let result;
  return { name, run: (write, how) => (result ??= run(write, how)) };
}

/** A stage that needs another one first, which may be running behind it. */
const after = (first, { name, run }) => ({
  name,
  run: async (write, how) => ((await first.run(write, how)).failed > 0 ? one(false) : run(write, how)),
});

/** Configures the preset `sanitized`, and builds native/core of it. */
const buildSanitizedCore = once({
  name: 'build: sanitized core',
  run: async (write, how) =>
    one(
      await inOrder(
        write,
        [
          ['cmake', '--preset', 'sanitized'],
          ['cmake', '--build', '--preset', 'sanitized', '--target', 'core', '--parallel', '2'],
        ],
        how,
      ),
    ),
});

/** Builds of the preset `sanitized` what stages below run. */
const buildSanitized = once(
  after(
    buildSanitizedCore,
    check('build: sanitized', 'cmake', '--build', '--preset', 'sanitized', '--target', 'tsrun', 'addon', '--parallel', '2'),
  ),
);

/** The directories of native/test. Most of native/test/core is native/core itself, which the preset `sanitized` has built. */
const nativeTests = readdirSync('native/test')
  .filter((name) => existsSync(`native/test/${name}/run.sh`))
  .map((name) =>
    name === 'core' ? after(buildSanitizedCore, nativeTest(name, { TSRUN_CORE: 'build/cmake/sanitized/libcore.a' })) : nativeTest(name),
  );

/**
 * Tests the executable and its heap under the sanitizers, without heap images, with some containers; docs/testing.md has the command for
 * all.
 */
const sanitized = vitest('sanitized executable', {
  project: 'oci',
  environment: { RUNTIME: 'build/cmake/sanitized/tsrun', ASAN_OPTIONS: 'detect_leaks=0' },
  more: () => ['test/oci/lifecycle/lifecycle', 'test/oci/commands/update'],
});

const secondBuild = once(check('build: the same sources give the same bytes', 'node', 'scripts/test/same_bytes.mjs'));

/** Containers with the executable of a build without heap images (docs/decisions/0009), which the second build leaves. */
const withoutImages = vitest('containers: without heap images', {
  project: 'oci',
  environment: { RUNTIME: 'build/without-images/tsrun' },
  more: () => ['test/oci/lifecycle/lifecycle', 'test/oci/tsrun/programs'],
});

/** The unit tests, and of each folder with a minimum whether they execute enough of its lines. */
const unit = {
  name: 'unit',
  async run(write) {
    rmSync(summaryFile, { force: true });
    const tests = await vitest('unit', { project: 'unit', more: () => ['--coverage', '--coverage.reporter=json-summary'] }).run(write);
    // Nothing is measured then.
    if (tests.failed > 0) return tests;
    const { table, sentences, passed } = judgeCoverage();
    for (const line of [...table, ...sentences]) write(`${line}\n`);
    return { passed: tests.passed + passed, failed: sentences.length, failures: sentences };
  },
};

/**
 * Tests the library with a sanitized addon; the warm pool has most of what is Node.js' own: waits in the background, closed while they
 * last.
 */
const sanitizedLibrary = vitest('sanitized addon', {
  project: 'library',
  wrapper: ['scripts/test/with_sanitized_addon.sh'],
  more: () => ['test/library'],
});

const onTheExecutable = (name, project = name, more = undefined) => vitest(name, { project, environment: { RUNTIME: 'dist/tsrun' }, more });
/** Each engine's tests run in a machine of their own, except those that call the shim themselves. */
const engines = (name, ...folders) => onTheExecutable(name, 'engines', () => folders.map((folder) => `test/engines/${folder}/`));

export const stages = [
  ...behind(
    buildSanitized,
    secondBuild,
    ...nativeTests,
    check('lint', 'npx', '--no-install', 'eslint', '.'),
    check('types: both hosts', 'npx', '--no-install', 'tsc', '-p', 'tsconfig.json'),
    check('types: Node.js and tests', 'npx', '--no-install', 'tsc', '-p', 'tsconfig.node.json'),
    check('lint: C++', 'node', 'scripts/lint_native.mjs'),
    check('format', 'scripts/format.sh', '--check'),
    check('documents: docs/api is what the docstrings say', 'node', 'scripts/test/api_docs.mjs'),
    fuzz,
    ...(process.arch === 'x64'
      ? [
          guest('kernel: all controllers, AppArmor', 'guest.sh'),
          guest('kernel: systemd', 'systemd.sh', '-s'),
          guest('kernel: SELinux', 'selinux.sh', '-a', 'security=selinux'),
        ]
      : []),
  ),
  unit,
  onTheExecutable('containers: dist/tsrun', 'oci'),
  vitest('containers: node dist/main.js', { project: 'oci', environment: { RUNTIME: 'node dist/main.js' }, more: filesForNode }),
  vitest('library', { project: 'library' }),
  onTheExecutable('security'),
  onTheExecutable('differential'),
  onTheExecutable('chaos'),
  after(secondBuild, withoutImages),
  after(buildSanitized, sanitized),
  after(buildSanitized, sanitizedLibrary),
  ...beside(
    'engines',
    engines('engines: Podman, containerd, the shim', 'podman', 'ctr', 'shim', 'kubernetes'),
    engines('engines: Docker, Buildah', 'docker', 'buildah'),
    // They are installed in directories and roots of their own, and run few containers.
    vitest('packages', { project: 'package' }),
  ),
];
