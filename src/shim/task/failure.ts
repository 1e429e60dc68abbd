import { asRuntimeError } from '../../errors/format.js';
import { code, ServiceError } from '../ttrpc/status.js';

/** A failure as containerd's shim for runc puts it; engines look for the words of runc in it. */
export function withWords(words: string, error: unknown): ServiceError {
  return new ServiceError(code.unknown, `${words}: ${asRuntimeError(error).message}`);
}
