import type { Call } from '../../cli/verb.js';
import { containerOf } from '../container_of.js';
import { given } from '../../cli/options/given.js';
import type { OptionTable } from '../../cli/options/table.js';
import { usageError } from '../../cli/options/usage_error.js';
import { parseUser, parseUserId } from '../../cli/options/user.js';
import { defineVerb } from '../../cli/verb.js';
import { execInContainer } from '../../container/exec/index.js';
import type { ExecutionRequest } from '../../container/options.js';
import { asRuntimeError } from '../../errors/format.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import { readProcess } from './process_document.js';

const options = {
  'console-socket': { kind: 'text', value: 'path', about: "send the terminal's master end to this UNIX socket" },
  'pidfd-socket': { kind: 'text', value: 'path', about: 'send a pidfd of the process to this UNIX socket' },
  cwd: { kind: 'text', value: 'directory', about: 'working directory in the container' },
  env: { kind: 'list', short: 'e', value: 'name=value', about: 'set an environment variable (may be repeated)' },
  tty: { kind: 'switch', short: 't', about: 'allocate a terminal' },
  user: { kind: 'text', short: 'u', value: 'uid[:gid]', about: 'numeric user id, and optional group id, of the process' },
  'additional-gids': { kind: 'list', short: 'g', value: 'gid', about: 'add a supplementary group id (may be repeated)' },
  process: { kind: 'text', short: 'p', value: 'file', about: 'read the process from this file, in the form of /process in config.json' },
  detach: { kind: 'switch', short: 'd', about: 'do not wait for the process to exit' },
  'pid-file': { kind: 'text', value: 'file', about: 'write the process id to this file' },
  'process-label': { kind: 'text', value: 'label', about: 'set the SELinux label of the process' },
  apparmor: { kind: 'text', value: 'profile', about: 'set the AppArmor profile of the process' },
  'no-new-privs': { kind: 'switch', about: 'set no_new_privs' },
  cap: { kind: 'list', short: 'c', value: 'capability', about: 'add a capability (may be repeated)' },
  'preserve-fds': {
    kind: 'count',
    value: 'number',
    about: 'pass this many descriptors, from 3 on (after those of LISTEN_FDS), to the process',
  },
  cgroup: { kind: 'list', value: 'path', about: "run in this existing cgroup below the container's" },
  'ignore-paused': { kind: 'switch', about: 'also execute in a paused container; the process waits until it is resumed' },
} as const satisfies OptionTable;

/** Lets engines tell a process that could not be executed from one that exited with 1. */
const failedToExecute = 255;

export const verb = defineVerb({
  usage: '<container-id> <command> [arguments] | --process FILE <container-id>',
  arguments: { minimum: 1, maximum: Infinity },
  about: "Exits with the process's exit code, 128+N if signal N killed it, or 255 if it could not be executed.",
  options,
  passesArguments: true,
  async run(call) {
    try {
      return await execInContainer(execution(call));
    } catch (error) {
      throw execFailed(asRuntimeError(error));
    }
  },
});

/** The request of a command line. */
function execution(call: Call<typeof options>): ExecutionRequest {
  const { options: flags, args, log } = call;
  const command = args.slice(1);
  if (flags.process === undefined && command.length === 0) {
    throw usageError('args must not be empty', 'pass the program after the container id, or use --process FILE');
  }
  return {
    ...containerOf(call),
    ...given({
      process: flags.process === undefined ? undefined : readProcess(flags.process),
      args: flags.process === undefined ? command : undefined,
      cwd: flags.cwd,
      user: flags.user === undefined ? undefined : parseUser(flags.user),
      apparmorProfile: flags.apparmor,
      processLabel: flags['process-label'],
      cgroup: subCgroup(flags.cgroup),
      consoleSocket: flags['console-socket'],
      pidfdSocket: flags['pidfd-socket'],
      pidFile: flags['pid-file'],
      // As in runc, config.json does not decide whether this process has a terminal; a process document does.
      terminal: flags.tty ? true : flags.process === undefined ? false : undefined,
      noNewPrivileges: flags['no-new-privs'] ? true : undefined,
    }),
    env: flags.env,
    additionalGids: flags['additional-gids'].map((gid) => parseUserId(gid)),
    capabilities: flags.cap,
    ignorePaused: flags['ignore-paused'],
    preserveFds: flags['preserve-fds'],
    detach: flags.detach,
    warn: (message) => {
      log.add({ level: 'warning', message });
    },
    streams: [0, 1, 2],
  };
}

/** runc's `[controller:]path`. On cgroup v2 there is one hierarchy, so a controller or a second path has no meaning. */
function subCgroup(paths: readonly string[]): string | undefined {
  if (paths.length > 1) throw usageError('--cgroup is given more than once', 'cgroup v2 has one hierarchy: pass one path');
  const [path] = paths;
  if (path !== undefined && /^[a-z_,=]+:/.test(path))
    throw usageError(`--cgroup ${JSON.stringify(path)}: names a controller`, 'cgroup v2 has one hierarchy: pass the path alone');
  return path;
}

function execFailed(error: RuntimeError): RuntimeError {
  if (error.code === 'aborted') return error;
  const { message, code, phase, operation, path, errno, hint, cause } = error;
  return new RuntimeError(`exec failed: ${message}`, {
    code,
    phase,
    ...given({ operation, path, errno, hint }),
    cause,
    exitCode: failedToExecute,
  });
}
