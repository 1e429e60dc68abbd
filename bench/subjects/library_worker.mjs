/**
 * The measured side of the library: reads one request (JSON) per line and writes one answer per line. Between the two readings of the clock
 * there is only what a caller of the library would await.
 */
import { createInterface } from 'node:readline';
import { Runtime } from '../../dist/library/index.js';

const runtime = new Runtime({ root: process.argv[2] });
const warm = process.argv[3] === '--warm';
let warmFor;
const containers = new Map();
const find = (id) => containers.get(id);

async function timed(work) {
  const start = process.hrtime.bigint();
  await work();
  return { ns: Number(process.hrtime.bigint() - start) };
}

/** Waits until a warm slot for the bundle is ready and none is being made. */
async function beReady(bundle) {
  if (!warm || bundle === undefined) return;
  if (warmFor !== bundle) await runtime.prewarm({ count: 1, bundle });
  warmFor = bundle;
  await runtime.pool.fill();
}

async function launch(bundle, id) {
  let container;
  const time = await timed(async () => {
    container = await runtime.create({ id, bundle, stdio: 'ignore' });
    await container.start();
  });
  await container.wait();
  await container.delete();
  if (warm && runtime.pool.cold > 0) throw new Error('the container did not come from the pool');
  return time;
}

async function runOnce(bundle, id) {
  const container = await runtime.create({ id, bundle, stdio: 'ignore' });
  containers.set(id, container);
  await container.start();
  const { code } = await container.wait();
  await container.delete();
  containers.delete(id);
  if (code !== 0) throw new Error(`the container's exit code is ${String(code)}`);
}

const verbs = {
  run: ({ bundle, id }) => timed(() => runOnce(bundle, id)),
  launch: ({ bundle, id }) => launch(bundle, id),
  async probe({ bundle, id }) {
    const { code, stdout, stderr } = await runtime.run({ id, bundle });
    if (code !== 0) throw new Error(`the probe failed: ${stderr}`);
    return { output: stdout };
  },
  async create({ bundle, id }) {
    const time = await timed(async () => containers.set(id, await runtime.create({ id, bundle, stdio: 'ignore' })));
    return { ...time, pid: find(id).pid };
  },
  start: ({ id }) => timed(() => find(id).start()),
  async delete({ id, force }) {
    const time = await timed(() => find(id).delete({ force }));
    containers.delete(id);
    return time;
  },
  exec: ({ id }) => timed(async () => (await find(id).exec(['/bin/true'], { stdio: 'ignore' })).wait()),
  state: ({ id }) => timed(() => find(id).state()),
  kill: ({ id }) => timed(() => find(id).kill('WINCH')),
  update: ({ id }) => timed(() => find(id).update({ pids: { limit: 100 } })),
  stats: ({ id }) => timed(() => find(id).stats()),
  list: () => timed(() => runtime.list()),
  wait: ({ id }) => timed(() => find(id).wait()),
  parallel: ({ bundle, id, width, each }) =>
    timed(() =>
      Promise.all(
        Array.from({ length: width }, async (_, lane) => {
          for (let count = 0; count < each; count++) await runOnce(bundle, `${id}-${lane}`);
        }),
      ),
    ),
};

async function take(request) {
  await beReady(request.bundle);
  const answer = await verbs[request.verb](request);
  await beReady(request.bundle);
  return answer;
}

// The requester may be gone when the answer is ready; the containers must be deleted nevertheless.
process.stdout.on('error', () => undefined);
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = await take(request).catch((error) => ({ failed: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await runtime.pool?.close();
for (const container of containers.values()) await container.delete({ force: true });
