/**
 * Usage: node bench/soak.mjs [MINUTES [KIND]]
 *
 * A server with a container for each request (http/server.mjs; KIND is `library-warm` or `library`), at 70 % of its highest rate for ten
 * minutes. Prints each minute what a leak would make more of. Fails if at the end there is more of it than after the first minute:
 * descriptors, children, state directories, cgroups; for resident memory, more than a quarter.
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
const server = new HttpServer({ kind, bundle: writeBundles({ directory: bundles, controllers: [] }).bundles.default.true, directory });
try {
  await server.ready();
  const { perSecond } = await server.busy({ connections: 8, seconds: 10 });
  process.stdout.write(`${kind}: ${Math.round(perSecond)} requests per second at most\n`);
  process.exitCode = await soak(perSecond * 0.7);
} finally {
  await server.end();
  rmSync(directory, { recursive: true, force: true });
}

async function soak(perSecond) {
  let first;
  for (let minute = 1; minute <= Number(minutes); minute++) {
    const times = (await server.steady({ perSecond, seconds: 60 })).sort((a, b) => a - b);
    const now = { ...(await server.resources()), cgroups: cgroups() };
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
  const allowed = { descriptors: 8 * Math.max(0, slots), children: Math.max(0, slots), states: 0, cgroups: Math.max(0, slots) };
  const counted = Object.keys(allowed).filter((name) => now[name] > first[name] + allowed[name]);
  return now.rssKiB > first.rssKiB * 1.25 ? [...counted, 'rssKiB'] : counted;
}

/** How many cgroups the server has: their names have its pid. */
function cgroups() {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const [, , , , mount] = mounts.find((line) => line.includes(' - cgroup2 ')).split(' ');
  const all = readdirSync(mount, { recursive: true, withFileTypes: true });
  return all.filter((one) => one.isDirectory() && `${one.path}/${one.name}`.includes(`-${server.pid}-`)).length;
}
