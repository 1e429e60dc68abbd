import { can, describe, execInside, expect, makeBundle, run, running, statusInside, succeed, test, type Config } from '../harness/index.js';

const bit = { CAP_CHOWN: 0, CAP_KILL: 5, CAP_NET_BIND_SERVICE: 10, CAP_NET_RAW: 13, CAP_AUDIT_WRITE: 29 } as const;
type Capability = keyof typeof bit;

const mask = (...names: Capability[]): string =>
  names
    .reduce((sum, name) => sum | (1n << BigInt(bit[name])), 0n)
    .toString(16)
    .padStart(16, '0');

const sets = (capabilities: Config['process']['capabilities']) => (config: Config) => {
  if (capabilities === undefined) delete config.process.capabilities;
  else config.process.capabilities = capabilities;
};

async function seen(config: (config: Config) => void): Promise<Record<string, string | undefined>> {
  const { CapInh, CapPrm, CapEff, CapBnd, CapAmb } = await statusInside(config);
  return { CapInh, CapPrm, CapEff, CapBnd, CapAmb };
}

const none = mask();

describe('capabilities', () => {
  test('are set in bounding, permitted and effective', async () => {
    const bounding: Capability[] = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_RAW'];
    const lesser: Capability[] = ['CAP_CHOWN', 'CAP_KILL'];
    expect(await seen(sets({ bounding, permitted: lesser, effective: lesser }))).toEqual({
      CapInh: none,
      CapPrm: mask(...lesser),
      CapEff: mask(...lesser),
      CapBnd: mask(...bounding),
      CapAmb: none,
    });
  });

  test('of root are those of the bounding set if new privileges are allowed (capabilities(7), execve)', async () => {
    const bounding: Capability[] = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_RAW'];
    const config = (one: Config): void => {
      one.process.noNewPrivileges = false;
      sets({ bounding, permitted: ['CAP_CHOWN'], effective: ['CAP_CHOWN'] })(one);
    };
    expect((await seen(config))['CapPrm']).toBe(mask(...bounding));
  });

  test('can be inheritable', async () => {
    const all: Capability[] = ['CAP_CHOWN'];
    expect((await seen(sets({ bounding: all, permitted: all, effective: all, inheritable: all })))['CapInh']).toBe(mask('CAP_CHOWN'));
  });

  test('are not inheritable by default', async () => {
    expect((await seen(() => undefined))['CapInh']).toBe(none);
  });

  test('of a user other than root can be ambient', async () => {
    const all: Capability[] = ['CAP_NET_BIND_SERVICE', 'CAP_NET_RAW'];
    const config = (one: Config): void => {
      one.process.user = { uid: 1000, gid: 1000 };
      sets({ bounding: all, permitted: all, effective: all, inheritable: all, ambient: ['CAP_NET_RAW'] })(one);
    };
    expect(await seen(config)).toEqual({
      CapInh: mask(...all),
      CapPrm: mask('CAP_NET_RAW'),
      CapEff: mask('CAP_NET_RAW'),
      CapBnd: mask(...all),
      CapAmb: mask('CAP_NET_RAW'),
    });
  });

  test('of a user other than root are lost if they are not ambient', async () => {
    const status = await seen((config) => (config.process.user = { uid: 1000, gid: 1000 }));
    expect([status['CapPrm'], status['CapEff'], status['CapAmb']]).toEqual([none, none, none]);
    expect(status['CapBnd']).not.toBe(none);
  });

  test.runIf(can.currentRuncWords)('that are ambient but not inheritable are left out with a warning', async () => {
    const all: Capability[] = ['CAP_CHOWN', 'CAP_KILL'];
    const config = sets({ bounding: all, permitted: all, effective: all, inheritable: ['CAP_KILL'], ambient: all });
    const outcome = await run(makeBundle({ args: ['grep', 'CapAmb', '/proc/self/status'], config }));
    expect(succeed(outcome)).toContain(mask('CAP_KILL'));
    expect(outcome.stderr).toContain("can't raise ambient capability CAP_CHOWN: ");
  });

  test('can be empty sets', async () => {
    expect(await seen(sets({ bounding: [], permitted: [], effective: [], inheritable: [], ambient: [] }))).toEqual({
      CapInh: none,
      CapPrm: none,
      CapEff: none,
      CapBnd: none,
      CapAmb: none,
    });
  });

  test.runIf(can.noCapabilitiesByDefault)('that are not configured are none', async () => {
    expect(await seen(sets(undefined))).toEqual({ CapInh: none, CapPrm: none, CapEff: none, CapBnd: none, CapAmb: none });
  });

  test('restrict the program', async () => {
    const bundle = makeBundle({ script: 'chown 1000 /tmp/x 2>&1 || true', config: (config) => (config.root.readonly = false) });
    bundle.config.process.args = ['sh', '-c', 'touch /tmp/x; chown 1000 /tmp/x 2>&1 || true'];
    bundle.save();
    expect(succeed(await run(bundle))).toMatch(/Operation not permitted/);
  });

  test('are the same for exec', async () => {
    const container = await running();
    const lines = await execInside(container.id, 'grep Cap /proc/1/status; grep Cap /proc/self/status');
    const half = lines.split('\n');
    expect(half.slice(5)).toEqual(half.slice(0, 5));
  });

  test.runIf(can.runcCommand)('that are unknown are ignored', async () => {
    const config = (one: Config): void => void one.process.capabilities?.bounding?.push('CAP_LUCK');
    // It is ignored, because an engine may know newer capabilities than the kernel.
    expect((await seen(config))['CapBnd']).toBe(mask('CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'));
  });
});
