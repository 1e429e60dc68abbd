import type { HostFacts } from '../../../src/host/facts.js';
import { parseSpec } from '../../../src/spec/parse.js';
import type { Problem } from '../../../src/spec/problem.js';
import { templateSpec } from '../../../src/spec/template.js';
import { findProblems } from '../../../src/bundle/validate.js';

/** A host that supports everything. */
export const host: HostFacts = {
  kernel: { major: 6, minor: 12 },
  machine: 'x86_64',
  euid: 0,
  cgroupMount: '/sys/fs/cgroup',
  resctrlMount: '/sys/fs/resctrl',
  lastCapability: 40,
  boundingSet: 2 ** 41 - 1,
  apparmor: true,
  selinux: true,
  inUserNamespace: false,
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The document of `tsrun spec` as text, with the value at some JSON pointers set, or removed where it is undefined. */
export function config(changes: Readonly<Record<string, unknown>> = {}): string {
  const document = JSON.parse(JSON.stringify(templateSpec({ rootless: null, unified: false }))) as Json;
  for (const [pointer, value] of Object.entries(changes)) change(document, pointer, value);
  return JSON.stringify(document);
}

function change(document: Json, pointer: string, value: unknown): void {
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
  const last = path.pop() as string;
  let at = document as Record<string, Json>;
  for (const part of path) at = (at[part] ??= {}) as Record<string, Json>;
  if (value === undefined) Reflect.deleteProperty(at, last);
  else at[last] = value as Json;
}

/** What the checks find in the changed default document, which has the right shape. */
export function problems(changes: Readonly<Record<string, unknown>>, facts: Partial<HostFacts> = {}): readonly Problem[] {
  return findProblems({ spec: parseSpec({ text: config(changes), path: 'config.json' }), host: { ...host, ...facts } });
}

/** The pointers of the errors among {@link problems}. */
export function errors(changes: Readonly<Record<string, unknown>>, facts: Partial<HostFacts> = {}): readonly string[] {
  return problems(changes, facts)
    .filter(({ severity }) => severity === 'error')
    .map(({ pointer }) => pointer);
}

/** The pointers of the warnings among {@link problems}. */
export function warnings(changes: Readonly<Record<string, unknown>>, facts: Partial<HostFacts> = {}): readonly string[] {
  return problems(changes, facts)
    .filter(({ severity }) => severity === 'warning')
    .map(({ pointer }) => pointer);
}
