import { describe, expect, it } from 'vitest';
import { RuntimeError } from '../../../../src/errors/runtime_error.js';
import { parseProcess, parseResources, parseSpec } from '../../../../src/spec/parse.js';
import { config } from '../fixtures.js';

function refusal(changes: Readonly<Record<string, unknown>>): RuntimeError {
  return refusalOf(config(changes));
}

function refusalOf(text: string): RuntimeError {
  try {
    parseSpec({ text, path: 'config.json' });
  } catch (error) {
    if (error instanceof RuntimeError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

function accepted(changes: Readonly<Record<string, unknown>>): unknown {
  return parseSpec({ text: config(changes), path: 'config.json' });
}

describe('the shape of config.json', () => {
  it('accepts the default configuration unchanged', () => {
    expect(JSON.stringify(accepted({}))).toBe(config());
  });

  it('names the pointer, what was expected and what was found', () => {
    const error = refusal({ '/process/cwd': 7 });
    expect(error.message).toBe('validate "/process/cwd": must be a string, found 7');
    expect(error).toMatchObject({ code: 'invalid-config', phase: 'load', path: '/process/cwd', hint: 'change it to a string' });
  });

  it('counts the other problems in the hint', () => {
    expect(refusal({ '/process/cwd': 7, '/hostname': [], '/process/terminal': 'yes' }).hint).toContain(
      'run tsrun check (in a program: runtime.check()) to see all 3 problems',
    );
  });

  it('escapes names in pointers as RFC 6901 says', () => {
    expect(refusal({ '/annotations': { 'a/b~c': 1 } }).path).toBe('/annotations/a~1b~0c');
  });

  it('reports what is missing', () => {
    expect(refusal({ '/process/cwd': undefined })).toMatchObject({
      message: 'validate "/process/cwd": must be present, found nothing',
      hint: 'add "cwd", which the specification requires',
    });
  });

  it('reads missing ids and a missing priority as zero, as runc and crun do', () => {
    expect(accepted({ '/process/user': { uid: 5 }, '/process/ioPriority': { class: 'IOPRIO_CLASS_BE' } })).toMatchObject({
      process: { user: { uid: 5, gid: 0 }, ioPriority: { class: 'IOPRIO_CLASS_BE', priority: 0 } },
    });
    expect(accepted({ '/process/user': undefined })).toMatchObject({ process: { user: { uid: 0, gid: 0 } } });
  });

  it('ignores unknown fields', () => {
    expect(() => accepted({ '/future': { deep: [1] }, '/linux/future': 1, '/vm': { kernel: {} } })).not.toThrow();
  });

  it('treats null as absent, as Go does', () => {
    expect(accepted({ '/hooks': null, '/linux/seccomp': null, '/process/rlimits': null })).not.toHaveProperty('hooks');
  });

  it('does not accept null for a required value', () => {
    expect(refusal({ '/process/cwd': null }).path).toBe('/process/cwd');
  });

  it.each([
    ['/process/user/uid', 4294967295],
    ['/process/user/gid', -1],
    ['/process/user/uid', 0.5],
    ['/process/user/uid', '0'],
    ['/process/oomScoreAdj', 1001],
    ['/process/scheduler', { policy: 'SCHED_OTHER', nice: 20 }],
    ['/process/ioPriority', { class: 'IOPRIO_CLASS_BE', priority: 8 }],
    ['/process/rlimits', [{ type: 'RLIMIT_NOFILE', soft: -1, hard: 1 }]],
    ['/linux/resources/cpu', { idle: 2 }],
    ['/linux/resources/memory', { limit: 1e300 }],
    ['/linux/uidMappings', [{ containerID: 0, hostID: 4294967295, size: 1 }]],
    ['/linux/uidMappings', [{ containerID: 0, hostID: 0, size: 0 }]],
    [
      '/linux/seccomp',
      {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['a'], action: 'SCMP_ACT_LOG', args: [{ index: 6, value: 0, op: 'SCMP_CMP_EQ' }] }],
      },
    ],
  ])('refuses a number out of range: %s %j', (pointer, value) => {
    expect(refusal({ [pointer]: value }).path).toMatch(new RegExp(`^${pointer}`));
  });

  it.each([
    ['/process/rlimits', [{ type: 'RLIMIT_FILES', soft: 1, hard: 1 }]],
    ['/linux/namespaces', [{ type: 'net' }]],
    ['/linux/seccomp', { defaultAction: 'ALLOW' }],
    ['/linux/seccomp', { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['x86_64'] }],
    ['/linux/seccomp', { defaultAction: 'SCMP_ACT_ALLOW', flags: ['SECCOMP_FILTER_FLAG_NEW_LISTENER'] }],
    [
      '/linux/seccomp',
      { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['a'], action: 'SCMP_ACT_LOG', args: [{ index: 0, value: 0, op: '==' }] }] },
    ],
    ['/linux/rootfsPropagation', 'public'],
    ['/linux/personality', { domain: 'BSD' }],
    ['/linux/memoryPolicy', { mode: 'MPOL_ALL' }],
    ['/linux/devices', [{ type: 'x', path: '/dev/x' }]],
    ['/linux/resources/devices', [{ allow: true, type: 'p' }]],
    ['/process/scheduler', { policy: 'SCHED_FAST' }],
    ['/process/scheduler', { policy: 'SCHED_OTHER', flags: ['SCHED_FLAG_NONE'] }],
    ['/process/ioPriority', { class: 'IOPRIO_CLASS_NONE', priority: 0 }],
  ])('refuses an unknown word: %s %j', (pointer, value) => {
    expect(refusal({ [pointer]: value }).message).toContain('one of');
  });

  it.each(['/process/cwd', '/hostname', '/root/path', '/process/args/0', '/process/env/0', '/mounts/0/destination', '/mounts/1/options/0'])(
    'refuses NUL in %s',
    (pointer) => {
      expect(refusal({ [pointer]: 'a\0b' })).toMatchObject({ path: pointer, message: expect.stringContaining('without NUL') as string });
    },
  );

  it('refuses NUL in names', () => {
    expect(refusal({ '/linux/sysctl': { 'net.\0': '1' } }).message).toContain('without NUL');
  });

  it('refuses half of a surrogate pair, which is not UTF-8', () => {
    expect(refusal({ '/process/args': ['\ud800'] }).path).toBe('/process/args/0');
  });

  it('accepts a whole surrogate pair', () => {
    const text = config({ '/process/args': ['x'] }).replace('"x"', '"\\ud83d\\ude00"');
    expect(parseSpec({ text, path: 'config.json' }).process?.args).toEqual(['\u{1f600}']);
  });

  /** Every uint64 and int64 of the specification, as a configuration with the text `#` in its place. */
  const uint64 = {
    '/process/rlimits': [{ type: 'RLIMIT_CORE', soft: '#', hard: '#' }],
    '/process/scheduler': { policy: 'SCHED_DEADLINE', runtime: '#', deadline: '#', period: '#' },
    '/linux/resources/cpu': { shares: '#', burst: '#', period: '#', realtimePeriod: '#' },
    '/linux/resources/memory': { swappiness: '#' },
    '/linux/resources/hugepageLimits': [{ pageSize: '2MB', limit: '#' }],
    '/linux/resources/blockIO': {
      throttleReadBpsDevice: [{ major: 8, minor: 0, rate: '#' }],
      throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: '#' }],
    },
    '/linux/seccomp': {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['a'], action: 'SCMP_ACT_LOG', args: [{ index: 0, value: '#', valueTwo: '#', op: 'SCMP_CMP_EQ' }] }],
    },
  };
  const int64 = {
    '/linux/resources/cpu': { quota: '#', realtimeRuntime: '#' },
    '/linux/resources/memory': { limit: '#', reservation: '#', swap: '#', kernel: '#', kernelTCP: '#' },
    '/linux/resources/pids': { limit: '#' },
    '/linux/timeOffsets': { monotonic: { secs: '#' } },
  };
  const places = [...Object.entries(uint64), ...Object.entries(int64)].flatMap(([pointer, value]) => pointersTo('#', value, pointer));

  function pointersTo(mark: string, value: unknown, pointer: string): string[] {
    if (value === mark) return [pointer];
    return typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, member]) => pointersTo(mark, member, `${pointer}/${key}`))
      : [];
  }

  /** The configuration with an integer at one place, and zeros at the others. */
  function withInteger(place: string, digits: string): string {
    const [pointer, value] = [...Object.entries(uint64), ...Object.entries(int64)].find(([outer, inner]) =>
      pointersTo('#', inner, outer).includes(place),
    ) as [string, unknown];
    const put = (inner: unknown, at: string): unknown => {
      if (inner === '#') return at === place ? '#' : 0;
      if (Array.isArray(inner)) return inner.map((entry, index) => put(entry, `${at}/${index}`));
      return typeof inner === 'object' && inner !== null
        ? Object.fromEntries(Object.entries(inner).map(([key, member]) => [key, put(member, `${at}/${key}`)]))
        : inner;
    };
    return config({ [pointer]: put(value, pointer) }).replace('"#"', digits);
  }

  const at = (value: unknown, pointer: string): unknown =>
    pointer
      .split('/')
      .slice(1)
      .reduce((holder: unknown, key) => (holder as Record<string, unknown>)[key], value);
  const isSigned = (place: string): boolean =>
    Object.keys(int64).some((pointer) => place.startsWith(pointer)) && !/swappiness|shares|burst|eriod$/.test(place);

  it('has 24 integers of 64 bits', () => {
    expect(places.length).toBe(24);
  });

  describe.each(places)('the 64-bit integer %s', (place) => {
    const limits = isSigned(place)
      ? ['-9223372036854775808', '-9007199254740993', '9007199254740993', '9223372036854775807']
      : ['9007199254740993', '9223372036854775807', '18446744073709551516', '18446744073709551615'];

    it.each(limits)('is exact: %s', (digits) => {
      expect(at(parseSpec({ text: withInteger(place, digits), path: 'config.json' }), place)).toBe(BigInt(digits));
    });

    it.each(['0', '4096', '9007199254740991'])('is a number if a number can represent it: %s', (digits) => {
      expect(at(parseSpec({ text: withInteger(place, digits), path: 'config.json' }), place)).toBe(Number(digits));
    });

    const beyond = isSigned(place)
      ? ['-9223372036854775809', '9223372036854775808']
      : ['-1', '-18446744073709551615', '18446744073709551616', '18446744073709551617'];
    it.each([...beyond, '1e19', '1E3000', '9007199254740993.5', '99999999999999999999999999999999999999999'])(
      'is refused out of range, with its pointer: %s',
      (digits) => {
        expect(refusalOf(withInteger(place, digits))).toMatchObject({ path: place, code: 'invalid-config' });
      },
    );
  });

  /** Integers of 32 bits and less. */
  const short: Readonly<Record<string, unknown>> = {
    '/process/user': { uid: '#', gid: '#', umask: '#', additionalGids: ['#'] },
    '/process/oomScoreAdj': '#',
    '/process/consoleSize': { height: '#', width: '#' },
    '/process/scheduler': { policy: 'SCHED_OTHER', nice: '#' },
    '/process/ioPriority': { class: 'IOPRIO_CLASS_BE', priority: '#' },
    '/hooks': { poststop: [{ path: '/bin/true', timeout: '#' }] },
    '/linux/devices': [{ type: 'c', path: '/dev/x', major: '#', minor: '#', fileMode: '#', uid: '#', gid: '#' }],
    '/linux/uidMappings': [{ containerID: '#', hostID: '#', size: 1 }],
    '/linux/timeOffsets': { boottime: { secs: 0, nanosecs: '#' } },
    '/linux/resources/devices': [{ allow: true, major: '#', minor: '#' }],
    '/linux/resources/rdma': { ' 1.0000000000000001 ': { hcaHandles: '#' } },
    '/linux/resources/network': { classID: '#' },
    '/linux/resources/blockIO': { weight: '#' },
  };
  const shortPlaces = Object.entries(short).flatMap(([pointer, value]) => pointersTo('#', value, pointer));

  function withShort(place: string, digits: string): string {
    const changes = Object.entries(short).map(
      ([pointer, value]) => [pointer, JSON.parse(JSON.stringify(value).replace(/"#"/g, '0'))] as const,
    );
    return config(Object.fromEntries([...changes, [place, '#']])).replace('"#"', digits);
  }

  describe.each([...places.map((place) => [place, withInteger] as const), ...shortPlaces.map((place) => [place, withShort] as const)])(
    'the number %s',
    (place, text) => {
      it.each([
        '9007199254740990.7',
        '1.0000000000000001',
        '0.99999999999999999',
        '1e-400',
        '10000000000000001e-16',
        '5e-324',
        '1e400',
        '0.5',
      ])('is refused with a fraction, even if a double cannot represent the fraction: %s', (digits) => {
        expect(refusalOf(text(place, digits))).toMatchObject({ path: place, code: 'invalid-config' });
      });

      it.each(['-0', '0.0', '0e5'])('is an integer if its text is one: %s', (digits) => {
        expect(at(parseSpec({ text: text(place, digits), path: 'config.json' }), place)).toBe(JSON.parse(digits));
      });
    },
  );

  it('accepts integers in any notation, and shows fractions as written', () => {
    expect(accepted15('1.5e1')).toBe(15);
    expect(accepted15('150e-1')).toBe(15);
    expect(refusalOf(withShort('/process/user/uid', '1.0000000000000001')).message).toContain('found 1.0000000000000001');
    expect(refusalOf(withInteger('/linux/resources/pids/limit', '9007199254740990.7')).message).toContain('found 9007199254740990.7');
  });

  const accepted15 = (digits: string): unknown =>
    parseSpec({ text: withShort('/process/user/uid', digits), path: 'config.json' }).process?.user.uid;

  it('ignores fractions in unknown fields, and keeps them', () => {
    const text = config({ '/future': ['#'] }).replace('"#"', '1.0000000000000001');
    expect(parseSpec({ text, path: 'config.json' })).toMatchObject({ future: [1] });
  });

  it('names a refused integer as written', () => {
    expect(refusalOf(withInteger('/process/rlimits/0/soft', '18446744073709551616')).message).toContain(
      'must be an integer from 0 to 18446744073709551615, found 18446744073709551616',
    );
  });

  it.each(['null', '[]', '3', '"text"'])('refuses %s as a whole', (text) => {
    expect(() => parseSpec({ text, path: 'config.json' })).toThrow(/^validate "": must be an object, found /);
  });

  it('is not confused by names of Object.prototype', () => {
    expect(() => accepted({ '/linux/namespaces': [{ type: 'toString' }] })).toThrow(RuntimeError);
    const text = config().replace('{', '{"__proto__": {"hostname": 7}, "constructor": 1, ');
    expect(parseSpec({ text, path: 'config.json' }).hostname).toBe('tsrun');
  });
});

