import type { InitMessage } from '../../sys/contract.js';
import { step } from '../../protocol/numbers/steps.js';
import { errnoName, errnoWords } from '../../errors/errno.js';
import { RuntimeError, type Phase } from '../../errors/runtime_error.js';

export interface ExecFailure {
  readonly message: InitMessage;
  /** args[0] as configured. */
  readonly name: string;
  readonly phase: Phase;
}

interface Reason {
  /** The whole sentence of the error. */
  readonly words: string;
  readonly errno: string;
  readonly hint?: string;
}

/**
 * The user's program cannot be executed. Engines choose between exit codes 126 and 127 by these words, which are those of runc and Go's
 * os/exec: `executable file not found`, `no such file or directory`, `permission denied`, `is a directory`. As in runc, the name is quoted
 * if the search did not find a program, and unquoted if execve(2) failed.
 */
export function execFailure({ message, name, phase }: ExecFailure): RuntimeError {
  const reason = reasonOf(message, name);
  return new RuntimeError(reason.words, {
    code: 'executable',
    phase,
    operation: 'execve',
    path: name,
    errno: reason.errno,
    ...(reason.hint === undefined ? {} : { hint: reason.hint }),
  });
}

function reasonOf(message: InitMessage, name: string): Reason {
  const errno = errnoName(message.errno);
  const unfit = (words: string): string => `exec: "${name}": ${words}`;
  switch (message.step) {
    case step.notFound:
      return {
        words: unfit('executable file not found in $PATH'),
        errno: 'ENOENT',
        hint: "no directory of PATH in /process/env has a program of this name in the container's root file system",
      };
    case step.interpreter:
      return missingInterpreter(name, message.text);
    case step.isDirectory:
      return { words: unfit('is a directory'), errno: 'EISDIR' };
    case step.notExecutable:
      // runc's words, which make engines exit with 127: the search skips what cannot be executed.
      if (!name.includes('/'))
        return {
          words: unfit('executable file not found in $PATH'),
          errno: 'EACCES',
          hint: 'a directory of PATH has a file of this name, but the user of the process has no execute permission for it',
        };
      return { words: unfit('permission denied'), errno: 'EACCES', hint: 'the user of the process has no execute permission for the file' };
    case step.noexec:
      return { words: unfit('permission denied'), errno: 'EACCES', hint: 'the file is on a mount with the noexec option' };
    case step.exec:
      return { words: `exec ${name}: ${errnoWords(errno)}`, errno, ...execHint(errno) };
    default:
      return {
        words: unfit(`stat ${name}: ${errnoWords(errno)}`),
        errno,
        ...(errno === 'ENOENT' ? { hint: "the path is looked up in the container's root file system" } : {}),
      };
  }
}

/** The file exists but its loader does not: execve(2) fails with ENOENT in both cases. */
function missingInterpreter(name: string, interpreter: string): Reason {
  const named = interpreter === '' ? 'its interpreter' : `its interpreter "${interpreter}"`;
  return {
    words: `exec ${name}: no such file or directory: ${named} is missing`,
    errno: 'ENOENT',
    hint: 'the file exists, but the program in its #! line, or the dynamic loader it was linked for, is not in the root file system',
  };
}

function execHint(errno: string): { readonly hint?: string } {
  switch (errno) {
    case 'ENOENT':
      return { hint: 'the file exists, but its interpreter (the #! line or the dynamic loader) does not' };
    case 'ENOEXEC':
      return { hint: 'the file is neither a program for this machine nor a script that begins with #!' };
    case 'E2BIG':
      return { hint: '/process/args and /process/env together are too long for the kernel' };
    case 'EACCES':
      return { hint: 'the file has no execute permission, is on a noexec mount, or the security module denied access' };
    case 'ENOMEM':
      return { hint: 'the memory limit of the container is too low for the program' };
    case 'EPERM':
      return {
        hint: 'the seccomp profile blocks execve, the file has capabilities outside the bounding set, or the security module denied access',
      };
    default:
      return {};
  }
}
