import { RuntimeError, type ErrorDetails } from '../../errors/runtime_error.js';

/** Makes an error of the conversation with systemd. */
export function busFailure(message: string, details: Partial<ErrorDetails> = {}): RuntimeError {
  return new RuntimeError(`systemd cgroup driver: ${message}`, { code: 'setup', phase: 'cgroup', operation: 'systemd', ...details });
}
