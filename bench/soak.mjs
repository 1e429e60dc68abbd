/**
 * Usage: node bench/soak.mjs [MINUTES [KIND]]
 *
 * A server with a container for each request (http/server.mjs; KIND is `library-warm` or `library`), at 70 % of its highest rate for ten
 * minutes. Prints at the beginning, after each minute and when the server has ended what a leak would make more of. Fails if after the last
 * minute there is more of it than after the first one: descriptors, children, zombies, mounts, state directories, cgroups; for resident
 * memory, more than a quarter. Fails, too, if the server leaves a cgroup, a mount or a state directory.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBundles } from './bundles/write.mjs';
import { HttpServer } from './http/client.mjs';
import { percentile } from './measure/statistics.mjs';

const [minutes = '10', kind = 'library-warm'] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'tsrun-soak-'));
const bundles = join(directory, 'bundles');
mkdirSync(bundles);
const mountsBefore = mounts();
const server = new HttpServer({ kind, bundle: writeBundles({ directory: bundles, controllers: [] }).bundles.default.true, directory });
try {
  await server.ready();
  process.stdout.write(`${JSON.stringify({ minute: 0, ...(await counted()) })}\n`);
  const { perSecond } = await server.busy({ connections: 8, seconds: 10 });
  process.stdout.write(`${kind}: ${Math.round(perSecond)} requests per second at most\n`);
  process.exitCode = await soak(perSecond * 0.7);
} finally {
  await server.end();
  if (!leavesNothing()) process.exitCode = 1;
  rmSync(directory, { recursive: true, force: true });
}

async function soak(perSecond) {
  let first;
  for (let minute = 1; minute <= Number(minutes); minute++) {
    const times = (await server.steady({ perSecond, seconds: 60 })).sort((a, b) => a - b);
    const now = await counted();
    const [p50, p99] = [0.5, 0.99].map((share) => percentile(times, share).toFixed(2));
    process.stdout.write(`${JSON.stringify({ minute, requests: times.length, p50, p99, ...now })}\n`);
    first ??= now;
    const grown = leaked(first, now);
    if (minute === Number(minutes) && grown.length > 0) {
      process.stdout.write(`more than after the first minute: ${grown.join(', ')}\n`);
      return 1;
    }
  }
  return 0;
}

/** The pool keeps more slots when more containers come, and each has two descriptors, a process and a cgroup. */
function leaked(first, now) {
  const slots = (now.slots ?? 0) - (first.slots ?? 0);
  const more = Math.max(0, slots);
  const allowed = { descriptors: 8 * more, children: more, zombies: 0, mounts: 0, states: 0, cgroups: more };
  const grown = Object.keys(allowed).filter((name) => now[name] > first[name] + allowed[name]);
  return now.rssKiB > first.rssKiB * 1.25 ? [...grown, 'rssKiB'] : grown;
}

async function counted() {
  return { ...(await server.resources()), mounts: mounts(), cgroups: cgroups() };
}

/** Whether nothing is left of the server, which has ended. */
function leavesNothing() {
  const left = { states: readdirSync(join(directory, kind)).length, cgroups: cgroups(), mounts: mounts() - mountsBefore };
  process.stdout.write(`left by the server: ${JSON.stringify(left)}\n`);
  return Object.values(left).every((count) => count === 0);
}

/** Of the host: a container's are in its own mount namespace. */
function mounts() {
  return readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length - 1;
}

/** How many cgroups the server has: their names have its pid. */
function cgroups() {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const [, , , , mount] = mounts.find((line) => line.includes(' - cgroup2 ')).split(' ');
  return below(mount).filter((path) => path.includes(`-${server.pid}-`)).length;
}

/** Those of others come and go meanwhile. */
function below(directory) {
  let entries = [];
  try {
    entries = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENODEV') throw error;
  }
  return entries.flatMap(({ name }) => [`${directory}/${name}`, ...below(`${directory}/${name}`)]);
}
