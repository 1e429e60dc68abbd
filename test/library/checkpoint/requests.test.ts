/** checkpoint and restore with a CRIU that records what it is asked (test/programs/criu/fake_criu.c). */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Runtime, type RuntimeError, type CheckpointContainer, type RestoreRequest } from '../../../src/library/index.js';
import {
  afterTest,
  describe,
  expect,
  isAlive,
  joinNamespace,
  leftovers,
  makeBundle,
  mark,
  newId,
  stateRoot,
  test,
  type Bundle,
  type Config,
} from '../../oci/harness/index.js';
import { failure } from '../harness/failure.js';
import { fakeCriu } from '../harness/fake_criu.js';
import { expectNoMoreFiles, openFiles } from '../harness/open_files.js';

const runtime = new Runtime({ root: stateRoot });
const service = (): string => makeBundle({ script: 'sleep 1000' }).directory;

async function running(allowAnnotations: readonly string[] = [], bundle = service()) {
  const owner = new Runtime({ root: stateRoot, allowAnnotations });
  const container = await owner.create({ id: newId(), bundle, stdio: 'ignore' });
  afterTest(() => container.delete({ force: true }));
  await container.start();
  return container;
}

async function restored(request: Omit<RestoreRequest, 'id' | 'bundle'>) {
  const container = await runtime.restore({ id: newId(), bundle: service(), stdio: 'ignore', ...request });
  afterTest(() => container.delete({ force: true }));
  return container;
}

