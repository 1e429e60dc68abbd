import { settingsOfFiles } from '../../spec/names/settings_of_files.js';
import { isSetting, mergeResources } from '../../spec/resources/merge.js';
import type { Resources } from '../../spec/types.js';
import { limitWrites } from './index.js';
import type { CgroupWrite } from './writes.js';

/** The resources of a container, and those that an update gives. */
export interface Update {
  readonly before: Resources;
  readonly given: Resources;
}

/** These are one value of cgroup v2, or depend on each other: one that is given is written together with the others as they were. */
const together = {
  memory: [['limit', 'swap']],
  cpu: [
    ['quota', 'period', 'burst'],
    ['shares', 'idle'],
  ],
} as const;

/** What to write for an update, in this order: only what it gives, and what depends on that, unless `unified` has set it. */
export function updateWrites({ before, given }: Update): readonly CgroupWrite[] {
  const merged = mergeResources(before, given);
  const writes = limitWrites({
    ...given,
    ...(given.memory === undefined ? {} : { memory: withTheirs(given.memory, merged.memory ?? {}, together.memory) }),
    ...(given.cpu === undefined ? {} : { cpu: withTheirs(given.cpu, merged.cpu ?? {}, together.cpu) }),
  });
  const isOfBefore = (file: string): boolean => merged.unified?.[file] !== undefined && given.unified?.[file] === undefined;
  return writes.filter(({ file }) => settingsOfFiles[file] === undefined || !isOfBefore(file));
}

function withTheirs<T extends object>(given: T, merged: T, groups: readonly (readonly (keyof T & string)[])[]): T {
  const result = { ...given };
  for (const group of groups) {
    if (!group.some((name) => isSetting([name, given[name]]))) continue;
    for (const name of group) if (merged[name] !== undefined) result[name] = merged[name];
  }
  return result;
}
