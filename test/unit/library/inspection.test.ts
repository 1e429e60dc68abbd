import { expect, test, vi } from 'vitest';
import { templateSpec } from '../../../src/spec/template.js';
import type { SpecRequest } from '../../../src/library/requests.js';
import { libraryHost, refusal, untyped } from './host.js';

vi.mock('node:net', () => import('./sockets.js'));

test('spec returns the template of tsrun spec, for root and for a user', async () => {
  const { runtime, machine, left } = libraryHost();
  const { euid: uid, egid: gid } = machine.sys.ids();
  expect(runtime.spec()).toEqual(templateSpec({ rootless: null, unified: true }));
  const forUser = runtime.spec({ rootless: true }).linux;
  expect(forUser?.namespaces).toContainEqual({ type: 'user' });
  expect(forUser?.uidMappings).toEqual([{ containerID: 0, hostID: uid, size: 1 }]);
  expect(forUser?.gidMappings).toEqual([{ containerID: 0, hostID: gid, size: 1 }]);
  expect(await left()).toEqual([]);
});

test('spec refuses a value of the wrong type', async () => {
  const { runtime } = libraryHost();
  expect(await refusal(() => runtime.spec(untyped<SpecRequest>({ rootless: 'yes' })))).toMatchObject({ code: 'usage', path: 'rootless' });
});

test('a caller may change what spec and features return, without an effect on later calls', () => {
  const { runtime } = libraryHost();
  const names = runtime.spec().process?.capabilities?.bounding as string[];
  names.push('CAP_SYS_ADMIN');
  expect(runtime.spec().process?.capabilities?.bounding).not.toContain('CAP_SYS_ADMIN');
  (runtime.features().linux.namespaces as string[]).length = 0;
  expect(runtime.features().linux.namespaces).toContain('user');
});

test('features contains the version of the package', () => {
  const { runtime } = libraryHost();
  expect(runtime.features().annotations).toMatchObject({ 'org.tsrun.version': expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown });
});
