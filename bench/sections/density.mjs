import { readFileSync } from 'node:fs';
import { median } from '../measure/statistics.mjs';

/** Creates per median: with only ten, the machine's own variation was larger than the effect. */
const window = 50;

/**
 * Creates containers without starting them, until `options.containers` are alive, so that each one is waiting in the runtime's own process.
 * The subjects run one after the other, because all at once would not fit into memory.
 */
export async function density({ subjects, setting, options, progress, stopping }) {
  const rows = [];
  for (const subject of subjects.filter(({ kind }) => kind === 'library' || kind === 'command')) {
    rows.push(...(await fill({ subject, setting, options, progress, stopping })));
  }
  return { title: `time of one more create with N containers alive (median of ${window})`, rows };
}

async function fill({ subject, setting, options, progress, stopping }) {
  const times = [];
  const waiting = [];
  const before = availableMemory();
  const id = (number) => `${setting.prefix}-${subject.name}-d${number}`;
  const all = options.containers + window;
  let alive = 0;
  let perContainer;
  try {
    while (alive < all && !stopping.aborted) {
      const { ns } = await subject.create(setting.bundles.default.sleep, id(alive));
      times.push(ns / 1e6);
      alive++;
      if (alive <= window) waiting.push(proportionalSize(subject.pidOf(id(alive - 1))));
      if (alive === options.containers) perContainer = (before - availableMemory()) / alive;
      progress(`density ${subject.name}`, alive, 2 * all);
    }
  } finally {
    // Kill them here, because some runtimes wait 100 ms for each container that they kill themselves.
    for (let number = 0; number < alive; number++) process.kill(subject.pidOf(id(number)), 'SIGKILL');
    for (let number = 0; number < alive; number++) {
      await subject.reap(id(number));
      await subject.delete(id(number), { force: true });
      progress(`density ${subject.name}`, all + number + 1, 2 * all);
    }
  }
  const first = median(times.slice(0, window));
  const step = Math.max(1, Math.floor(options.containers / 10));
  const rows = [];
  for (let count = 0; count + window <= times.length; count += step) {
    const create = median(times.slice(count, count + window));
    const memory = { waitingKiB: median(waiting), hostKiB: Math.round(perContainer) };
    rows.push({ subject: subject.name, alive: count, createMs: create, toFirst: create / first, ...(count === 0 ? memory : {}) });
  }
  return rows;
}

function proportionalSize(pid) {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);
}

function availableMemory() {
  return Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))[1]);
}
