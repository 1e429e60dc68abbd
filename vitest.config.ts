import { defineConfig } from 'vitest/config';

/** Multiplies the time that a test and a call of the runtime (test/oci/harness/runtime.ts) may take. */
const slowness = Number(process.env['TSRUN_TEST_SLOWNESS'] ?? 1);
const serial = { fileParallelism: false, testTimeout: 60_000 * slowness, hookTimeout: 60_000 * slowness };

export default defineConfig({
  test: {
    // scripts/test/coverage.mjs has the minimum of each folder. Files that no test loads count, too.
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['json-summary', 'html'], reportsDirectory: 'build/coverage' },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      // Real containers, as root: one file after the other, since they share cgroups, /run and the clock.
      { test: { name: 'oci', include: ['test/oci/**/*.test.ts'], ...serial } },
      // Attacks, bad input and faults: races take their rounds.
      { test: { name: 'security', include: ['test/security/**/*.test.ts'], ...serial, testTimeout: 120_000 * slowness } },
      // Accidents at any moment: a sample, or with CHAOS=all everything.
      { test: { name: 'chaos', include: ['test/chaos/**/*.test.ts'], ...serial, testTimeout: 240_000 } },
      // Random configurations under tsrun, runc and crun, looked at from inside.
      { test: { name: 'differential', include: ['test/differential/**/*.test.ts'], ...serial } },
      { test: { name: 'library', include: ['test/{library,examples}/**/*.test.ts'], ...serial } },
      // What scripts/package.sh makes: manual pages, completions, packages for Debian and npm, each installed somewhere.
      { test: { name: 'package', include: ['test/package/**/*.test.ts'], ...serial, testTimeout: 120_000, hookTimeout: 240_000 } },
      // What scripts/package.sh cross builds for musl.
      { test: { name: 'musl', include: ['test/musl/**/*.test.ts'], ...serial } },
      // Podman, containerd and Docker, each in a machine of its own; scripts/engines-setup.sh installs them.
      { test: { name: 'engines', include: ['test/engines/**/*.test.ts'], ...serial } },
    ],
  },
});
