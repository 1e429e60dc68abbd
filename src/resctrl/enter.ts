import { fromSystem } from '../errors/from_system.js';
import { RuntimeError } from '../errors/runtime_error.js';
import { sys, isSystemError } from '../sys/call.js';
import type { IntelRdt } from '../spec/types.js';
import { schemataLines, type ResctrlGroup } from './group.js';

/** resctrl creates its files with the directory; O_CREAT is for directory trees that tests use instead. */
const O_CREAT = 0o100;

export interface MakeGroup {
  readonly group: ResctrlGroup;
  readonly intelRdt: IntelRdt;
  /** Called before a directory is created: from then on we must remove it. */
  readonly record: (directory: string) => void;
}

/**
 * Creates the class of a container, or uses the existing one, and writes its schemata. It is an error if somebody else set the schemata of
 * an existing class to other values (config-linux.md, "IntelRdt").
 */
export function makeResctrlGroup({ group, intelRdt, record }: MakeGroup): void {
  const lines = schemataLines(intelRdt);
  const exists = sys().access({ path: group.directory, mode: 0 });
  if ((intelRdt.closID ?? '') !== '' && lines.length === 0 && !exists) {
    throw new RuntimeError(`find class of service "${group.directory}": without a schema it must exist before the container`, {
      code: 'setup',
      phase: 'setup',
      operation: 'find class of service',
      path: group.directory,
      errno: 'ENOENT',
      hint: 'create the directory and write its schemata, or add l3CacheSchema, memBwSchema or schemata to /linux/intelRdt',
    });
  }
  if (exists) compareSchemata(group.directory, lines);
  else {
    makeDirectory(group.directory, record);
    if (lines.length > 0) writeResctrlFile(`${group.directory}/schemata`, `${lines.join('\n')}\n`, 'write schemata');
  }
  if (group.monitoring !== null) makeDirectory(group.monitoring, record);
}

/** Moves a process, and everything that it will start, into the group. */
export function enterResctrlGroup({ group, pid }: { readonly group: ResctrlGroup; readonly pid: number }): void {
  writeResctrlFile(`${group.directory}/tasks`, String(pid), 'enter class of service');
  if (group.monitoring !== null) writeResctrlFile(`${group.monitoring}/tasks`, String(pid), 'enter monitoring group');
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
        ? { hint: 'the processor has no free class of service or monitoring id: remove unused groups' }
        : {}),
    });
  }
}

export function writeResctrlFile(path: string, text: string, operation: string): void {
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
            hint: `the kernel does not accept ${JSON.stringify(text)}; see resctrl's info/last_cmd_status, and its info directory for what the processor supports`,
          }
        : {}),
    });
  }
}

/** The class must have every requested `resource:domain=value`; it may have more. */
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
        hint: 'choose another closID, or use the values of the existing class',
      },
    );
  }
}

/** Reads `L3:0=ff;1=0f` as L3:0 = ff and L3:1 = f, without leading zeros, because the kernel pads masks and numbers. */
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
