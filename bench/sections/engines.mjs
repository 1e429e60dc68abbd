import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Containerd, namespace } from '../engines/containerd.mjs';
import { Docker } from '../engines/docker.mjs';
import { imageArchive } from '../engines/image.mjs';
import { Podman } from '../engines/podman.mjs';
import { find, succeed } from '../engines/program.mjs';
import { shimsIn } from '../engines/shims.mjs';
import { median } from '../measure/statistics.mjs';
import { Server } from '../setting/server.mjs';

const title = 'containers of containerd, by shim (medians)';
/** Discarded, as in measure/rounds.mjs. */
const warming = 3;
const grouped = 10;
/** Milliseconds after which a shim is idle: containerd has taken its events, and what it does when nothing happens is done. */
const settling = 500;
/** Milliseconds in which an idle shim is watched. */
const idle = 2000;

/**
 * What a container costs below containerd, with its own shim and each runtime, with tsrun's shim, and with one that does nothing: the floor
 * is containerd's own share. All interleaved, with one containerd.
 */
export async function engines({ subjects, setting, options, progress, stopping }) {
  if (spawnSync('containerd', ['--version']).status !== 0) return { title, rows: [], unavailable: 'there is no containerd' };
  const directory = join(setting.directory, 'engines');
  mkdirSync(directory);
  const shims = shimsIn({ directory, floor: setting.programs.floorShim, commands: subjects }).filter(
    (shim) => pathOf(shim, directory) !== undefined,
  );
  const preload = subjects.some(({ preloaded }) => preloaded) ? setting.programs.preload : undefined;
  // Shims keep their sockets and state below /run/containerd. This is the benchmark's own mount namespace.
  succeed('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  const containerd = new Containerd({ directory: join(directory, 'containerd'), path: directory, preload });
  const runner = new Server(setting.programs.runner, [
    ...['--env', `PATH=${directory}:${process.env.PATH}`],
    ...['--env', `TSRUN_BENCH_DIRECTORY=${process.env.TSRUN_BENCH_DIRECTORY}`],
  ]);
  try {
    await containerd.ready();
    const measures = timed({ containerd, setting, directory, runner });
    const rows = new Map(shims.map((shim) => [shim, { subject: shim.name }]));
    const rounds = options.quick ? 5 : Math.ceil(options.rounds / 4);
    for (const [name, measure] of Object.entries(measures)) await takeMedians({ name, measure, rows, rounds, progress, stopping });
    await wholeEngines({ containerd, directory, setting, subjects, rows, rounds, progress, stopping });
    for (const [shim, row] of rows)
      if (!stopping.aborted && shim.program !== undefined && shim.name !== 'floor.v2')
        Object.assign(row, await sizes({ containerd, setting, shim }));
    return { title, rows: [...rows.values()] };
  } finally {
    await runner.end();
    await containerd.end();
    succeed('umount', ['--lazy', '/run']);
  }
}

/**
 * `docker run --rm` with each shim but the one that runs nothing, and `podman run --rm`, which has no shim, with each runtime; where they
 * are installed.
 */
async function wholeEngines({ containerd, directory, setting, subjects, rows, rounds, progress, stopping }) {
  const archive = imageArchive(setting.bundles.default.true, directory);
  const shims = [...rows.keys()].filter(({ name }) => name !== 'floor.v2');
  const executed = shims.filter(({ runtime }) => runtime !== undefined);
  const runtimes = Object.fromEntries(executed.map(({ runtime }) => [basename(runtime), runtime]));
  const take = async (name, among, run) => {
    const part = new Map(among.filter((shim) => works(shim, run)).map((shim) => [shim, rows.get(shim)]));
    await takeMedians({ name, measure: { take: (shim) => milliseconds(() => run(shim)) }, rows: part, rounds, progress, stopping });
  };
  if (find('dockerd') && find('docker')) {
    const { runc: _own, ...others } = runtimes;
    const docker = new Docker({
      directory: join(directory, 'docker'),
      containerd,
      runtimes: others,
      path: directory,
      cgroup: `/${setting.prefix}-docker`,
    });
    try {
      await docker.ready(archive);
      await take('dockerMs', shims, (shim) => docker.run(shim.runtime === undefined ? shim.type : basename(shim.runtime)));
    } finally {
      await docker.end();
    }
  }
  if (find('podman') && find('conmon')) {
    const preloaded = subjects.filter((subject) => subject.preloaded).map(({ name }) => [name, setting.programs.preload]);
    const podman = new Podman({
      directory: join(directory, 'podman'),
      archive,
      runtimes,
      preloads: Object.fromEntries(preloaded),
      cgroup: `/${setting.prefix}-podman`,
    });
    const alone = executed.map((shim) => ({ name: `podman + ${basename(shim.runtime)}`, runtime: shim.runtime }));
    for (const one of alone) rows.set(one, { subject: one.name });
    await take('podmanMs', alone, ({ runtime }) => podman.run(basename(runtime)));
  }
}

/** An older crun refuses what dockerd asks for where cgroup v2 has no io controller. */
function works(shim, run) {
  try {
    run(shim);
    return true;
  } catch (error) {
    process.stderr.write(`\nleft out: ${shim.name}: ${error.message.split('\n')[0]}\n`);
    return false;
  }
}

/** Each takes a shim and the name of a container that does not exist yet, and returns milliseconds. */
function timed({ containerd, setting, directory, runner }) {
  const spec = specOf(setting, 'true');
  const specFile = join(directory, 'true.json');
  writeFileSync(specFile, JSON.stringify(spec));
  const standing = new Map();
  return {
    apiMs: { take: (shim, id) => milliseconds(() => containerd.runToEnd({ id, spec, shim })) },
    fourMs: {
      take: async (shim, id) =>
        (await milliseconds(() => Promise.all([1, 2, 3, 4].map((n) => containerd.runToEnd({ id: `${id}-${n}`, spec, shim }))))) / 4,
    },
    ctrMs: {
      take: (shim, id) =>
        milliseconds(() =>
          succeed('ctr', ['--address', containerd.socket, '--namespace', namespace, 'run', '--rm', ...shim.ctr, '--config', specFile, id]),
        ),
    },
    execMs: {
      begin: async (shim) => {
        const id = `${setting.prefix}-${standing.size}`;
        standing.set(shim, id);
        await containerd.create({ id, spec: specOf(setting, 'sleep'), shim });
        await containerd.start(id);
      },
      take: (shim, execId) => milliseconds(() => containerd.exec({ id: standing.get(shim), execId, process: spec.process })),
      end: async (shim) => {
        await containerd.kill(standing.get(shim));
        await containerd.remove(standing.get(shim));
      },
    },
    startMs: {
      take: async (shim, id) => {
        const time = await callShim({ shim, id, verb: 'start', containerd, directory, runner });
        for (const pid of processesOf(shim, id)) process.kill(pid, 'SIGKILL');
        await runner.ask('collect');
        return time;
      },
    },
    deleteMs: { take: (shim, id) => callShim({ shim, id, verb: 'delete', containerd, directory, runner }) },
  };
}

async function takeMedians({ name, measure, rows, rounds, progress, stopping }) {
  const shims = [...rows.keys()];
  const samples = new Map(shims.map((shim) => [shim, []]));
  for (const shim of shims) await measure.begin?.(shim);
  try {
    for (let round = -warming; round < rounds && !stopping.aborted; round++) {
      for (let turn = 0; turn < shims.length; turn++) {
        const index = (turn + round + warming) % shims.length;
        const time = await measure.take(shims[index], `${name}-${index}-${round + warming}`);
        if (round >= 0) samples.get(shims[index]).push(time);
        progress(`engines ${name}`, (round + warming) * shims.length + turn + 1, (rounds + warming) * shims.length);
      }
    }
  } finally {
    for (const shim of shims) await measure.end?.(shim);
  }
  for (const [shim, row] of rows) if (samples.get(shim).length > 0) row[name] = Math.round(median(samples.get(shim)) * 100) / 100;
}

/** Memory, threads and wake-ups of a shim with one container, and the memory of one with ten. */
async function sizes({ containerd, setting, shim }) {
  const group = `${setting.prefix}-group`;
  const ids = Array.from({ length: grouped }, (_, number) => `${group}-${number}`);
  const spec = { ...specOf(setting, 'sleep'), annotations: { 'io.kubernetes.cri.sandbox-id': ids[0] } };
  const alive = [];
  try {
    for (const id of ids) {
      await containerd.create({ id, spec, shim });
      await containerd.start(id);
      alive.push(id);
      if (alive.length === 1) await sleep(settling);
      if (alive.length !== 1) continue;
      const [pid] = processesOf(shim, ids[0]);
      const before = wakeUps(pid);
      await sleep(idle);
      Object.assign(shim, {
        one: {
          rssKiB: statusOf(pid, 'VmRSS'),
          pssKiB: proportional(pid),
          threads: statusOf(pid, 'Threads'),
          wakeUps: wakeUps(pid) - before,
        },
      });
    }
    await sleep(settling);
    const [pid] = processesOf(shim, ids[0]);
    return { ...shim.one, tenRssKiB: statusOf(pid, 'VmRSS'), tenPssKiB: proportional(pid) };
  } finally {
    // The first is the group's, which ends with its shim.
    for (const id of alive.reverse()) {
      await containerd.kill(id);
      await containerd.remove(id);
    }
  }
}

function specOf(setting, name) {
  return JSON.parse(readFileSync(join(setting.bundles.default[name], 'config.json'), 'utf8'));
}

/** In a bundle as containerd makes it. */
async function callShim({ shim, id, verb, containerd, directory, runner }) {
  const bundle = join(directory, 'bundles', id);
  mkdirSync(join(bundle, 'rootfs'), { recursive: true });
  writeFileSync(join(bundle, 'config.json'), '{}');
  if (shim.runtime !== undefined) writeFileSync(join(bundle, 'runtime'), shim.runtime);
  await runner.ask(`directory\t${bundle}`);
  const named = ['-namespace', namespace, '-address', containerd.socket, '-publish-binary', 'containerd', '-id', id, '-bundle', bundle];
  const output = join(bundle, 'output');
  const [ns, , status] = (await runner.ask([output, pathOf(shim, directory), ...named, verb].join('\t'))).split(' ').map(Number);
  if (status !== 0) throw new Error(`${shim.program} ${verb}: ${readFileSync(output, 'utf8').trim()}`);
  return ns / 1e6;
}

async function milliseconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

const pathOf = ({ program }, directory) => find(program, [directory]);

/** The shims that were started for a container. */
function processesOf(shim, id) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words[0].endsWith(shim.program) && words.includes(id);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function statusOf(pid, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

function proportional(pid) {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);
}

/** Of all threads: how often one has waited for something and was woken. */
function wakeUps(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))[1]))
    .reduce((sum, one) => sum + one, 0);
}