describe('other documents', () => {
  it('reads a process document', () => {
    const text = '{"cwd": "/", "user": {"uid": 0, "gid": 0}, "args": ["id"]}';
    expect(parseProcess({ text, path: 'process.json' }).args).toEqual(['id']);
    expect(parseProcess({ text: '{"cwd": "/"}', path: 'process.json' }).user).toEqual({ uid: 0, gid: 0 });
    expect(() => parseProcess({ text: '{}', path: 'process.json' })).toThrow('validate "/cwd": must be present');
  });

  it('also checks their numbers by the text', () => {
    const text = (uid: string): string => `{"cwd": "/", "user": {"uid": ${uid}, "gid": 0}}`;
    expect(parseProcess({ text: text('1.5e1'), path: 'process.json' }).user.uid).toBe(15);
    expect(() => parseProcess({ text: text('1.0000000000000001'), path: 'process.json' })).toThrow('validate "/user/uid"');
    expect(() => parseResources({ text: '{"memory": {"limit": 9007199254740990.7}}', path: '-' })).toThrow('validate "/memory/limit"');
  });

  it('reads a resources document', () => {
    expect(parseResources({ text: '{"memory": {"limit": -1}}', path: '-' })).toEqual({ memory: { limit: -1 } });
    expect(() => parseResources({ text: '{"memory": {"limit": "1G"}}', path: '-' })).toThrow('validate "/memory/limit"');
  });
});
