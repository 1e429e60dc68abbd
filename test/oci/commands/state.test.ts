import {
  can,
  created,
  describe,
  expect,
  fail,
  makeBundle,
  newId,
  running,
  runtime,
  stateOf,
  stopped,
  succeed,
  test,
} from '../harness/index.js';

describe('state', () => {
  test('has the fields of the specification and of runc', async () => {
    const container = await running({ config: (config) => (config.annotations = { 'org.example.key': 'value' }) });
    const state = await stateOf(container.id);
    expect(state).toMatchObject({
      id: container.id,
      status: 'running',
      bundle: container.bundle.directory,
      ...(can.runcCommand ? { rootfs: container.bundle.rootfs } : {}),
      annotations: { 'org.example.key': 'value' },
    });
    expect(state.ociVersion).toMatch(/^1\.\d+\.\d+/);
    expect(state.pid).toBeGreaterThan(1);
    expect(typeof state.owner).toBe('string');
  });

  test('has the creation time in RFC 3339 with fractions of a second', async () => {
    const before = Date.now();
    const container = await created();
    const { created: text } = await stateOf(container.id);
    expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    expect(Date.parse(text)).toBeGreaterThanOrEqual(before - 1000);
    expect(Date.parse(text)).toBeLessThanOrEqual(Date.now() + 1000);
  });

  test('has the same pid while created and while running', async () => {
    const container = await created();
    const { pid } = await stateOf(container.id);
    succeed(await runtime(['start', container.id]));
    expect((await stateOf(container.id)).pid).toBe(pid);
  });

  test('has pid 0 when stopped', async () => {
    const container = await stopped();
    expect((await stateOf(container.id)).pid).toBe(0);
  });

  test('has the absolute path of the bundle', async () => {
    const bundle = makeBundle();
    const id = newId();
    succeed(await runtime(['create', '--bundle', '../' + bundle.directory.split('/').at(-1), id], { cwd: bundle.directory }));
    expect((await stateOf(id)).bundle).toBe(bundle.directory);
  });

  test('of an unknown container fails', async () => {
    const outcome = await runtime(['state', newId()]);
    fail(outcome);
    expect(outcome.stdout).toBe('');
  });
});
