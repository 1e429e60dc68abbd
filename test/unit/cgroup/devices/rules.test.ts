import { describe, expect, test } from 'vitest';
import { defaultRules, deviceProgram, type DeviceRule } from '../../../../src/cgroup/devices/rules.js';

const types = { b: 1, c: 2 } as const;
const accesses: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };

/** Runs a program as the kernel would, over the instructions that it may contain. */
function run(program: Uint8Array, context: readonly [accessType: number, major: number, minor: number]): number {
  const view = new DataView(program.buffer);
  const registers = new Array<number>(11).fill(0);
  let pc = 0;
  for (let steps = 0; steps < 100_000; steps++) {
    const at = pc * 8;
    expect(at, 'the program runs off its end').toBeLessThan(program.length);
    const opcode = view.getUint8(at);
    const destination = view.getUint8(at + 1) & 15;
    const source = view.getUint8(at + 1) >> 4;
    const offset = view.getInt16(at + 2, true);
    const immediate = view.getInt32(at + 4, true);
    const value = registers[destination] as number;
    pc++;
    switch (opcode) {
      case 0x61:
        expect(source).toBe(1);
        registers[destination] = context[offset / 4] as number;
        break;
      case 0xb7:
        registers[destination] = immediate;
        break;
      case 0xbc:
        registers[destination] = registers[source] as number;
        break;
      case 0x54:
        registers[destination] = (value & immediate) >>> 0;
        break;
      case 0x74:
        registers[destination] = value >>> immediate;
        break;
      case 0x16:
        if (value === immediate >>> 0) pc += offset;
        break;
      case 0x05:
        pc += offset;
        break;
      case 0x56:
        if (value !== immediate >>> 0) pc += offset;
        break;
      case 0x95:
        return registers[0] as number;
      default:
        throw new Error(`unknown instruction ${opcode}`);
    }
  }
  throw new Error('the program does not end');
}

/** Whether `rules` let a container open (or make) a device, e.g. `may(rules, 'c 1:3 rw')`. */
function may(rules: readonly DeviceRule[] | undefined, request: string): boolean {
  const [, type, major, minor, access] = /^([bc]) (\d+):(\d+) ([rwm]+)$/.exec(request) as unknown as [
    string,
    'b' | 'c',
    string,
    string,
    string,
  ];
  const bits = [...access].reduce((sum, letter) => sum | (accesses[letter] as number), 0);
  return run(deviceProgram(rules), [((bits << 16) | types[type]) >>> 0, Number(major), Number(minor)]) === 1;
}

const denyAll: DeviceRule = { allow: false, access: 'rwm' };

describe('deviceProgram', () => {
  test.each([
    'c 1:3 rwm',
    'c 1:5 rw',
    'c 1:7 r',
    'c 1:8 w',
    'c 1:9 rwm',
    'c 5:0 rwm',
    'c 5:2 rwm',
    'c 136:7 rw',
    'c 10:200 rw',
    'c 89:1 m',
    'b 8:0 m',
  ])('every container may %s', (request) => {
    expect(may(undefined, request)).toBe(true);
    expect(may([denyAll], request)).toBe(true);
  });

  test.each(['b 8:0 r', 'c 1:1 r', 'c 5:1 rw', 'c 10:229 rw', 'b 1:3 r', 'c 89:1 rm', 'c 136:7 rw'.replace('136', '137')])(
    'no container may %s by default',
    (request) => {
      expect(may(undefined, request)).toBe(false);
      expect(may([denyAll], request)).toBe(false);
    },
  );

  test('an allowed device may be used as far as the rule permits', () => {
    const rules: DeviceRule[] = [denyAll, { allow: true, type: 'c', major: 10, minor: 229, access: 'r' }];
    expect(may(rules, 'c 10:229 r')).toBe(true);
    expect(may(rules, 'c 10:229 rw')).toBe(false);
    expect(may(rules, 'c 10:228 r')).toBe(false);
    expect(may(rules, 'b 10:229 r')).toBe(false);
  });

  test('two rules together allow an access if each allows a part of it', () => {
    const rules: DeviceRule[] = [
      denyAll,
      { allow: true, type: 'b', major: 8, access: 'r' },
      { allow: true, type: 'b', major: 8, minor: 1, access: 'w' },
    ];
    expect(may(rules, 'b 8:1 rw')).toBe(true);
    expect(may(rules, 'b 8:2 rw')).toBe(false);
  });

  test('the later rule takes effect', () => {
    const allow: DeviceRule = { allow: true, type: 'b', major: 8, minor: 0, access: 'rwm' };
    const deny: DeviceRule = { allow: false, type: 'b', major: 8, minor: 0, access: 'rwm' };
    expect(may([allow, deny], 'b 8:0 r')).toBe(false);
    expect(may([deny, allow], 'b 8:0 r')).toBe(true);
    expect(may([allow, denyAll], 'b 8:0 r')).toBe(false);
  });

  test('denying one access stops requests that contain it', () => {
    const rules: DeviceRule[] = [
      { allow: true, access: 'rwm' },
      { allow: false, type: 'b', major: 8, access: 'w' },
    ];
    expect(may(rules, 'b 8:0 r')).toBe(true);
    expect(may(rules, 'b 8:0 w')).toBe(false);
    expect(may(rules, 'b 8:0 rw')).toBe(false);
    expect(may(rules, 'b 9:0 rw')).toBe(true);
  });

  test('a rule without type, numbers or access applies to everything; -1 is a wildcard', () => {
    expect(may([{ allow: true }], 'b 259:7 rwm')).toBe(true);
    expect(may([{ allow: true, type: 'a', major: -1, minor: -1 }], 'c 4:1 rw')).toBe(true);
  });

  test('the default devices stay allowed, whatever is denied', () => {
    expect(may([{ allow: true }, { allow: false, type: 'c', major: 1, minor: 3, access: 'rwm' }], 'c 1:3 rw')).toBe(true);
  });

  test('numbers beyond 31 bits are compared exactly', () => {
    const rules: DeviceRule[] = [denyAll, { allow: true, type: 'c', major: 4_294_967_295, access: 'r' }];
    expect(may(rules, 'c 4294967295:0 r')).toBe(true);
    expect(may(rules, 'c 2147483647:0 r')).toBe(false);
  });
});

