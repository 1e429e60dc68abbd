import type { Integer64 } from '../json/integer64.js';
import type { Operation } from '../protocol/operations.js';
import { limitWords, namespaceWords } from '../protocol/words/flags.js';
import { operationSummaries } from '../protocol/words/summary.js';
import type { ContainerPlan, Descriptor, MountIdmap } from './types.js';

/** Prints a plan for people: what the host does, then one line for each operation of tsrun-init. */
export function printPlan(plan: ContainerPlan): string {
  const host = hostLines(plan);
  const width = Math.max(...plan.operations.map(({ op }) => op.length));
  const digits = String(plan.operations.length).length;
  const summaries = operationSummaries(plan.operations);
  const operations = plan.operations.map(({ op }, index) =>
    `${String(index + 1).padStart(digits)}  ${op.padEnd(width)}  ${summaries[index] ?? ''}`.trimEnd(),
  );
  return [...host, ...(host.length === 0 ? [] : ['']), ...operations].map((line) => `${line}\n`).join('');
}

/** A plan for programs: everything in it, as JSON values. Bytes are hexadecimal text. */
export interface PlanDocument {
  readonly namespaces: readonly string[];
  readonly idMaps: ContainerPlan['idMaps'];
  readonly mountIdmaps: ContainerPlan['mountIdmaps'];
  readonly hostLimits: ContainerPlan['hostLimits'];
  readonly hostOomScoreAdj: number | null;
  readonly descriptors: readonly Descriptor[];
  readonly operations: readonly OperationDocument[];
}

export interface OperationDocument {
  readonly operation: string;
  /** The text of `printPlan`. */
  readonly summary: string;
  readonly arguments: Readonly<Record<string, Integer64 | string | readonly string[]>>;
}

export function planDocument(plan: ContainerPlan): PlanDocument {
  const summaries = operationSummaries(plan.operations);
  return {
    namespaces: namespaceWords(plan.cloneFlags).split(', ').filter(Boolean),
    idMaps: plan.idMaps,
    mountIdmaps: plan.mountIdmaps,
    hostLimits: plan.hostLimits,
    hostOomScoreAdj: plan.hostOomScoreAdj,
    descriptors: plan.descriptors,
    operations: plan.operations.map((operation, index) => ({
      operation: operation.op,
      summary: summaries[index] ?? '',
      arguments: argumentsOf(operation),
    })),
  };
}

function hostLines(plan: ContainerPlan): readonly string[] {
  const lines: string[] = [];
  if (plan.cloneFlags !== 0) lines.push(`born in new namespaces: ${namespaceWords(plan.cloneFlags)}`);
  if (plan.idMaps !== null) lines.push(`uid map: ${ranges(plan.idMaps.uidMap)}`, `gid map: ${ranges(plan.idMaps.gidMap)}`);
  for (const { resource, hard } of plan.hostLimits) lines.push(`raise limit: ${limitWords(resource, 'unchanged', hard)}`);
  if (plan.hostOomScoreAdj !== null) lines.push(`oom_score_adj: ${plan.hostOomScoreAdj}`);
  const first = firstDescriptor(plan);
  plan.descriptors.forEach((descriptor, index) => lines.push(`descriptor ${first + index}: ${describeDescriptor(descriptor)}`));
  plan.mountIdmaps.forEach((idmap, index) => lines.push(`mount ${idmapWords(idmap)} (map ${index})`));
  return lines;
}

/** Descriptors come after those that the program keeps and tsrun-init's own socket. */
function firstDescriptor({ operations }: ContainerPlan): number {
  const execute = operations.find((operation) => operation.op === 'execute');
  return (execute?.preserve ?? 3) + 1;
}

function describeDescriptor(descriptor: Descriptor): string {
  switch (descriptor.kind) {
    case 'namespace':
      return `${descriptor.type} namespace ${JSON.stringify(descriptor.path)}`;
    case 'listener':
      return 'socket that waits for start';
    case 'notifyDirectory':
      return 'directory of the notify socket';
    case 'console':
      return 'socket that takes the terminal';
    case 'process':
      return "the container's process";
  }
}

function idmapWords(idmap: MountIdmap): string {
  const name = idmap.recursive ? 'ridmap' : 'idmap';
  if ('path' in idmap) return `${name} of user namespace ${JSON.stringify(idmap.path)}`;
  return `${name} uids ${ranges(idmap.uidMap)}, gids ${ranges(idmap.gidMap)}`;
}

/** `0 100000 65536`, comma between lines. */
function ranges(map: string): string {
  return map.trim().split('\n').join(', ');
}

function argumentsOf(operation: Operation): OperationDocument['arguments'] {
  const named: Readonly<Record<string, Integer64 | string | Uint8Array | readonly string[]>> = operation;
  const fields = Object.entries(named).filter(([name]) => name !== 'op');
  return Object.fromEntries(fields.map(([name, value]) => [name, value instanceof Uint8Array ? hexadecimal(value) : value]));
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
