import type { InitMessage } from '../../sys/contract.js';
import { step, stepWords } from '../../protocol/numbers/steps.js';
import type { Operation } from '../../protocol/operations.js';
import { describeErrno, errnoName } from '../../errors/errno.js';
import { execFailure } from './exec.js';
import { hookFailure } from './hook.js';
import { initHint } from '../../protocol/words/hints.js';
import { operationSubject, operationWords } from '../../protocol/words/sentences.js';
import { RuntimeError, type Phase } from '../../errors/runtime_error.js';

export interface InitFailure {
  /** A message of type "failure" or "hook failed". */
  readonly message: InitMessage;
  /** The operation that it names; undefined if tsrun-init failed before the first one. */
  readonly operation: Operation | undefined;
  readonly phase: Phase;
}

/** Returns the report of tsrun-init as an error that says what was attempted, on what, why it failed and what helps. */
export function fromInit({ message, operation, phase }: InitFailure): RuntimeError {
  if (operation === undefined || message.step === step.plan) return beforeTheFirst(message, phase);
  switch (operation.op) {
    case 'findExecutable':
      return execFailure({ message, name: operation.name, phase });
    case 'execute':
      return execFailure({ message, name: operation.args[0] ?? message.text, phase });
    case 'hook':
      return hookFailure({ message, index: operation.index, path: operation.path, timeout: operation.timeout, phase });
    default:
      return setupFailure(message, operation, phase);
  }
}

function setupFailure(message: InitMessage, operation: Operation, phase: Phase): RuntimeError {
  const errno = message.errno === 0 ? undefined : errnoName(message.errno);
  const subject = operationSubject(operation);
  const parts = [operationWords(operation)];
  if (message.step === step.outside) {
    parts.push('current working directory is outside of container mount namespace root -- possible container breakout detected');
  } else {
    // runc's words when a symbolic link of the image would redirect a procfs or sysfs.
    if (operation.op === 'mount' && message.step === step.symlinkInPath && operation.type !== '')
      parts.push(`filesystem "${operation.type}" must be mounted on ordinary directory`);
    parts.push(...detail(message, subject));
    // `chdir to cwd` and what follows are runc's words, which have no errno name.
    if (errno !== undefined)
      parts.push(operation.op === 'workingDirectory' ? describeErrno(errno).replace(/ \(\w+\)$/, '') : describeErrno(errno));
  }
  const hint = initHint({ operation, errno: errno ?? '', step: message.step });
  return new RuntimeError(parts.join(': '), {
    code: 'setup',
    phase,
    operation: operation.op,
    path: subject === '' ? message.text : subject,
    ...(errno === undefined ? {} : { errno }),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Returns the step and the text that came with it, unless they repeat the sentence. */
function detail(message: InitMessage, subject: string): string[] {
  const words = stepWords(message.step);
  const text = message.text.split('\n')[0] === subject ? message.text.slice(subject.length).trim() : message.text.trim();
  if (message.step === step.option) {
    // The lines after the first are what the kernel logged about it.
    const [option = '', ...log] = text.split('\n');
    return [`${words} "${option}"`, ...log];
  }
  return [words, ...text.split('\n')].filter((part) => part !== '');
}

/** The plan could not be decoded, or the process could not even start: a bug in tsrun, not in the bundle. */
function beforeTheFirst(message: InitMessage, phase: Phase): RuntimeError {
  const parts = [
    'set up container',
    stepWords(message.step),
    message.text,
    message.errno === 0 ? '' : describeErrno(errnoName(message.errno)),
  ];
  return new RuntimeError(parts.filter((part) => part !== '').join(': '), {
    code: message.step === step.plan ? 'internal' : 'setup',
    phase,
    operation: 'tsrun-init',
    ...(message.errno === 0 ? {} : { errno: errnoName(message.errno) }),
  });
}
