import { existsSync, readdirSync } from 'node:fs';
import { can, canary, describe, expect, fail, makeBundle, newId, run, runtime, succeed, test, type Bundle } from '../harness/index.js';

function labelled(annotations: Record<string, string>, script = 'cat /etc/shadow; touch /made'): Bundle {
  return makeBundle({ script, config: (config) => ((config.root.readonly = false), (config.annotations = annotations)) });
}

// Bundle makers copy the labels of an image to annotations, so the author of the image wrote them.
describe.runIf(can.tsrun)('labels of an image', () => {
  const lowers = { 'org.tsrun.overlay.lowers': '["/"]' };
  const memory = { 'org.tsrun.overlay': 'memory', ...lowers };

  test.each([
    ['alone', memory, [], []],
    ['beside --overlay', lowers, [], ['--overlay']],
    ['with the other annotation allowed', memory, ['org.tsrun.overlay'], ['--overlay']],
    ['with all of ours allowed by a prefix', memory, ['org.tsrun.'], ['--overlay']],
    ['allowed, but without the option of the caller', memory, ['org.tsrun.overlay.lowers'], []],
  ] as const)("do not show the host's root: %s", async (_what, annotations, allowed, flags) => {
    const bundle = labelled(annotations);
    const outcome = await runtime([
      ...allowed.flatMap((name) => ['--allow-annotation', name]),
      'run',
      ...flags,
      '--bundle',
      bundle.directory,
      newId(),
    ]);
    expect(fail(outcome)).toContain('annotation "org.tsrun.overlay.lowers"');
    expect(outcome.stdout).toBe('');
  });

  test('cannot choose a directory of the host to write to', async () => {
    const bait = canary();
    const bundle = labelled({ 'org.tsrun.overlay': bait.directory });
    expect(fail(await run(bundle))).toContain('annotation "org.tsrun.overlay"');
    bait.unharmed();
    expect(existsSync(`${bundle.rootfs}/made`)).toBe(false);
  });

  test('cannot use the environment to get into the container', async () => {
    const bait = canary();
    const bundle = labelled({ 'org.tsrun.overlay': bait.directory });
    bundle.config.process.env.push('TSRUN_ALLOW_ANNOTATIONS=org.tsrun.overlay');
    bundle.save();
    fail(await run(bundle));
    bait.unharmed();
  });

  test('cause a warning of check', async () => {
    const { stdout } = await runtime(['check', '--bundle', labelled(memory).directory]);
    expect(stdout).toContain('/annotations/org.tsrun.overlay.lowers');
    expect(stdout).not.toContain('/annotations/org.tsrun.overlay ');
  });

  test('that name nothing of the host are honoured', async () => {
    const bundle = labelled({ 'org.tsrun.overlay': 'memory', 'org.systemd.property.X': '1', 'run.oci.x': 'y' }, 'touch /made');
    succeed(await run(bundle));
    expect(readdirSync(bundle.rootfs)).not.toContain('made');
  });
});
