import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RuntimeError } from '../../../src/errors/runtime_error.js';
import { checkBundle } from '../../../src/bundle/check.js';
import { findJsonError } from '../../../src/spec/json_error.js';
import { parseSpec } from '../../../src/spec/parse.js';
import { repaired } from '../../../src/spec/repair.js';
import { specShape } from '../../../src/spec/shapes/spec.js';
import { validate } from '../../../src/bundle/validate.js';
import { bindFakeSys } from '../fake_sys.js';
import { config, host } from './fixtures.js';

/** A configuration that uses every field of the specification. */
const whole = config({
  '/domainname': 'example',
  '/annotations': { a: 'b' },
  '/hooks': { prestart: [{ path: '/h', args: ['h'], env: ['A=b'], timeout: 1 }], poststop: [{ path: '/h' }] },
  '/process/consoleSize': { height: 1, width: 2 },
  '/process/user/additionalGids': [1],
  '/process/user/umask': 18,
  '/process/scheduler': { policy: 'SCHED_FIFO', priority: 1, flags: ['SCHED_FLAG_RESET_ON_FORK'] },
  '/process/ioPriority': { class: 'IOPRIO_CLASS_BE', priority: 1 },
  '/process/execCPUAffinity': { initial: '0', final: '1' },
  '/mounts/7': {
    destination: '/d',
    source: '/s',
    options: ['bind', 'idmap'],
    uidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
  },
  '/linux/namespaces': ['pid', 'network', 'ipc', 'uts', 'mount', 'user', 'time', 'cgroup'].map((type) => ({ type })),
  '/linux/uidMappings': [{ containerID: 0, hostID: 1000, size: 10 }],
  '/linux/gidMappings': [{ containerID: 0, hostID: 1000, size: 10 }],
  '/linux/sysctl': { 'net.ipv4.ip_forward': '1' },
  '/linux/devices': [{ type: 'c', path: '/dev/fuse', major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0 }],
  '/linux/netDevices': { eth1: { name: 'eth0' } },
  '/linux/timeOffsets': { monotonic: { secs: 1, nanosecs: 2 } },
  '/linux/memoryPolicy': { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] },
  '/linux/personality': { domain: 'LINUX' },
  '/linux/resources': {
    memory: { limit: 1 },
    cpu: { shares: 2, cpus: '0' },
    pids: { limit: 3 },
    blockIO: { weight: 10, weightDevice: [{ major: 1, minor: 1, weight: 10 }], throttleReadBpsDevice: [{ major: 1, minor: 1, rate: 1 }] },
    hugepageLimits: [{ pageSize: '2MB', limit: 0 }],
    rdma: { a: { hcaHandles: 1 } },
    unified: { 'memory.high': '1' },
  },
  '/linux/seccomp': {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['read'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] }],
  },
});

/** Every place in a document: the object or list, and the key in it. */
function places(value: unknown): readonly { readonly holder: Record<string, unknown>; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...places(holder[key])]);
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    'a\0b',
    '\ud800',
    -1,
    0,
    4294967295,
    1e300,
    0.5,
    '..',
    '/',
    [],
    {},
    [null],
    ['x'],
    [[]],
    { type: 'mount' },
    { x: null },
  ),
  fc.jsonValue(),
);

/** The whole configuration with one to four of its values replaced or removed, as text. */
const mutated = fc.array(fc.record({ at: fc.nat(), value: odd, remove: fc.boolean() }), { minLength: 1, maxLength: 4 }).map((mutations) => {
  const document = JSON.parse(whole) as unknown;
  for (const { at, value, remove } of mutations) {
    const all = places(document);
    const place = all[at % Math.max(all.length, 1)];
    if (place === undefined) continue;
    if (remove) Reflect.deleteProperty(place.holder, place.key);
    // A copy: the same object put into itself by a later mutation would be a circle.
    else place.holder[place.key] = structuredClone(value);
  }
  return JSON.stringify(document);
});

function bindBundle(text: string): void {
  bindFakeSys({ files: { '/b/config.json': text }, overrides: { filesystemType: () => 0 } });
}

describe('for random configurations', () => {
  it('the unmodified one is valid', () => {
    bindBundle(whole);
    expect(() => validate({ spec: parseSpec({ text: whole, path: 'config.json' }), host, bundle: '/b' })).not.toThrow();
  });

  it('loading and validating only throw RuntimeErrors', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        bindBundle(text);
        try {
          validate({ spec: parseSpec({ text, path: 'config.json' }), host, bundle: '/b' });
        } catch (error) {
          expect(error).toBeInstanceOf(RuntimeError);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('checking never throws, and finds an error whenever validating does', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        bindBundle(text);
        const found = checkBundle({ bundle: '/b', host, controllers: [] });
        let refused = false;
        try {
          validate({ spec: parseSpec({ text, path: 'config.json' }), host, bundle: '/b' });
        } catch {
          refused = true;
        }
        if (refused) expect(found.some(({ severity }) => severity === 'error')).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('repairing produces the right shape', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const rest = repaired(JSON.parse(text));
        if (rest !== null) expect(specShape(rest)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});

describe('for random text', () => {
  const broken = fc.tuple(mutated, fc.nat(), fc.string({ maxLength: 3 }), fc.nat(3)).map(([text, at, put, cut]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place + cut);
  });

  it('an error position is found exactly if JSON.parse refuses it', () => {
    fc.assert(
      fc.property(fc.oneof(broken, fc.string(), fc.json()), (text) => {
        let refused = false;
        try {
          JSON.parse(text);
        } catch {
          refused = true;
        }
        expect(findJsonError(text) !== undefined).toBe(refused);
      }),
      { numRuns: 2000 },
    );
  });
});
