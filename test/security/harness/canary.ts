import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { newDirectory } from '../../oci/harness/index.js';

/** A directory of the host outside of every rootfs: the target of an attack. */
export interface Canary {
  readonly directory: string;
  /** A file in it with a text that appears nowhere else. */
  readonly file: string;
  readonly text: string;
  /** Expects that nothing in it was created, removed or changed. */
  unharmed(): void;
}

export function canary(): Canary {
  const directory = newDirectory();
  const text = `secret of ${directory}`;
  // The names that a runtime creates in /dev, and directories on which file systems are mounted: existing ones would be replaced or used.
  const names = ['file', 'ptmx', 'null', 'console', 'stdin'];
  for (const name of names) writeFileSync(`${directory}/${name}`, text);
  mkdirSync(`${directory}/pts`);
  return {
    directory,
    file: `${directory}/file`,
    text,
    unharmed: () => {
      expect(readdirSync(directory).sort()).toEqual([...names, 'pts'].sort());
      expect(readdirSync(`${directory}/pts`)).toEqual([]);
      for (const name of names) expect(readFileSync(`${directory}/${name}`, 'utf8'), name).toBe(text);
    },
  };
}
