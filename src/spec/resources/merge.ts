import { settingsOfFiles } from '../names/settings_of_files.js';
import type { BlockIo, Resources, ThrottleDevice } from './types.js';

/**
 * What a container has after an update: a setting that is given replaces the one before, the others stay. As in runc, 0 and "" mean not
 * set, except for `burst` and `idle`, whose 0 is a value. A list is merged by what its entries are for; device rules depend on their order,
 * so a list of them replaces the whole list. A file of `unified` goes if it is given in other words.
 */
export function mergeResources(before: Resources, given: Resources): Resources {
  const merged = {
    ...before,
    ...member('memory', settings(before.memory, withSwap(given.memory))),
    ...member('cpu', settings(before.cpu, given.cpu)),
    ...member('pids', settings(before.pids, given.pids)),
    ...member('network', settings(before.network, given.network)),
    ...member('blockIO', mergeBlockIo(before.blockIO, given.blockIO)),
    ...member(
      'hugepageLimits',
      entries(before.hugepageLimits, given.hugepageLimits, ({ pageSize }) => pageSize),
    ),
    ...member('rdma', records(before.rdma, given.rdma)),
    ...member('unified', records(withoutReplaced(before.unified, given), given.unified)),
    ...member('devices', given.devices ?? before.devices),
  };
  return merged;
}

/** No limit of memory lifts that of memory and swap together, too, unless it says otherwise: as in runc. */
function withSwap(memory: Resources['memory']): Resources['memory'] {
  return memory?.limit === -1 && (memory.swap ?? 0) === 0 ? { ...memory, swap: -1 } : memory;
}

function member<N extends keyof Resources>(name: N, value: Resources[N]): Pick<Resources, N> | object {
  return value === undefined ? {} : { [name]: value };
}

/** 0 is a value of these. */
const zeroIsSet: readonly string[] = ['burst', 'idle'];

export function isSetting([name, value]: readonly [string, unknown]): boolean {
  return value !== undefined && value !== '' && (value !== 0 || zeroIsSet.includes(name));
}

/** Whether one of the settings that become this file of cgroup v2 is given. */
function isGivenAs(file: string, given: Resources): boolean {
  const groups = { ...given, memory: withSwap(given.memory) };
  return (settingsOfFiles[file] ?? []).some(([group, name]) =>
    Object.entries(groups[group] ?? {}).some((entry) => entry[0] === name && isSetting(entry)),
  );
}

/** `unified` takes precedence in one document, but not over a later one. */
function withoutReplaced(unified: Resources['unified'], given: Resources): Resources['unified'] {
  if (unified === undefined) return undefined;
  return Object.fromEntries(Object.entries(unified).filter(([file]) => !isGivenAs(file, given)));
}

function settings<T extends object>(before: T | undefined, given: T | undefined): T | undefined {
  if (given === undefined) return before;
  return { ...before, ...Object.fromEntries(Object.entries(given).filter(isSetting)) } as T;
}

function records<T>(
  before: Readonly<Record<string, T>> | undefined,
  given: Readonly<Record<string, T>> | undefined,
): Readonly<Record<string, T>> | undefined {
  return given === undefined ? before : { ...before, ...given };
}

function entries<T>(
  before: readonly T[] | undefined,
  given: readonly T[] | undefined,
  key: (entry: T) => string,
): readonly T[] | undefined {
  if (given === undefined || given.length === 0) return before;
  return [...new Map([...(before ?? []), ...given].map((entry) => [key(entry), entry])).values()];
}

function mergeBlockIo(before: BlockIo | undefined, given: BlockIo | undefined): BlockIo | undefined {
  if (given === undefined) return before;
  const device = ({ major, minor }: Pick<ThrottleDevice, 'major' | 'minor'>): string => `${major}:${minor}`;
  const list = <N extends Exclude<keyof BlockIo, 'weight' | 'leafWeight'>>(name: N): object => {
    const merged = entries<NonNullable<BlockIo[N]>[number]>(before?.[name], given[name], device);
    return merged === undefined ? {} : { [name]: merged };
  };
  const { weight, leafWeight } = given;
  return {
    ...before,
    ...Object.fromEntries(Object.entries({ weight, leafWeight }).filter(isSetting)),
    ...list('weightDevice'),
    ...list('throttleReadBpsDevice'),
    ...list('throttleWriteBpsDevice'),
    ...list('throttleReadIOPSDevice'),
    ...list('throttleWriteIOPSDevice'),
  };
}
