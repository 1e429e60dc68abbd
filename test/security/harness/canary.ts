import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { newDirectory } from '../../oci/harness/index.js';

/** A directory of the host outside of every rootfs: where an attack wants to get. */
export interface Canary {
  readonly directory: string;
  /** A file in it with a text that appears nowhere else. */
  readonly file: string;
  readonly text: string;
  /** Expects that nothing was made, taken away or changed in it. */
  unharmed(): void;
}

export function canary(): Canary {
  const directory = newDirectory();
  const text = `secret of ${directory}`;
  // The names that a runtime makes in /dev, and directories on which file systems are mounted: what is here already would be replaced or used.
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
