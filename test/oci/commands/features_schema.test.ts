import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { can, describe, expect, inside, runtime, succeed, test, type Config } from '../harness/index.js';

interface Features {
  readonly mountOptions: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly potentiallyUnsafeConfigAnnotations: readonly string[];
  readonly linux: {
    readonly seccomp: { readonly knownFlags: readonly string[]; readonly supportedFlags: readonly string[] };
    readonly mountExtensions: { readonly idmap: { readonly enabled: boolean } };
    readonly intelRdt: object;
    readonly memoryPolicy: { readonly modes: readonly string[]; readonly flags: readonly string[] };
    readonly netDevices: object;
  };
}

async function features(): Promise<Features> {
  return JSON.parse(succeed(await runtime(['features'], { root: null }))) as Features;
}

describe.runIf(can.features)('features', () => {
  test.runIf(can.runcCommand)('matches the schema', async () => {
    const schema = JSON.parse(readFileSync(new URL('../../fixtures/features_schema.json', import.meta.url), 'utf8')) as object;
    const validate = new Ajv({ allErrors: true }).compile(schema);
    validate(await features());
    expect(validate.errors).toBe(null);
  });

  test.runIf(can.tsrun)('fills every field of the specification', async () => {
    const { annotations, linux, potentiallyUnsafeConfigAnnotations } = await features();
    expect(linux.intelRdt).toEqual({ enabled: true, schemata: true, monitoring: true });
    expect(linux.netDevices).toEqual({ enabled: true });
    expect(linux.mountExtensions).toEqual({ idmap: { enabled: true } });
    expect(linux.memoryPolicy.modes).toEqual(
      expect.arrayContaining([
        'MPOL_DEFAULT',
        'MPOL_BIND',
        'MPOL_INTERLEAVE',
        'MPOL_WEIGHTED_INTERLEAVE',
        'MPOL_PREFERRED',
        'MPOL_PREFERRED_MANY',
        'MPOL_LOCAL',
      ]),
    );
    expect(linux.memoryPolicy.flags).toEqual(
      expect.arrayContaining(['MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES', 'MPOL_F_STATIC_NODES']),
    );
    expect(annotations['io.github.seccomp.libseccomp.version']).toMatch(/^\d+\.\d+\.\d+$/);
    expect(annotations['org.opencontainers.runc.checkpoint.enabled']).toBe('true');
    expect(potentiallyUnsafeConfigAnnotations).toContain('org.tsrun.overlay');
  });

  test.runIf(can.tellSeccompFlags)('lists only known seccomp flags as supported', async () => {
    const { knownFlags, supportedFlags } = (await features()).linux.seccomp;
    expect(knownFlags).toEqual(expect.arrayContaining([...supportedFlags]));
    expect(supportedFlags).toContain('SECCOMP_FILTER_FLAG_LOG');
  });

  test.runIf(can.tellSeccompFlags)('lists flags that a profile can use all at once', async () => {
    const { supportedFlags } = (await features()).linux.seccomp;
    const config = (one: Config): void => {
      one.linux['seccomp'] = {
        defaultAction: 'SCMP_ACT_ALLOW',
        flags: supportedFlags,
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
      };
    };
    expect(await inside('mkdir /dev/shm/x 2>&1; true', config)).toMatch(/not permitted/);
  });
});
