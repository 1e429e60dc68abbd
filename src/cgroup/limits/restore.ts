import type { CgroupWrite } from './writes.js';

/** What was in a file before something was written to it. */
export interface FileBefore {
  readonly file: string;
  readonly text: string;
}

/** A write that brings back what was there. */
export interface Restore {
  readonly file: string;
  readonly value: string;
}

/**
 * Files with a line for each key, and what a key without a line has (cgroup-v2.rst). The key of `io.weight` for every other device is left
 * out.
 */
const keyed: Readonly<Record<string, string>> = {
  'io.max': 'rbps=max wbps=max riops=max wiops=max',
  'io.weight': 'default',
  'io.bfq.weight': 'default',
  'io.latency': 'target=0',
  'rdma.max': 'hca_handle=max hca_object=max',
  'misc.max': 'max',
};

/** Files that change together with another: the kernel sets a weight where it is told of `idle`. */
const companions: Readonly<Record<string, string>> = { 'cpu.idle': 'cpu.weight' };

/** What cpu.weight of an idle cgroup reads, which it accepts from nobody. */
const weightOfIdle = '0';

/** The files whose contents are needed to take these writes back. */
export function filesToKeep(writes: readonly CgroupWrite[]): readonly string[] {
  const files = writes.flatMap(({ file, otherwise }) => [file, ...(otherwise === undefined ? [] : [otherwise.file])]);
  return [...new Set(files.flatMap((file) => [file, ...(companions[file] === undefined ? [] : [companions[file]])]))];
}

/**
 * How to take writes back, the last one first. A quota below the burst is refused, so the burst is reset before; a weight is refused while
 * the cgroup is idle, so it comes after.
 */
export function restoreWrites(before: readonly FileBefore[], writes: readonly CgroupWrite[]): readonly Restore[] {
  const last = before.filter(({ file, text }) => file === 'cpu.max.burst' || (file === 'cpu.weight' && text.trim() !== weightOfIdle));
  const first = last.filter(({ file }) => file === 'cpu.max.burst').map(({ file }) => ({ file, value: '0' }));
  const others = before.filter((one) => one.file !== 'cpu.weight' && !last.includes(one)).reverse();
  return [...first, ...[...others, ...last].flatMap((one) => restoreFile(one, writes))];
}

function restoreFile({ file, text }: FileBefore, writes: readonly CgroupWrite[]): readonly Restore[] {
  const absent = keyed[file];
  // An empty list is written as an empty line: a write of nothing does nothing.
  if (absent === undefined) return [{ file, value: text.trim() === '' ? '\n' : text.trim() }];
  const lines = new Map(
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => [keyOf(line), line.trim()]),
  );
  const keys = new Set(
    writes
      .flatMap((write) => [write, ...(write.otherwise === undefined ? [] : [write.otherwise])])
      .flatMap((write) => (write.file === file ? [keyOf(write.value)] : [])),
  );
  return [...keys].map((key) => ({ file, value: (lines.get(key) ?? `${key} ${absent}`).replace(/^default /, '') }));
}

/** `8:0` of `8:0 rbps=max`; a value without a key is for `default`. */
function keyOf(line: string): string {
  const words = line.trim().split(' ');
  return words.length < 2 ? 'default' : (words[0] ?? '');
}
