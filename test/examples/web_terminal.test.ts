import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterTest, expect, makeBundle, stateRoot, test, until } from '../oci/harness/index.js';
import { hasBrowser, openPage } from './harness/browser.js';
import { compile, exitOf, project } from './harness/example.js';

const hasXterm = existsSync(`${project}node_modules/@xterm/xterm`);
if (!hasBrowser) console.log('skipped: the page of the web terminal, because there is no chromium: scripts/setup/browser.sh installs it');
if (!hasXterm) console.log('skipped: the web terminal, because @xterm/xterm is not installed: npm ci installs it');

const containers = (): readonly string[] => readdirSync(stateRoot).filter((name) => !name.startsWith('@'));

/** The address of a server that runs. */
async function startServer(): Promise<string> {
  const program = await compile('web-terminal/server.ts');
  const page = program.replace(/[^/]*$/, 'page.html');
  copyFileSync(`${project}examples/web-terminal/page.html`, page);
  const child = spawn(process.execPath, [program, makeBundle().rootfs, '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = exitOf(child);
  afterTest(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(page);
  });
  const [address] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return address;
}

/** A page with the terminal, and a wait until it shows something. */
async function openTerminal() {
  const page = await openPage(await startServer());
  afterTest(() => page.quit());
  const shows = (wanted: RegExp) =>
    until(
      `the page shows ${wanted.source}`,
      async () =>
        wanted.test(String(await page.evaluate("document.querySelector('.xterm-rows')?.innerText ?? ''")).replaceAll('\u00a0', ' ')),
      30_000,
    );
  await shows(/\$ /);
  return { page, shows };
}

test.runIf(hasBrowser && hasXterm)('a person types into the shell of a container in a browser, and it ends with the page', async () => {
  const { page, shows } = await openTerminal();
  await page.type('echo $((6 * 7)) $(id -u)\r');
  await shows(/^42 65534$/m);
  const size = String(await page.evaluate('`${terminal.rows} ${terminal.cols}`'));
  await page.type('stty size\r');
  await shows(new RegExp(`^${size}$`, 'm'));
  await page.evaluate('terminal.resize(100, 33)');
  await page.type('stty size\r');
  await shows(/^33 100$/m);
  // Ctrl-C.
  await page.type("sh -c 'echo begun; exec sleep 1000'\r");
  await shows(/^begun$/m);
  await page.type('\u0003');
  await page.type('echo interrupted $?\r');
  await shows(/^interrupted 130$/m);
  expect(containers()).toHaveLength(1);
  await page.close();
  await until('the container is removed', () => containers().length === 0);
});

test.runIf(hasBrowser && hasXterm)('the end of the shell is shown', async () => {
  const { page, shows } = await openTerminal();
  await page.type('exit\r');
  await shows(/\[the shell has ended\]/);
  await until('the container is removed', () => containers().length === 0);
});

test.runIf(hasXterm)('an address without the secret, or of another session, does nothing', async () => {
  const address = await startServer();
  const status = async (path: string, method = 'GET') => (await fetch(new URL(path, address), { method })).status;
  expect(await status('/')).toBe(403);
  expect(await status('/shell')).toBe(403);
  expect(await status('xterm.js')).toBe(200);
  expect(await status('type/none', 'POST')).toBe(404);
  expect(await status('../package.json')).toBe(403);
  expect(containers()).toEqual([]);
});
