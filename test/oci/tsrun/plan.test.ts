import { can, describe, expect, fail, leftovers, makeBundle, mark, runtime, stateRoot, succeed, test } from '../harness/index.js';

describe.runIf(can.tsrun)('plan', () => {
  test('prints the operations in order, and carries out nothing', async () => {
    const bundle = makeBundle();
    const text = succeed(await runtime(['plan', '--bundle', bundle.directory]));
    const [proc, pivot, host, end] = [/mount.*\/proc/, /pivot/i, /hostname.*box/, /execute.*sleep/].map((pattern) =>
      text.split('\n').findIndex((line) => pattern.test(line)),
    );
    expect([proc, pivot, host, end]).not.toContain(-1);
    expect(proc).toBeLessThan(pivot ?? 0);
    expect(pivot).toBeLessThan(end ?? 0);
    expect(leftovers(mark, stateRoot)).toEqual([]);
  });

  test('--format json contains one object per operation', async () => {
    const plan = JSON.parse(succeed(await runtime(['plan', '--format', 'json', '--bundle', makeBundle().directory]))) as {
      operations: { operation: string }[];
    };
    const names = plan.operations.map((operation) => operation.operation);
    expect(names.at(-1)).toBe('execute');
    expect(names).toEqual(expect.arrayContaining(['mount', 'pivotRoot', 'hostname', 'mask', 'readonlyPath', 'capabilities']));
  });

  test('is the same every time', async () => {
    const bundle = makeBundle();
    const plans = [await runtime(['plan', '--bundle', bundle.directory]), await runtime(['plan', '--bundle', bundle.directory])];
    expect(succeed(plans[0] as never)).toBe(succeed(plans[1] as never));
  });

  test('accepts the flags of create', async () => {
    const text = succeed(await runtime(['plan', '--no-pivot', '--overlay', '--bundle', makeBundle().directory]));
    expect(text).not.toMatch(/pivotRoot/);
    expect(text).toMatch(/overlay/);
  });

  test('fails if the bundle cannot be read', async () => {
    expect(fail(await runtime(['plan', '--bundle', '/no/where']))).toMatch(/\/no\/where/);
  });
});
