/**
 * Runs a program that nobody trusts, and says which limit has ended it: a read-only root, 64 MiB in /tmp, no network, 256 MiB of memory,
 * one processor, 64 processes, 10 seconds, 1 MiB of output. With `--allow HOST` or `--allow HOST:PORT`, it reaches these HTTPS servers
 * through the UNIX socket /tmp/proxy/http.sock, and nothing else:
 *
 *   sandbox --allow registry.npmjs.org ROOTFS curl --unix-socket /tmp/proxy/http.sock http://registry.npmjs.org/left-pad
 *
 * Usage: sandbox [--allow HOST]... ROOTFS PROGRAM [ARGUMENT...]
 */
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { defineBundle, Runtime, RuntimeError, type BundleDefinition, type ReachedLimit } from '@tsrun/runtime';

const [, , ...words] = process.argv;
const allowed: string[] = [];
while (words[0] === '--allow') allowed.push(words.splice(0, 2)[1] ?? '');
const [rootfs = './rootfs', ...args] = words;

/** Passes a request on to the server that its Host header names, if that is allowed. A secret of the server's could be added here. */
function pass(request: IncomingMessage, response: ServerResponse): void {
  const { host = '', ...headers } = request.headers;
  if (!allowed.includes(host)) {
    response.writeHead(403).end(`not allowed: ${host}\n`);
    return;
  }
  const { hostname, port } = new URL(`https://${host}`);
  const passed = httpsRequest({ hostname, port, method: request.method, path: request.url, headers: { ...headers, host } }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  passed.on('error', () => response.destroy());
  response.on('close', () => passed.destroy());
  request.pipe(passed);
}

/** A directory with the socket of the proxy, and how to remove it. Other users of this machine cannot enter the directory above it. */
async function startProxy(): Promise<{ readonly directory: string; readonly stop: () => void }> {
  const above = mkdtempSync(`${tmpdir()}/sandbox-`);
  const directory = `${above}/proxy`;
  mkdirSync(directory);
  const server = createServer(pass).listen(`${directory}/http.sock`);
  await once(server, 'listening');
  // The program runs as another user.
  chmodSync(directory, 0o755);
  chmodSync(`${directory}/http.sock`, 0o666);
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
    rmSync(above, { recursive: true });
  };
  return { directory, stop };
}

/** Who is not root runs containers with their own id only, which is root's in there, without any rights. */
function forThisUser(): Partial<BundleDefinition> {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
  return uid === 0 ? {} : { user: { uid: 0 }, userNamespace: { uid, gid, size: 1 } };
}

function say(reason: string): void {
  console.error(`sandbox: ${reason}`);
}

/** What the program wrote, and what has stopped it. */
function report(stdout: unknown, stderr: unknown, reached: readonly ReachedLimit[] = []): void {
  process.stdout.write(String(stdout));
  process.stderr.write(String(stderr));
  for (const { message } of reached) say(message);
  // Only the program gets this error, so nobody but the program can tell.
  if (String(stderr).includes('No space left on device')) say('the program says that its 64 MiB in /tmp are full');
}

const proxy = allowed.length === 0 ? null : await startProxy();
const mounts =
  proxy === null ? [] : [{ destination: '/tmp/proxy', source: proxy.directory, type: 'bind', options: ['bind', 'ro', 'nosuid', 'nodev'] }];
try {
  const bundle = defineBundle({ preset: 'sandbox', rootfs, args, mounts, ...forThisUser() });
  const { code, signal, stdout, stderr, reachedLimits } = await new Runtime().run({
    ...bundle,
    timeout: 10_000,
    grace: 0,
    maxBuffer: 1 << 20,
  });
  report(stdout, stderr, reachedLimits);
  if (signal !== null) say(`the program was killed by ${signal}`);
  process.exitCode = code ?? 1;
} catch (error) {
  if (!(error instanceof RuntimeError)) throw error;
  if (error.output !== undefined) report(error.output.stdout, error.output.stderr, error.reachedLimits);
  say(`${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`);
  process.exitCode = 1;
} finally {
  proxy?.stop();
}
