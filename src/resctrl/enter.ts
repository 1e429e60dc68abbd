import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { IntelRdt } from '../spec/types.js';
import { schemataLines, type ResctrlGroup } from './group.js';

/** resctrl makes its files with the directory; O_CREAT is for trees that stand in for it. */
const O_CREAT = 0o100;

export interface MakeGroup {
  readonly group: ResctrlGroup;
  readonly intelRdt: IntelRdt;
  /** Called before a directory is made: from then on it is ours to remove. */
  readonly record: (directory: string) => void;
}

/**
 * Makes the class of a container, or takes the one that is there, and writes its schemata. An existing class whose schemata were set to something else by somebody
 * else is left alone: that is an error (config-linux.md, "IntelRdt").
 */
export function makeResctrlGroup({ group, intelRdt, record }: MakeGroup): void {
  const lines = schemataLines(intelRdt);
  const exists = sys().access({ path: group.directory, mode: 0 });
  if ((intelRdt.closID ?? '') !== '' && lines.length === 0 && !exists) {
    throw new RuntimeError(`find class of service "${group.directory}": it must be there before the container where no schema is given`, {
      code: 'setup',
      phase: 'setup',
      operation: 'find class of service',
      path: group.directory,
      errno: 'ENOENT',
      hint: 'make the directory and write its schemata, or add l3CacheSchema, memBwSchema or schemata to /linux/intelRdt',
    });
  }
  if (exists) compareSchemata(group.directory, lines);
  else {
    makeDirectory(group.directory, record);
    if (lines.length > 0) write(`${group.directory}/schemata`, `${lines.join('\n')}\n`, 'write schemata');
  }
  if (group.monitoring !== null) makeDirectory(group.monitoring, record);
}

/** Puts a process, and what it will start, into the group. */
export function enterResctrlGroup({ group, pid }: { readonly group: ResctrlGroup; readonly pid: number }): void {
  write(`${group.directory}/tasks`, String(pid), 'enter class of service');
  if (group.monitoring !== null) write(`${group.monitoring}/tasks`, String(pid), 'enter monitoring group');
}

function makeDirectory(path: string, record: (directory: string) => void): void {
  record(path);
  try {
    sys().makeDirectory({ path, mode: 0o755 });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'setup',
      operation: 'make resctrl group',
      path,
      ...(isSystemError(error, 'ENOSPC')
        ? { hint: 'the processor has no class of service, or no monitoring id, left: remove groups that are not used' }
        : {}),
    });
  }
}

function write(path: string, text: string, operation: string): void {
  try {
    sys().writeFile({ path, text, flags: O_CREAT, mode: 0o644 });
  } catch (error) {
    throw fromSystem(error, {
      code: 'setup',
      phase: 'setup',
      operation,
      path,
      ...(isSystemError(error, 'EINVAL')
        ? {
            hint: `the kernel does not accept ${JSON.stringify(text)}; see info/last_cmd_status of resctrl, and what the processor can do in its info directory`,
          }
        : {}),
    });
  }
}

/** Every wanted `resource:domain=value` must be among those of the class; it may hold more. */
function compareSchemata(directory: string, wanted: readonly string[]): void {
  if (wanted.length === 0) return;
  const path = `${directory}/schemata`;
  const present = settings(
    sys()
      .readText({ path, limit: 1 << 20 })
      .split('\n'),
  );
  for (const [name, value] of settings(wanted)) {
    const other = present.get(name);
    if (other === value) continue;
    throw new RuntimeError(
      `take class of service "${directory}": its schemata have ${other === undefined ? 'no' : `${name}=${other} for`} ${name}=${value}`,
      {
        code: 'setup',
        phase: 'setup',
        operation: 'take class of service',
        path,
        hint: 'choose another closID, or the values of the class that is there',
      },
    );
  }
}

/** `L3:0=ff;1=0f` as L3:0 = ff and L3:1 = f; masks and numbers without leading zeros, as the kernel pads them. */
function settings(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const [resource = '', domains = ''] = line.split(':', 2);
    for (const part of domains.split(';')) {
      const [domain = '', value] = part.split('=', 2);
      if (value !== undefined)
        found.set(
          `${resource.trim()}:${domain.trim()}`,
          value
            .trim()
            .toLowerCase()
            .replace(/^0+(?=.)/, ''),
        );
    }
  }
  return found;
}