/** What config.md and runc say: the last rule that covers an access decides, and without one it is denied. */
function mayByTheSpecification(rules: readonly DeviceRule[], type: 'b' | 'c', major: number, minor: number, access: string): boolean {
  const covers = (rule: DeviceRule, letter: string): boolean =>
    (rule.type === undefined || rule.type === 'a' || rule.type === type) &&
    [
      [rule.major, major],
      [rule.minor, minor],
    ].every(([own, asked]) => own === undefined || own < 0 || own === asked) &&
    (rule.access ?? 'rwm').includes(letter);
  const all = [...rules, ...defaultRules].reverse();
  return [...access].every((letter) => all.find((rule) => covers(rule, letter))?.allow === true);
}

describe('random rules', () => {
  /** Numerical Recipes' generator, so that a failure can be repeated. */
  let seed = 1;
  const next = (below: number): number => ((seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) >>> 8) % below;
  const one = <T>(from: readonly T[]): T => from[next(from.length)] as T;
  const numbers = [undefined, -1, 1, 1, 5, 8, 136] as const;
  const requests = (['b', 'c'] as const).flatMap((type) =>
    [1, 5, 8, 136, 7].flatMap((major) =>
      [0, 1, 3, 5, 8].flatMap((minor) => ['r', 'm', 'rw', 'rwm'].map((access) => ({ type, major, minor, access }))),
    ),
  );
  const someRules = (count: number): DeviceRule[] =>
    Array.from({ length: count }, () => {
      const [type, major, minor, access] = [
        one(['a', 'b', 'c', 'c', undefined] as const),
        one(numbers),
        one(numbers),
        one(['r', 'rw', 'rwm', 'rwm', undefined] as const),
      ];
      return {
        allow: next(3) > 0,
        ...(type === undefined ? {} : { type }),
        ...(major === undefined ? {} : { major }),
        ...(minor === undefined ? {} : { minor }),
        ...(access === undefined ? {} : { access }),
      };
    });

  test('decide as the specification says', () => {
    for (let tries = 0; tries < 60; tries++) {
      const rules = someRules(next(12));
      const program = deviceProgram(rules);
      for (const { type, major, minor, access } of requests) {
        const bits = [...access].reduce((sum, letter) => sum | (accesses[letter] as number), 0);
        const answer = run(program, [((bits << 16) | types[type]) >>> 0, major, minor]) === 1;
        const expected = mayByTheSpecification(rules, type, major, minor, access);
        if (answer !== expected) expect({ rules, type, major, minor, access, answer }).toMatchObject({ answer: expected });
      }
    }
  });

  test('that allow 15,000 devices have jumps that reach', () => {
    const rules = Array.from({ length: 15_000 }, (_, index): DeviceRule => ({ allow: true, type: 'c', major: 1000 + index, minor: index }));
    const program = deviceProgram(rules);
    const view = new DataView(program.buffer);
    for (let at = 0; at < program.length; at += 8) {
      const [opcode, offset] = [view.getUint8(at), view.getInt16(at + 2, true)];
      if ([0x16, 0x56, 0x05].includes(opcode)) expect(offset).toBeGreaterThanOrEqual(0);
    }
    expect(may(rules, 'c 1000:0 rwm')).toBe(true);
  });
});
