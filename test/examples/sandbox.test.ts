import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { defineBundle, Runtime } from '../../src/library/index.js';
import {
  afterTest,
  describe,
  expect,
  makeBundle,
  makeRootfs,
  newDirectory,
  newId,
  scratch,
  stateRoot,
  test,
} from '../oci/harness/index.js';
import { canLimit, compile, project, runExample, type Ended } from './harness/example.js';
import { tricks, tryAll } from './harness/tricks.js';

const sandboxed = (script: string, rootfs = makeBundle().rootfs) => runExample('sandbox.ts', { args: [rootfs, 'sh', '-c', script] });

/** What the example says itself. */
const said = ({ stderr }: Ended): readonly string[] =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('sandbox: '))
    .map((line) => line.slice('sandbox: '.length));

const nothingIsLeft = (): void => {
  expect(readdirSync(stateRoot).filter((name) => !name.startsWith('@'))).toEqual([]);
};

test('a program runs as nobody, and its output and its code are passed on', async () => {
  expect(await sandboxed('id -u; echo wrong >&2; exit 3')).toEqual({ code: 3, stdout: '65534\n', stderr: 'wrong\n' });
});

// The limits of memory, processes and processors: test/vm/guest/sandbox.sh.
// The limits of memory, processes and processors: test/vm/guest/sandbox.sh.
describe('a hostile program', () => {
  test('gets an error for each trick with symbolic links, /proc and privileges, and changes nothing', async () => {
    const { rootfs } = makeBundle();
    const before = readFileSync(`${rootfs}/etc/passwd`, 'utf8');
    const { stdout } = await sandboxed(tryAll, rootfs);
    expect(stdout.trim().split('\n')).toEqual(tricks.map(({ error }) => expect.stringMatching(error) as string));
    expect(readFileSync(`${rootfs}/etc/passwd`, 'utf8')).toBe(before);
    nothingIsLeft();
  });

  test('that fills the disk fills 64 MiB', async () => {
    const ended = await sandboxed('cat /dev/zero >/tmp/bomb; code=$?; wc -c </tmp/bomb; exit $code');
    expect(ended).toMatchObject({ code: 1, stdout: `${64 << 20}\n` });
    expect(ended.stderr).toContain('write error: No space left on device\n');
    expect(said(ended)).toEqual(['the program says that its 64 MiB in /tmp are full']);
  });

  test.each(['', ' >&2'])('that floods its output%s is killed', async (to) => {
    const ended = await sandboxed(`yes${to}`);
    expect(ended.code).toBe(1);
    expect(said(ended)).toEqual([expect.stringMatching(/^run: the standard (output|error) of the program is longer than 1048576 bytes/)]);
    nothingIsLeft();
  });

  test('that does not end is killed, with what it has started', async () => {
    const ended = await sandboxed("trap '' TERM; echo begun; sleep 1000 & while :; do sleep 1; done");
    expect(ended).toMatchObject({ code: 1, stdout: 'begun\n' });
    expect(said(ended)).toEqual([expect.stringMatching(/^run: the program did not end within 10000 ms/)]);
    nothingIsLeft();
  });
});

test.skipIf(canLimit)('on a host that cannot hold a program to its limits it does not run, and the missing limit is named', async () => {
  const ended = await runExample('sandbox.ts', { args: [makeBundle().rootfs, 'true'], unlimited: false });
  expect(ended.code).toBe(1);
  expect(said(ended)).toEqual([expect.stringMatching(/limits: \{ (memory|cpus|pids): 'none' \} in defineBundle\)$/)]);
});

const hasOpenssl = existsSync('/usr/bin/openssl');
if (!hasOpenssl) console.log('skipped: the proxy of the sandbox, because there is no openssl to make a certificate with');

