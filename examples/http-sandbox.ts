/**
 * An HTTP server that runs the shell script in the body of each POST request in a container of its own, and answers with what it wrote.
 *
 * Usage: http-sandbox ROOTFS [PORT]      then: curl --data 'echo hello; id' http://127.0.0.1:8080/
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { defineBundle, Runtime, RuntimeError } from '@tsrun/runtime';

const [, , rootfs = './rootfs', port = '8080'] = process.argv;
/** How many requests run at the same time, and how many bytes a script may have. */
const most = { atOnce: 8, script: 64 << 10 };

const runtime = new Runtime();
// No privileges, no network, a read-only root, 64 MiB in /tmp, 256 MiB of memory, one processor, 64 processes: the defaults of a sandbox.
const bundle = defineBundle({ preset: 'sandbox', rootfs, args: ['sh'] });
let running = 0;

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') return send(response, 405, { error: 'post a shell script' });
  // Refused at once: a queue would grow without end while requests come faster than they are done.
  if (running >= most.atOnce) return send(response, 503, { error: 'too many scripts are running' });
  running += 1;
  try {
    const input = await bodyOf(request);
    if (input === null) return send(response, 413, { error: `the script is longer than ${most.script} bytes` });
    await runScript(input, response);
  } finally {
    running -= 1;
  }
}

async function runScript(input: Buffer, response: ServerResponse): Promise<void> {
  // The container ends if the client goes away.
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    send(response, 200, await runtime.run({ ...bundle, input, timeout: 10_000, grace: 0, maxBuffer: 1 << 20, signal: gone.signal }));
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    switch (error.code) {
      case 'aborted':
        return;
      // The script's fault: it ran for too long, or wrote too much. What it wrote until then is known.
      case 'timeout':
      case 'output-limit':
        return send(response, 422, { error: error.message, ...error.output });
      // Ours, and nothing that strangers should read.
      default:
        console.error(`${error.code}: ${error.message}`, error.hint ?? '');
        send(response, 500, { error: 'the script could not be run' });
    }
  }
}

/** The whole body; null if it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most.script) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

// Warm slots, in which everything is done but what differs between containers, take the pauses between requests. They need root.
if (process.getuid?.() === 0) await runtime.prewarm({ ...bundle, count: 2, max: most.atOnce });
server.requestTimeout = 30_000;
server.listen(Number(port), '127.0.0.1', () => console.log(`listening on ${JSON.stringify(server.address())}`));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Requests that run are answered first.
  process.once(signal, () => server.close(() => void runtime.close()));
}
