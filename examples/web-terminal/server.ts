/**
 * A terminal in a browser: each page that is opened gets a shell in a container of its own, which is removed when the page is closed. What
 * the shell shows comes by server-sent events, what is typed goes by POST requests.
 *
 * Usage: web-terminal/server ROOTFS [PORT]      then open the address that it prints
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { defineBundle, Runtime, type Terminal } from '@tsrun/runtime';

const [, , rootfs = './rootfs', port = '8080'] = process.argv;
const runtime = new Runtime();
const bundle = defineBundle({ preset: 'sandbox', rootfs, args: ['sh'], env: { TERM: 'xterm', HOME: '/tmp' }, cwd: '/tmp' });
/** Part of each address. Without it, every page that this browser shows could send commands here. */
const secret = randomUUID();
const sessions = new Map<string, Terminal>();

const xterm = createRequire(import.meta.url)
  .resolve('@xterm/xterm/package.json')
  .replace('package.json', '');
const file = (type: string, path: string | URL) => ({ type, content: readFileSync(path) });
const files = new Map([
  ['', file('text/html; charset=utf-8', new URL('page.html', import.meta.url))],
  ['xterm.js', file('text/javascript', `${xterm}lib/xterm.js`)],
  ['xterm.css', file('text/css', `${xterm}css/xterm.css`)],
]);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const [, given, name = '', id = ''] = pathname.split('/');
  const found = files.get(name);
  if (given !== secret) response.writeHead(403).end('the address is not complete\n');
  else if (request.method === 'GET' && name === 'shell') await shell(response);
  else if (request.method === 'GET' && found !== undefined) response.writeHead(200, { 'content-type': found.type }).end(found.content);
  else if (request.method === 'POST' && name === 'type') await type(sessions.get(id), request, response);
  else if (request.method === 'POST' && name === 'resize') resize(sessions.get(id), searchParams, response);
  else response.writeHead(404).end();
}

/** One shell, as long as the browser listens. */
async function shell(response: ServerResponse): Promise<void> {
  const id = randomUUID();
  const gone = new AbortController();
  // Removes the container.
  response.on('close', () => gone.abort());
  const container = await runtime.create({ ...bundle, id, terminal: { columns: 80, rows: 24 }, signal: gone.signal });
  try {
    const { terminal } = container;
    if (terminal === null) throw new Error('no terminal');
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`event: session\ndata: ${id}\n\n`);
    sessions.set(id, terminal);
    await container.start();
    for await (const chunk of terminal as AsyncIterable<Buffer>) {
      // A browser that is slower than the shell makes the shell wait.
      if (!response.write(`data: ${chunk.toString('base64')}\n\n`)) await once(response, 'drain', { signal: gone.signal });
    }
    response.end('event: end\ndata:\n\n');
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    sessions.delete(id);
    await container.delete({ force: true });
  }
}

async function type(terminal: Terminal | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const typed = await buffer(request);
  response.writeHead(terminal === undefined ? 404 : 204).end();
  terminal?.write(typed);
}

function resize(terminal: Terminal | undefined, size: URLSearchParams, response: ServerResponse): void {
  terminal?.resize({ columns: Number(size.get('columns')), rows: Number(size.get('rows')) });
  response.writeHead(terminal === undefined ? 404 : 204).end();
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    // The browser has gone before its shell was ready.
    if (response.destroyed) return;
    console.error(error);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}/`);
});
