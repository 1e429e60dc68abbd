import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { makeRootfs } from '../oci/harness/bundle.js';
import { afterTest, expect, test } from '../oci/harness/index.js';

/** nobody, who has no rights. */
const user = 65534;

const script = `
import { Runtime } from './dist/library/index.js';
const runtime = new Runtime();
const { code, stdout } = await runtime.run({ bundle: './bundle', timeout: 20_000 });
const container = await runtime.create({ id: 'web', bundle: './bundle', configFile: './bundle/waits.json', stdio: 'ignore' });
await container.start();
const second = await container.run(['id', '-u']);
await container.copyIn(await container.copyOut('/etc/passwd'), '/tmp', { user: { uid: 0, gid: 0 } });
const copied = await container.run(['sh', '-c', 'cmp /etc/passwd /tmp/passwd && ls -ld /tmp/passwd | cut -c1-10']);
await container.delete({ force: true });
const { stdout: written } = await runtime.run({ bundle: './bundle', configFile: './bundle/writes.json', overlay: 'memory' });
const refusals = [];
for (const request of [{ count: 1 }, { count: 1, bundle: './bundle' }]) {
  await runtime.prewarm(request).catch(({ code, message }) => refusals.push([code, message]));
}
console.log(JSON.stringify({ root: runtime.root, code, stdout, second: second.stdout, copied: copied.stdout, written, refusals, left: runtime.list().length }));
`;

// Another user cannot load the runtime of the sanitizers, which this process has preloaded.
const isSanitized = process.env['LD_PRELOAD'] !== undefined;

test.skipIf(isSanitized)(
  'a program of a user who is not root runs a container, also on an overlay, and another process in it, and is told that warm slots need root',
  () => {
    // The user cannot reach the project's directory.
    const base = mkdtempSync('/tmp/tsrun-library-');
    afterTest(() => rmSync(base, { recursive: true, force: true }));
    chmodSync(base, 0o755);
    cpSync(new URL('../../dist', import.meta.url).pathname, `${base}/dist`, { recursive: true });
    cpSync(new URL('../../package.json', import.meta.url).pathname, `${base}/package.json`);
    writeFileSync(`${base}/program.mjs`, script);
    mkdirSync(`${base}/bundle`);
    makeRootfs(`${base}/bundle/rootfs`, { copy: true });
    mkdirSync(`${base}/runtime`, { mode: 0o700 });
    for (const name of ['bundle', 'runtime']) chownSync(`${base}/${name}`, user, user);
    execFileSync('chown', ['-R', `${user}:${user}`, `${base}/bundle`]);
    const as = (...args: readonly string[]): string =>
      execFileSync('setpriv', ['--reuid', String(user), '--regid', String(user), '--clear-groups', ...args], {
        cwd: args[0] === process.execPath ? base : `${base}/bundle`,
        env: { PATH: '/usr/bin:/bin', XDG_RUNTIME_DIR: `${base}/runtime` },
        encoding: 'utf8',
      });
    as(`${base}/dist/tsrun`, 'spec', '--rootless');
    const config = JSON.parse(readFileSync(`${base}/bundle/config.json`, 'utf8')) as { process: { args: string[]; terminal: boolean } };
    const write = (name: string, args: string[]): void => {
      writeFileSync(
        `${base}/bundle/${name}`,
        JSON.stringify({ ...config, root: { path: 'rootfs', readonly: false }, process: { ...config.process, terminal: false, args } }),
      );
    };
    write('config.json', ['cat', '/proc/self/uid_map']);
    write('waits.json', ['sleep', '1000']);
    write('writes.json', ['sh', '-c', 'echo own > /written && cat /written']);
    const result: unknown = JSON.parse(as(process.execPath, 'program.mjs'));
    expect(result).toMatchObject({
      root: `${base}/runtime/tsrun`,
      code: 0,
      second: '0\n',
      copied: '-rw-r--r--\n',
      written: 'own\n',
      left: 0,
    });
    expect(existsSync(`${base}/bundle/rootfs/written`)).toBe(false);
    const refusal = ['unsupported', 'prewarm: warm slots need root'];
    expect(result).toMatchObject({ refusals: [refusal, refusal] });
    expect((result as { readonly stdout: string }).stdout.trim().split(/\s+/)).toEqual(['0', String(user), '1']);
  },
);
