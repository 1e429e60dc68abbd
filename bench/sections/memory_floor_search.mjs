import { LimitedContainer } from './limited_container.mjs';

/** Memory is charged by the page, in KiB. */
const page = 4;
const [least, plenty] = [32, 64 << 10];

/** Starts that must all succeed for a limit to be enough: near the edge only some do. */
const starts = 5;

/**
 * For each command, in KiB: the smallest `memory.max` in which /bin/true starts by `run`, the same by `create` and `start`, and the memory
 * charged to the cgroup while a created container waits.
 */
export async function searchMemoryFloors({ subjects, setting, progress, stopping }) {
  const rows = [];
  const commands = subjects.filter(({ kind }) => kind === 'command');
  for (const [turn, subject] of commands.entries()) {
    if (stopping.aborted) break;
    const container = new LimitedContainer({ subject, setting });
    const runKiB = await smallest({ from: least, attempt: (limit) => container.run(limit), stopping });
    rows.push({
      subject: subject.name,
      runKiB,
      createStartKiB: await smallest({ from: runKiB / 2, attempt: (limit) => container.createAndStart(limit), stopping }),
      ...(await container.chargedWhenCreated(plenty)),
    });
    progress('memory-floor', turn + 1, commands.length);
  }
  return rows;
}

/** Doubles `from`, which is too small, until it is enough. Then bisects down to one page, or above 1 MiB to 5 %. */
async function smallest({ from, attempt, stopping }) {
  let enough = from;
  do enough = pages(enough * 2);
  while (enough < plenty && !(await succeeds(attempt, enough)));
  let tooSmall = enough / 2;
  while (enough - tooSmall > (enough < 1024 ? page : enough / 20) && !stopping.aborted) {
    const middle = pages((tooSmall + enough) / 2);
    if (await succeeds(attempt, middle)) enough = middle;
    else tooSmall = middle;
  }
  return enough;
}

const pages = (size) => Math.ceil(size / page) * page;

async function succeeds(attempt, limit) {
  for (let start = 0; start < starts; start++) if (!(await attempt(limit))) return false;
  return true;
}
