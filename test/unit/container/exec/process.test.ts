import { describe, expect, test } from 'vitest';
import { execProcess } from '../../../../src/container/exec/process.js';
import type { ExecutionRequest } from '../../../../src/container/options.js';
import type { Process } from '../../../../src/spec/types.js';
import type { ContainerRecord } from '../../../../src/state/record.js';

const configured: Process = {
  cwd: '/home',
  user: { uid: 5, gid: 6, additionalGids: [7] },
  args: ['init'],
  env: ['A=1'],
  terminal: true,
  consoleSize: { height: 1, width: 2 },
  noNewPrivileges: true,
  apparmorProfile: 'confined',
  selinuxLabel: 'system_u:system_r:container_t:s0',
  capabilities: { bounding: ['CAP_KILL'], effective: ['CAP_KILL'], permitted: ['CAP_KILL'], inheritable: ['CAP_NET_RAW'], ambient: [] },
};

const record = (process: Process | undefined): ContainerRecord =>
  ({ id: 'web', spec: { ociVersion: '1.2.1', ...(process === undefined ? {} : { process }) } }) as unknown as ContainerRecord;
const processOf = (options: Partial<ExecutionRequest>, process: Process | undefined = configured): Process =>
  execProcess({ root: '/run/tsrun', id: 'web', ...options }, record(process));

describe('a process of exec', () => {
  test('is like that of the container but for its arguments and the size of its terminal', () => {
    const { consoleSize: _size, ...rest } = configured;
    expect(processOf({ args: ['sh'] })).toEqual({ ...rest, args: ['sh'] });
  });

  test.each<readonly [string, Partial<ExecutionRequest>, Partial<Process>]>([
    ['has more variables', { env: ['B=2'] }, { env: ['A=1', 'B=2'] }],
    ['is elsewhere', { cwd: '/tmp' }, { cwd: '/tmp' }],
    ['is of another user, in the group of the configuration', { user: { uid: 9 } }, { user: { uid: 9, gid: 6, additionalGids: [7] } }],
    ['is of another user and group', { user: { uid: 9, gid: 10 } }, { user: { uid: 9, gid: 10, additionalGids: [7] } }],
    ['is in more groups', { additionalGids: [8] }, { user: { uid: 5, gid: 6, additionalGids: [7, 8] } }],
    ['has no terminal', { terminal: false }, { terminal: false }],
    ['may get privileges', { noNewPrivileges: false }, { noNewPrivileges: false }],
    ['has another profile', { apparmorProfile: 'other' }, { apparmorProfile: 'other' }],
    ['has another label', { processLabel: 'other_t' }, { selinuxLabel: 'other_t' }],
    [
      // An inheritable one would pass to every file that asks for it (CVE-2022-29162).
      'has more capabilities, which are ambient only if they are inheritable already',
      { capabilities: ['net_raw', 'CAP_CHOWN'] },
      {
        capabilities: {
          bounding: ['CAP_KILL', 'CAP_NET_RAW', 'CAP_CHOWN'],
          effective: ['CAP_KILL', 'CAP_NET_RAW', 'CAP_CHOWN'],
          permitted: ['CAP_KILL', 'CAP_NET_RAW', 'CAP_CHOWN'],
          inheritable: ['CAP_NET_RAW'],
          ambient: ['CAP_NET_RAW'],
        },
      },
    ],
  ])('%s', (_, options, expected) => {
    expect(processOf({ args: ['sh'], ...options })).toMatchObject(expected);
  });

  test('has capabilities though its container has none', () => {
    const { capabilities: _none, ...bare } = configured;
    expect(processOf({ capabilities: ['kill'] }, bare).capabilities).toEqual({
      bounding: ['CAP_KILL'],
      effective: ['CAP_KILL'],
      permitted: ['CAP_KILL'],
      inheritable: [],
      ambient: [],
    });
  });

  const document: Process = { cwd: '/', user: { uid: 0, gid: 0 }, args: ['sh'] };
  test('of a document has what confines the container where the document says nothing of that', () => {
    const { apparmorProfile, selinuxLabel, capabilities } = configured;
    expect(processOf({ process: document })).toEqual({ ...document, apparmorProfile, selinuxLabel, capabilities });
    expect(processOf({ process: { ...document, apparmorProfile: '', selinuxLabel: '' } })).toMatchObject({ apparmorProfile, selinuxLabel });
  });

  test('of a document has its own labels and capabilities where it names them', () => {
    const own: Process = { ...document, apparmorProfile: 'own', selinuxLabel: 'own_t', capabilities: {} };
    expect(processOf({ process: own })).toEqual(own);
  });

  test('of a document needs no process of the container', () => {
    expect(execProcess({ root: '/r', id: 'web', process: document }, record(undefined))).toEqual(document);
  });

  test('cannot be like that of a container that has none', () => {
    expect(() => execProcess({ root: '/r', id: 'web', args: ['sh'] }, record(undefined))).toThrow(
      expect.objectContaining({ code: 'usage', path: '/process', hint: expect.stringContaining('--process') as string }) as Error,
    );
  });
});
