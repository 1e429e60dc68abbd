import { sys, isSystemError } from '../sys/call.js';
import type { ResctrlGroup } from './group.js';

/**
 * What resctrl says about a container's class of service and its monitoring group, in the form of runc. Absent: the processor cannot do it.
 */
export interface ResctrlStats {
  /** What the processor offers for cache allocation. */
  readonly l3_cache_info?: {
    /** Mask of the whole cache. */
    readonly cbm_mask: string;
    /** Fewest bits of a mask. */
    readonly min_cbm_bits: number;
    /** How many classes there may be. */
    readonly num_closids: number;
  };
  /** The line of the default class, such as `L3:0=ff`. */
  readonly l3_cache_schema_root?: string;
  /** The line of the container's class. */
  readonly l3_cache_schema?: string;
  /** What the processor offers for memory bandwidth. */
  readonly mem_bw_info?: {
    /** Step between two values. */
    readonly bandwidth_gran: number;
    /** Whether the delay is linear. */
    readonly delay_linear: number;
    /** The least value. */
    readonly min_bandwidth: number;
    /** How many classes there may be. */
    readonly num_closids: number;
  };
  /** The line of the default class, such as `MB:0=100`. */
  readonly mem_bw_schema_root?: string;
  /** The line of the container's class. */
  readonly mem_bw_schema?: string;
  /** Bytes between cache and memory, for each cache. */
  readonly mbm_stats?: readonly {
    /** All of them. */
    readonly mbm_total_bytes: number;
    /** Those of the cache's own memory node. */
    readonly mbm_local_bytes: number;
  }[];
  /** Bytes in the cache, for each cache. */
  readonly cmt_stats?: readonly {
    /** How many. */
    readonly llc_occupancy: number;
  }[];
}

/** Reads them; files that the kernel does not have are left out (resctrl.rst). */
export function resctrlStats({ mount, group }: { readonly mount: string; readonly group: ResctrlGroup }): ResctrlStats {
  const root = schemataOf(mount);
  const own = schemataOf(group.directory);
  return { ...cacheStats(mount, root, own), ...bandwidthStats(mount, root, own), ...monitored(group) };
}

function cacheStats(mount: string, root: readonly string[], own: readonly string[]): ResctrlStats {
  const info = `${mount}/info/L3`;
  const mask = read(`${info}/cbm_mask`);
  if (mask === null) return {};
  return {
    l3_cache_info: { cbm_mask: mask, min_cbm_bits: number(`${info}/min_cbm_bits`), num_closids: number(`${info}/num_closids`) },
    ...line('l3_cache_schema_root', root, 'L3'),
    ...line('l3_cache_schema', own, 'L3'),
  };
}

function bandwidthStats(mount: string, root: readonly string[], own: readonly string[]): ResctrlStats {
  const info = `${mount}/info/MB`;
  if (read(`${info}/num_closids`) === null) return {};
  return {
    mem_bw_info: {
      bandwidth_gran: number(`${info}/bandwidth_gran`),
      delay_linear: number(`${info}/delay_linear`),
      min_bandwidth: number(`${info}/min_bandwidth`),
      num_closids: number(`${info}/num_closids`),
    },
    ...line('mem_bw_schema_root', root, 'MB'),
    ...line('mem_bw_schema', own, 'MB'),
  };
}

/** `mon_data/mon_L3_00` and on, one for each cache. */
function monitored({ directory, monitoring }: ResctrlGroup): ResctrlStats {
  const data = `${monitoring ?? directory}/mon_data`;
  const caches = list(data)
    .filter((name) => name.startsWith('mon_L3_'))
    .sort()
    .map((name) => `${data}/${name}`);
  const bandwidth = caches.filter((cache) => read(`${cache}/mbm_total_bytes`) !== null);
  const occupancy = caches.filter((cache) => read(`${cache}/llc_occupancy`) !== null);
  return {
    ...(bandwidth.length === 0
      ? {}
      : {
          mbm_stats: bandwidth.map((cache) => ({
            mbm_total_bytes: number(`${cache}/mbm_total_bytes`),
            mbm_local_bytes: number(`${cache}/mbm_local_bytes`),
          })),
        }),
    ...(occupancy.length === 0 ? {} : { cmt_stats: occupancy.map((cache) => ({ llc_occupancy: number(`${cache}/llc_occupancy`) })) }),
  };
}

function schemataOf(directory: string): readonly string[] {
  return (read(`${directory}/schemata`) ?? '').split('\n').map((one) => one.trim());
}

function line<N extends keyof ResctrlStats>(name: N, lines: readonly string[], resource: string): { readonly [M in N]?: string } {
  const found = lines.find((one) => one.startsWith(`${resource}:`));
  return found === undefined ? {} : ({ [name]: found } as { readonly [M in N]?: string });
}

/** A file that is absent, or that says `Unavailable`, counts as 0. */
function number(path: string): number {
  const value = Number(read(path));
  return Number.isNaN(value) ? 0 : value;
}

function read(path: string): string | null {
  try {
    return sys()
      .readText({ path, limit: 1 << 16 })
      .trim();
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

function list(path: string): readonly string[] {
  try {
    return sys().listDirectory({ path });
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}
