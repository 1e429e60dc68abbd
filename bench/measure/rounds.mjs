import { setTimeout as sleep } from 'node:timers/promises';

/** Samples that warm the caches (the page cache, compiled filters, the JIT) and are discarded. */
const warming = 3;

/**
 * Takes the samples of one measure, interleaved: each round asks every subject once, and starts with another subject than the round before.
 * So changes on the machine, and what one subject leaves behind for the next, affect all alike.
 * @returns {Promise<Map<string, {ns: number, rss?: number}[]>>} by subject
 */
export async function takeRounds({ name, measure, subjects, setting, rounds, progress, stopping }) {
  const taking = subjects.filter(({ kind, name: subject }) => measure.of.includes(kind) && measure.without?.test(subject) !== true);
  const samples = new Map(taking.map((subject) => [subject.name, []]));
  const id = (subject, number = 0) => `${setting.prefix}-${subject.name}-${number}`;
  const standing = Number(measure.standing ?? 0);
  for (const subject of taking) {
    for (let number = 0; number < standing; number++) {
      await subject.create(setting.bundles.default.sleep, id(subject, number));
      await subject.start(id(subject, number));
    }
  }
  try {
    for (let round = -warming; round < rounds; round++) {
      for (let turn = 0; turn < taking.length; turn++) {
        const subject = taking[(turn + round + warming) % taking.length];
        if (stopping.aborted) return samples;
        if (measure.pause !== undefined) await sleep(measure.pause);
        const sample = await measure.once(subject, { bundles: setting.bundles, id: id(subject) });
        if (round >= 0) samples.get(subject.name).push(sample);
        progress(name, (round + warming) * taking.length + turn + 1, (rounds + warming) * taking.length);
      }
    }
  } finally {
    for (const subject of taking) {
      for (let number = 0; number < standing; number++) await subject.delete(id(subject, number), { force: true });
    }
  }
  return samples;
}
