import type { IntelRdt } from '../spec/types.js';

/** The directories of a container below the resctrl mount. */
export interface ResctrlGroup {
  /** The class of service: its CTRL_MON group. */
  readonly directory: string;
  /** The MON group of the container alone, where it is asked for. */
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
  // The group that is there from the beginning is the root itself.
  const directory = closId === '/' ? mount : `${mount}/${closId === '' ? id : closId}`;
  return { directory, monitoring: intelRdt.enableMonitoring === true ? `${directory}/mon_groups/${id}` : null };
}

/**
 * The lines for `schemata`. Where both schemas are given, the MB lines of the cache's give way to those of the bandwidth; `schemata` comes last, so that its lines
 * overrule the others (config-linux.md, "IntelRdt").
 */
export function schemataLines({ l3CacheSchema = '', memBwSchema = '', schemata = [] }: IntelRdt): readonly string[] {
  const cache = lines(l3CacheSchema).filter((line) => memBwSchema === '' || !line.trimStart().startsWith('MB:'));
  return [...cache, ...lines(memBwSchema), ...schemata.flatMap(lines)];
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}