test.runIf(hasOpenssl)('a program reaches through the proxy the servers that it may, and no others', async () => {
  const directory = newDirectory();
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', [...request, '-keyout', `${directory}/key`, '-out', `${directory}/certificate`], { stdio: 'ignore' });
  const files = { key: readFileSync(`${directory}/key`), cert: readFileSync(`${directory}/certificate`) };
  const server = createServer(files, (request, response) => response.end(`${request.headers.host} ${request.url}`)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => void server.close());
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  const client = `
    const { get } = require('node:http');
    const ask = (host, path) => new Promise((done) => get({ socketPath: '/tmp/proxy/http.sock', path, headers: { host } }, (response) => {
      response.setEncoding('utf8').on('data', (text) => done(console.log(response.statusCode, text.trim())));
    }));
    ask(${JSON.stringify(host)}, '/file').then(() => ask('example.com', '/')).then(() => ask(${JSON.stringify(host)}, 'http://example.com/'));`;
  const { code, stdout, stderr } = await runExample('sandbox.ts', {
    args: ['--allow', host, '/', process.execPath, '-e', client],
    env: { NODE_EXTRA_CA_CERTS: `${directory}/certificate` },
  });
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: `200 ${host} /file\n403 not allowed: example.com\n200 ${host} http://example.com/\n`,
    stderr: '',
  });
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('sandbox-'))).toEqual([]);
});

test('an ordinary user runs it, too, in a user namespace', async () => {
  // Other users cannot reach the directory of the project.
  const base = mkdtempSync('/tmp/tsrun-sandbox-');
  afterTest(() => rmSync(base, { recursive: true }));
  chmodSync(base, 0o755);
  for (const name of ['dist', 'package.json']) cpSync(`${project}${name}`, `${base}/${name}`, { recursive: true });
  cpSync(await compile('sandbox.ts', { root: null, unlimited: true }), `${base}/sandbox.mjs`);
  makeRootfs(`${base}/rootfs`, { copy: true });
  mkdirSync(`${base}/runtime`, { mode: 0o700 });
  const user = '65534';
  execFileSync('chown', ['-R', `${user}:${user}`, `${base}/rootfs`, `${base}/runtime`]);
  const as = ['--reuid', user, '--regid', user, '--clear-groups', process.execPath, `${base}/sandbox.mjs`, `${base}/rootfs`, 'sh', '-c'];
  const place = { cwd: base, env: { PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: `${base}/runtime` } };
  const { stdout } = await promisify(execFile)('setpriv', [...as, `cat /proc/self/uid_map; ${tryAll}`], place);
  const [map = '', ...lines] = stdout.trim().split('\n');
  expect(map.trim().split(/\s+/)).toEqual(['0', user, '1']);
  expect(lines).toEqual(tricks.map(({ error }) => expect.stringMatching(error) as string));
  const flood = await promisify(execFile)('setpriv', [...as, 'yes'], { ...place, maxBuffer: 4 << 20 }).catch((error: unknown) => error);
  expect(flood).toMatchObject({ code: 1, stderr: expect.stringContaining('longer than 1048576 bytes') as string });
  expect(readdirSync(`${base}/runtime/tsrun`)).toEqual([]);
  // As a working directory, it is where relative paths of the configuration start.
  mkdirSync(`${base}/closed/inside`, { mode: 0o700, recursive: true });
  const closed = await promisify(execFile)('setpriv', [...as, 'true'], { ...place, cwd: `${base}/closed/inside` }).catch(
    (error: unknown) => error,
  );
  expect(closed).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^sandbox: find bundle .*permission denied \(EACCES\)/) as string,
  });
});

test('it runs in a container of tsrun, too', async () => {
  const inner = makeBundle().rootfs;
  const outer = defineBundle({
    rootfs: '/',
    limits: 'none',
    args: [process.execPath, await compile('sandbox.ts', { unlimited: true }), inner, 'sh', '-c', tryAll],
    user: { uid: 0 },
    capabilities: [
      'CAP_SYS_ADMIN',
      'CAP_SETUID',
      'CAP_SETGID',
      'CAP_SETPCAP',
      'CAP_CHOWN',
      'CAP_DAC_OVERRIDE',
      'CAP_NET_ADMIN',
      'CAP_MKNOD',
      'CAP_KILL',
    ],
    seccomp: 'unconfined',
    mounts: [
      { destination: scratch, type: 'bind', source: scratch, options: ['bind', 'rw'] },
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev'] },
    ],
  });
  const { code, stdout, stderr } = await new Runtime({ root: stateRoot }).run({ ...outer, id: newId() });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toEqual(tricks.map(({ error }) => expect.stringMatching(error) as string));
});
