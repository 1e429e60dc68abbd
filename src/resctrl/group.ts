import type { IntelRdt } from '../spec/types.js';

/** The directories of a container below the resctrl mount. */
export interface ResctrlGroup {
  /** The class of service: its CTRL_MON group. */
  readonly directory: string;
  /** The container's own MON group, if it asks for one. */
  readonly monitoring: string | null;
}

/** Without a closID the class has the container's id (config-linux.md, "IntelRdt"). */
export function resctrlGroup({
  mount,
  id,
  intelRdt,
}: {
  readonly mount: string;
  readonly id: string;
  readonly intelRdt: IntelRdt;
}): ResctrlGroup {
  const closId = intelRdt.closID ?? '';
  // The default group is the root itself.
  const directory = closId === '/' ? mount : `${mount}/${closId === '' ? id : closId}`;
  return { directory, monitoring: intelRdt.enableMonitoring === true ? `${directory}/mon_groups/${id}` : null };
}

/**
 * Returns the lines for `schemata`. If both schemas are given, the MB lines of the bandwidth schema replace those of the cache schema;
 * `schemata` comes last, so its lines override the others (config-linux.md, "IntelRdt").
 */
export function schemataLines({ l3CacheSchema = '', memBwSchema = '', schemata = [] }: IntelRdt): readonly string[] {
  const cache = lines(l3CacheSchema).filter((line) => memBwSchema === '' || !line.trimStart().startsWith('MB:'));
  return [...cache, ...lines(memBwSchema), ...schemata.flatMap(lines)];
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
