/**
 * How much is tested: in the gate a sample with a fixed seed; everything with `CHAOS=all`, which takes hours; one accident with
 * `CHAOS_ONLY`, as a failure prints it.
 */
export const everything = process.env['CHAOS'] === 'all';
export const only = process.env['CHAOS_ONLY'];
const seed = process.env['SEED'] ?? '1';

/** The number of rounds of a race or a soak. */
export function rounds(few: number): number {
  return everything ? few * 50 : few;
}

/** Some elements of a list, in its order. The same seed gives the same ones, whatever else is tested. */
export function sample<T>(name: string, list: readonly T[], count: number): readonly T[] {
  if (everything || list.length <= count) return list;
  const random = randomOf(`${seed} ${name}`);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(Math.floor(random() * list.length));
  return list.filter((_, index) => chosen.has(index));
}

/** Random numbers from 0 up to 1 that depend only on the text: FNV-1a for the seed, then mulberry32. */
export function randomOf(text: string): () => number {
  let state = 0x811c9dc5;
  for (const character of text) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
