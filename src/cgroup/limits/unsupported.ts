import { RuntimeError } from '../../errors/runtime_error.js';

/** Refuses a limit that only cgroup v1 has. Without it, the container would run without something that its author relies on. */
export function unsupportedOnV2(pointer: string, what: string, hint: string): RuntimeError {
  return new RuntimeError(`set "${pointer}": cgroup v2 has no ${what}`, {
    code: 'unsupported',
    phase: 'cgroup',
    operation: 'limit',
    path: pointer,
    hint,
  });
}
