import { describe, expect, test } from 'vitest';
import { groupOf } from '../../../src/shim/socket.js';
import { taskOptions } from '../../../src/shim/task/options.js';
import { encode } from '../../../src/protobuf/message.js';
import { runcOptions } from '../../../src/shim/wire/messages.js';
import { bindSys } from '../../../src/sys/call.js';
import { fakeSys } from '../fake_sys.js';

function group(config: string | undefined): string {
  bindSys(fakeSys({ overrides: { readText: () => config ?? fakeSys().sys.readText({ path: '/absent', limit: 1 }) } }).sys);
  return groupOf('box');
}

describe('the group of a container', () => {
  test.each([
    ['itself without annotations', '{}', 'box'],
    ['itself without a configuration', undefined, 'box'],
    ['its sandbox', '{"annotations":{"io.kubernetes.cri.sandbox-id":"pod"}}', 'pod'],
    ['its group, before its sandbox', '{"annotations":{"io.kubernetes.cri.sandbox-id":"pod","io.containerd.runc.v2.group":"g"}}', 'g'],
    ['itself if the name stands elsewhere', '{"hostname":"io.containerd.runc.v2.group"}', 'box'],
    ['its sandbox, although the name has an escape', '{"annotations":{"\\u0069o.kubernetes.cri.sandbox\\u002Did":"pod"}}', 'pod'],
    ['the last of two', '{"annotations":{"io.kubernetes.cri.sandbox-id":"a","io.kubernetes.cri.sandbox-id":"b"}}', 'b'],
    ['itself if the value is no name', '{"annotations":{"io.containerd.runc.v2.group":7}}', 'box'],
  ])('is %s', (_name, config, expected) => {
    expect(group(config)).toBe(expected);
  });
});

test('a configuration that is no JSON is named', () => {
  expect(() => group('{"annotations":{"io.kubernetes.cri.sandbox-id":"pod"')).toThrow(/^parse "config.json": /);
});

describe('options of a task', () => {
  const value = encode(runcOptions, { root: '/r', systemd_cgroup: true, binary_name: '/usr/bin/crun' });

  test("are those of runc's shim", () => {
    expect(taskOptions({ type_url: 'containerd.runc.v1.Options', value }, 'ns')).toEqual({
      root: '/r/ns',
      systemdCgroup: true,
      noPivot: false,
      noNewKeyring: false,
      ioOwner: null,
    });
  });

  test.each([undefined, { type_url: 'runtimeoptions.v1.Options', value }, { type_url: '', value: new Uint8Array(0) }])(
    'of another type, or none, are the defaults: %o',
    (given) => {
      expect(taskOptions(given, 'ns')).toMatchObject({ root: '/run/containerd/runc/ns', systemdCgroup: false });
    },
  );
});
