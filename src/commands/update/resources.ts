import { parseBytes, parseWhole } from '../../cli/options/quantity.js';
import type { OptionValues } from '../../cli/options/table.js';
import { parseResources } from '../../spec/parse.js';
import type { BlockIo, CpuResources, MemoryResources, Resources } from '../../spec/types.js';
import type { updateOptions } from './options.js';

type Options = OptionValues<typeof updateOptions>;
type Name = keyof Options;

/**
 * The limits that the options name, checked as those of a document. An option that is empty is not given: engines pass all of them.
 * @throws RuntimeError `usage` or `invalid-config`
 */
export function resourcesOf(options: Options): Resources {
  return parseResources({ path: 'the command line', text: JSON.stringify(named(options)) });
}

function named(options: Options): Resources {
  const read = <T>(name: Name, parse: (name: string, text: string) => T): T | undefined => {
    const text = options[name];
    return text === undefined || text === '' ? undefined : parse(name, text);
  };
  const from = (minimum: number) => (name: string, text: string) => parseWhole(name, text, minimum);
  const text = (_: string, value: string): string => value;
  return {
    ...group<MemoryResources, 'memory'>('memory', {
      limit: read('memory', parseBytes),
      reservation: read('memory-reservation', parseBytes),
      swap: read('memory-swap', parseBytes),
      kernel: read('kernel-memory', parseBytes),
      kernelTCP: read('kernel-memory-tcp', parseBytes),
    }),
    ...group<CpuResources, 'cpu'>('cpu', {
      period: read('cpu-period', from(0)),
      // As in a document, and as in runc: any negative number is no limit.
      quota: read('cpu-quota', from(Number.MIN_SAFE_INTEGER)),
      burst: read('cpu-burst', from(0)),
      shares: read('cpu-share', from(0)),
      idle: read('cpu-idle', from(0)),
      cpus: read('cpuset-cpus', text),
      mems: read('cpuset-mems', text),
      realtimePeriod: read('cpu-rt-period', from(0)),
      realtimeRuntime: read('cpu-rt-runtime', from(-1)),
    }),
    ...group<{ limit?: number }, 'pids'>('pids', { limit: read('pids-limit', from(-1)) }),
    ...group<BlockIo, 'blockIO'>('blockIO', { weight: read('blkio-weight', from(0)) }),
  };
}

type Undefinable<T> = { readonly [N in keyof T]?: T[N] | undefined };

/** The group as a member, without what is not given; nothing where none of it is. */
function group<T extends object, N extends string>(name: N, values: Undefinable<T>): { readonly [K in N]?: T } {
  const set = Object.entries(values).filter(([, value]) => value !== undefined);
  return (set.length === 0 ? {} : { [name]: Object.fromEntries(set) }) as { readonly [K in N]?: T };
}
