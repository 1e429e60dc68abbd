import type { InitMessage } from '../../sys/contract.js';
import { step } from '../../protocol/numbers/steps.js';
import { describeErrno, errnoName } from '../../errors/errno.js';
import { RuntimeError, type Phase } from '../../errors/runtime_error.js';
import { signalWords } from '../../errors/signal_words.js';

export interface HookFailure {
  readonly message: InitMessage;
  readonly index: number;
  readonly path: string;
  /** Milliseconds; 0 means no timeout. */
  readonly timeout: number;
  readonly phase: Phase;
}

/** A hook inside the container failed. `error running <kind> hook #<n>:` are runc's words. */
export function hookFailure({ message, index, path, timeout, phase }: HookFailure): RuntimeError {
  // Only two kinds run inside: createContainer before the container is ready, and startContainer when it is started.
  const kind = phase === 'start' ? 'startContainer' : 'createContainer';
  return new RuntimeError(`error running ${kind} hook #${index}: "${path}": ${reason(message, timeout)}`, {
    code: 'hook',
    phase: 'hooks',
    operation: kind,
    path,
    ...(message.errno === 0 ? {} : { errno: errnoName(message.errno) }),
    hint: "the path of this hook is looked up in the container's mount namespace",
  });
}

function reason(message: InitMessage, timeout: number): string {
  if (message.errno !== 0) return describeErrno(errnoName(message.errno));
  const output = message.text.trim();
  return `${end(message, timeout)}${output === '' ? '' : `, output: ${output}`}`;
}

function end(message: InitMessage, timeout: number): string {
  if (message.step === step.timeout) return `timed out after ${timeout / 1000} s`;
  // wait(2): the low seven bits are the signal, the next byte is the exit status.
  const signal = message.value & 0x7f;
  return signal === 0 ? `exit status ${(message.value >> 8) & 0xff}` : signalWords(signal);
}
