import { RuntimeError } from '../../errors/runtime_error.js';

/** For a limit that only cgroup v1 had. Leaving it out would run the container without what its author counts on. */
export function unsupportedOnV2(pointer: string, what: string, hint: string): RuntimeError {
  return new RuntimeError(`set "${pointer}": cgroup v2 has no ${what}`, {
    code: 'unsupported',
    phase: 'cgroup',
    operation: 'limit',
    path: pointer,
    hint,
  });
}
