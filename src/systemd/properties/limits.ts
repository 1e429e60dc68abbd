import type { Property } from './property.js';

/** What is written to a file of a cgroup. */
export interface Write {
  readonly file: string;
  readonly value: string;
  readonly otherwise?: { readonly file: string; readonly value: string };
}

/** "infinity" (UINT64_MAX). */
const infinity = 2n ** 64n - 1n;

const second = 1_000_000n;

/** systemd counts a quota in hundredths of a CPU; runc rounds up, so that what a reload writes is never less than what was asked for. */
const quotaStep = 10_000n;

const amounts: Readonly<Record<string, string>> = {
  'memory.max': 'MemoryMax',
  'memory.high': 'MemoryHigh',
  'memory.low': 'MemoryLow',
  'memory.min': 'MemoryMin',
  'memory.swap.max': 'MemorySwapMax',
  'pids.max': 'TasksMax',
  'cpu.weight': 'CPUWeight',
};

const lists: Readonly<Record<string, string>> = { 'cpuset.cpus': 'AllowedCPUs', 'cpuset.mems': 'AllowedMemoryNodes' };

/**
 * The properties of a unit that match writes to its cgroup, so that systemd does not undo them when it writes to the cgroup again
 * (`systemctl daemon-reload`, or another property). A later write to the same file wins. Files that systemd never writes for a unit
 * without the property have none here: io.max, hugetlb, rdma, cpu.max.burst.
 */
export function limitProperties(writes: readonly Write[]): readonly Property[] {
  const properties = new Map<string, Property>();
  for (const write of writes) for (const property of propertiesOf(write)) properties.set(property.name, property);
  return [...properties.values()];
}

function propertiesOf({ file, value, otherwise }: Write): readonly Property[] {
  if (otherwise !== undefined) return propertiesOf(otherwise);
  const amount = amounts[file];
  if (amount !== undefined) return isAmount(value) ? [number(amount, value === 'max' ? infinity : BigInt(value))] : [];
  const list = lists[file];
  if (list !== undefined) return [{ name: list, signature: 'ay', value: numbersAsBits(value) }];
  if (file === 'cpu.max') return quota(value);
  // systemd overwrites no limit of a single device.
  if (file === 'io.weight' && /^(default )?\d+$/.test(value)) return [number('IOWeight', BigInt(value.replace('default ', '')))];
  return [];
}

/** Other forms that the kernel accepts, such as `1M`, are only in the cgroup. */
function isAmount(value: string): boolean {
  return value === 'max' || /^\d{1,19}$/.test(value);
}

function number(name: string, value: bigint): Property {
  return { name, signature: 't', value };
}

function quota(text: string): readonly Property[] {
  const [most = '', period = '100000'] = text.trim().split(/\s+/);
  if (!isAmount(most) || !/^[1-9]\d{0,18}$/.test(period)) return [];
  const perSecond = most === 'max' ? infinity : roundedUp((BigInt(most) * second) / BigInt(period));
  return [number('CPUQuotaPerSecUSec', perSecond), number('CPUQuotaPeriodUSec', BigInt(period))];
}

function roundedUp(value: bigint): bigint {
  return ((value + quotaStep - 1n) / quotaStep) * quotaStep;
}

/** Encodes `0-2,8` as bytes whose lowest bit is the first number. */
function numbersAsBits(list: string): readonly number[] {
  const bytes: number[] = [];
  for (const range of list.split(',').filter((part) => part.trim() !== '')) {
    const [first = 0, last = first] = range.split('-').map(Number);
    for (let bit = first; bit <= last && bit < mostNumbers; bit++) {
      while (bytes.length <= bit >> 3) bytes.push(0);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return bytes;
}

/** More CPUs or nodes than any kernel has. The list has been checked, but not against this machine. */
const mostNumbers = 8192;