describe('checkpoint of the library', () => {
  test('saves a container and removes it, and its end is known', async () => {
    const { imagePath, options } = fakeCriu();
    const container = await running();
    await container.checkpoint({ imagePath, tcpEstablished: true, manageCgroupsMode: 'ignore' });
    expect(options('dump')).toMatchObject({ pid: container.pid, tcp_established: true, manage_cgroups_mode: 0, leave_running: false });
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
    expect([isAlive(container.pid), existsSync(`${stateRoot}/${container.id}`)]).toEqual([false, false]);
    expect(await failure(container.checkpoint({ imagePath }))).toMatchObject({ code: 'not-found' });
    const before = await openFiles();
    await (await running()).checkpoint({ imagePath: `${imagePath}2` });
    await expectNoMoreFiles(before);
  });

  test('can leave it running, also one that another program created', async () => {
    const { imagePath, options } = fakeCriu();
    const { id } = await running();
    const container = runtime.get(id);
    await container.checkpoint({ imagePath, leaveRunning: true });
    expect(options('dump')).toMatchObject({ leave_running: true });
    expect(container.state().status).toBe('running');
  });

  test('that fails leaves it running, and tells the last error and the log', async () => {
    const { imagePath } = fakeCriu({ FAKE_CRIU_FAIL: 'this cannot be saved' });
    const container = await running();
    const error = await failure(container.checkpoint({ imagePath }));
    expect(error).toMatchObject({ code: 'setup', phase: 'checkpoint' });
    expect([error.message, error.hint, error.path].join('\n')).toMatch(/this cannot be saved[\s\S]*dump\.log/);
    expect(container.state().status).toBe('running');
    await container.kill('SIGKILL');
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('takes the file of org.criu.config only if the runtime allows the annotation', async () => {
    const { directory } = makeBundle({
      script: 'sleep 1000',
      config: (config) => {
        config.annotations = { 'org.criu.config': '/etc/criu/other.conf' };
      },
    });
    const { imagePath, options } = fakeCriu();
    await (await running(['org.criu.config'], directory)).checkpoint({ imagePath });
    expect(options('dump')).toMatchObject({ config_file: '/etc/criu/other.conf' });
    const refused = await failure((await running([], directory)).checkpoint({ imagePath: `${imagePath}2` }));
    expect(refused.message).toContain('org.criu.config');
  });

  test.each<readonly [string, unknown]>([
    ['imagePath', {}],
    ['imagePath', { imagePath: 7 }],
    ['leaveRunning', { imagePath: 'image', leaveRunning: 'yes' }],
    ['manageCgroupsMode', { imagePath: 'image', manageCgroupsMode: 'hard' }],
    ['pageServer.port', { imagePath: 'image', pageServer: { address: '::1', port: 0 } }],
  ])('refuses a wrong "%s"', async (path, options) => {
    const container = await running();
    expect(await failure(container.checkpoint(options as CheckpointContainer))).toMatchObject({
      code: 'usage',
      operation: 'checkpoint',
      path,
    });
    expect(container.state().status).toBe('running');
  });
});

describe('restore of the library', () => {
  test('makes a container that runs, is a child of this program, and has the streams that were asked for', async () => {
    const { imagePath, options } = fakeCriu();
    await (await running()).checkpoint({ imagePath });
    const before = await openFiles();
    const container = await restored({ imagePath, tcpClose: true, stdio: ['ignore', 'pipe', 'ignore'] });
    expect(options('restore')).toMatchObject({ tcp_close: true, rst_sibling: true });
    expect(container.state()).toMatchObject({ status: 'running', pid: container.pid });
    expect(readFileSync(`/proc/${container.pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')[1]).toBe(String(process.pid));
    container.stdout?.resume();
    await container.kill('SIGKILL');
    expect(await container.wait()).toEqual({ code: null, signal: 'SIGKILL' });
    await container.delete();
    await expectNoMoreFiles(before);
  });

  test('may have the id of the saved container, whose handle stays without effect on it', async () => {
    const { imagePath } = fakeCriu();
    const saved = await running();
    await saved.checkpoint({ imagePath });
    const container = await runtime.restore({ id: saved.id, bundle: service(), imagePath, stdio: 'ignore' });
    afterTest(() => container.delete({ force: true }));
    await saved.delete({ force: true });
    expect(await failure(saved.kill('SIGKILL'))).toMatchObject({ code: 'not-found' });
    expect(await failure(saved.checkpoint({ imagePath: `${imagePath}2` }))).toMatchObject({ code: 'not-found' });
    expect(container.state()).toMatchObject({ status: 'running', pid: container.pid });
  });

  test('that fails leaves nothing, and tells the last error and the log', async () => {
    const { imagePath } = fakeCriu();
    await (await running()).checkpoint({ imagePath });
    process.env['FAKE_CRIU_FAIL'] = 'this cannot be restored';
    afterTest(() => Reflect.deleteProperty(process.env, 'FAKE_CRIU_FAIL'));
    const before = await openFiles();
    const id = newId();
    const error = await failure(runtime.restore({ id, bundle: service(), imagePath, stdio: 'pipe' }));
    expect(error).toMatchObject({ code: 'setup', phase: 'restore' });
    expect([error.message, error.hint, error.path].join('\n')).toMatch(/this cannot be restored[\s\S]*restore\.log/);
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    await expectNoMoreFiles(before);
  });

  const wrong = (config: Partial<Config>): ((bundle: Bundle) => void) => {
    return (bundle) => {
      Object.assign(bundle.config, config);
      bundle.save();
    };
  };
  const nothing = (): void => undefined;
  test.each<readonly [string, Readonly<Record<string, string>>, (bundle: Bundle, image: string) => void]>([
    ...['request', 'pre-restore', 'setup-namespaces', 'post-setup-namespaces', 'post-restore', 'post-resume'].map(
      (step) => [`CRIU is killed at ${step}`, { FAKE_CRIU_DIE: step }, nothing] as const,
    ),
    ['CRIU is too old', { FAKE_CRIU_VERSION: '3.1' }, nothing],
    ['a hook fails', {}, wrong({ hooks: { createRuntime: [{ path: '/bin/false' }] } })],
    ['the last hook fails', {}, wrong({ hooks: { poststart: [{ path: '/bin/false' }] } })],
    ['the root file system is missing', {}, wrong({ root: { path: 'absent', readonly: true } })],
    [
      'the network namespace is gone',
      {},
      (bundle) => {
        joinNamespace(bundle.config, 'network', '/run/netns/absent');
        bundle.save();
      },
    ],
    [
      'the image is damaged',
      {},
      (_, image) => {
        writeFileSync(`${image}/tsrun.json`, '{}');
      },
    ],
  ])('leaves no descriptor, process or directory if %s', async (_, told, change) => {
    const { imagePath } = fakeCriu(told);
    mkdirSync(imagePath);
    writeFileSync(`${imagePath}/tsrun.json`, JSON.stringify({ descriptors: ['', '', ''], externalMounts: [] }));
    const bundle = makeBundle();
    change(bundle, imagePath);
    const id = newId();
    const before = await openFiles();
    await failure(runtime.restore({ id, bundle: bundle.directory, imagePath, stdio: 'pipe' }));
    await expectNoMoreFiles(before);
    expect(leftovers(mark, stateRoot).map(({ what }) => what)).toEqual([]);
  });

  test('makes nothing if its signal had aborted', async () => {
    const { imagePath } = fakeCriu();
    await (await running()).checkpoint({ imagePath });
    const [id, before] = [newId(), await openFiles()];
    const request = { id, bundle: service(), imagePath, stdio: 'pipe', signal: AbortSignal.abort() } as const;
    expect(await failure(runtime.restore(request))).toMatchObject({ code: 'aborted' });
    expect(existsSync(`${stateRoot}/${id}`)).toBe(false);
    await expectNoMoreFiles(before);
  });

  test('ends with its signal', async () => {
    const { imagePath } = fakeCriu();
    await (await running()).checkpoint({ imagePath });
    const abort = new AbortController();
    const container = await restored({ imagePath, signal: abort.signal });
    abort.abort();
    expect(await failure(container.wait())).toMatchObject({ code: 'aborted' });
    expect(existsSync(`${stateRoot}/${container.id}`)).toBe(false);
  });

  test('refuses a request without a bundle or an image, and of a runtime that is closed', async () => {
    const request = { id: newId(), imagePath: 'image', bundle: 'bundle' };
    const wrong = (changes: object): Promise<RuntimeError> => failure(runtime.restore({ ...request, ...changes }));
    expect(await wrong({ bundle: undefined })).toMatchObject({ code: 'usage', path: 'bundle' });
    expect(await wrong({ imagePath: undefined })).toMatchObject({ code: 'usage', path: 'imagePath' });
    const closed = new Runtime({ root: stateRoot });
    await closed.close();
    expect(await failure(closed.restore(request))).toMatchObject({ code: 'usage', message: 'restore: the runtime is closed' });
  });
});
