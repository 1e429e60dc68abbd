import { RuntimeError, type ErrorDetails } from '../../errors/runtime_error.js';

/** An error of a talk to systemd. */
export function busFailure(message: string, details: Partial<ErrorDetails> = {}): RuntimeError {
  return new RuntimeError(`systemd cgroup driver: ${message}`, { code: 'setup', phase: 'cgroup', operation: 'systemd', ...details });
}
