import { RuntimeError } from '../errors/runtime_error.js';
import type { IntelRdt } from '../spec/types.js';
import { writeResctrlFile } from './enter.js';
import { schemataLines, type ResctrlGroup } from './group.js';

/** The settings that `update` can change. */
export type RdtUpdate = Pick<IntelRdt, 'l3CacheSchema' | 'memBwSchema'>;

/**
 * Writes the schemata of a container's class of service. The kernel accepts all lines of a write or changes what came before the bad one.
 */
export function updateResctrlGroup({ group, given }: { readonly group: ResctrlGroup; readonly given: RdtUpdate }): void {
  const lines = schemataLines(given);
  if (lines.length > 0) writeResctrlFile(`${group.directory}/schemata`, `${lines.join('\n')}\n`, 'write schemata');
}

/** runc refuses it, too, since 1.4: the container is in the default class, which is everybody's. */
export function notInResctrl(): RuntimeError {
  return new RuntimeError('update container: it has no class of service', {
    code: 'unsupported',
    phase: 'cgroup',
    operation: 'write schemata',
    path: '/linux/intelRdt',
    hint: 'create the container with /linux/intelRdt in its config.json',
  });
}
