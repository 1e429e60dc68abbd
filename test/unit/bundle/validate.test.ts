import { beforeEach, describe, expect, it } from 'vitest';
import { parseSpec } from '../../../src/spec/parse.js';
import type { ValidSpec } from '../../../src/spec/types.js';
import { validate } from '../../../src/bundle/validate.js';
import { bindFakeSys } from '../fake_sys.js';
import { config, host } from '../spec/fixtures.js';

function validated(changes: Readonly<Record<string, unknown>>): ValidSpec {
  return validate({ spec: parseSpec({ text: config(changes), path: 'config.json' }), host, bundle: '/b' });
}

const PROC_SUPER_MAGIC = 0x9fa0;
const EXT4_SUPER_MAGIC = 0xef53;

describe('validate', () => {
  beforeEach(() => {
    bindFakeSys({
      files: { '/proc/self/ns/net': '', '/run/netns/other': '' },
      directories: ['/proc', '/b/fake'],
      overrides: { filesystemType: ({ path }) => (path === '/proc' ? PROC_SUPER_MAGIC : EXT4_SUPER_MAGIC) },
    });
  });

  it('returns a valid configuration', () => {
    expect(validated({}).process.args[0]).toBe('sh');
  });

  it('reports the first error and counts the others', () => {
    expect(() => validated({ '/process/cwd': 'tmp', '/process/args': [] })).toThrow(
      expect.objectContaining({
        message: 'validate "/process/args": args must not be empty',
        code: 'invalid-config',
        phase: 'validate',
        path: '/process/args',
        hint: 'name the program to run, such as ["sh"]; run tsrun check (in a program: runtime.check()) to see all 2 problems',
      }),
    );
  });

  it('says what the value must be if runc has no words for it', () => {
    expect(() => validated({ '/process/cwd': 'tmp' })).toThrow('validate "/process/cwd": must be an absolute path, found "tmp"');
  });

  it('accepts warnings', () => {
    expect(() => validated({ '/process/capabilities': { bounding: ['CAP_MAGIC'] } })).not.toThrow();
  });

  it("does not allow the host's network parameters through a path to its namespace", () => {
    const joined = (path: string): Readonly<Record<string, unknown>> => ({
      '/linux/namespaces': [{ type: 'mount' }, { type: 'uts' }, { type: 'network', path }],
      '/linux/sysctl': { 'net.ipv4.ip_forward': '1' },
    });
    expect(() => validated(joined('/proc/self/ns/net'))).toThrow('sysctl "net.ipv4.ip_forward" not allowed in host network namespace');
    expect(() => validated(joined('/run/netns/other'))).not.toThrow();
  });

  it('only allows procfs to be bound on /proc', () => {
    const bound = (source: string): Readonly<Record<string, unknown>> => ({
      '/mounts': [{ destination: '/proc/', type: 'bind', source, options: ['rbind'] }],
    });
    expect(() => validated(bound('/proc'))).not.toThrow();
    expect(() => validated(bound('fake'))).toThrow('"/proc" cannot be mounted because it is not of type proc');
  });
});
