import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { runtimeCommand, newDirectory, program, start, type Outcome } from '../../oci/harness/index.js';
import { callersTerminal } from './changes.js';

export interface Runtime {
  readonly name: string;
  readonly command: readonly string[];
}

const project = new URL('../../../', import.meta.url).pathname;

/** Debian's runc and crun. crun raises a limit and gives up without CAP_SYS_RESOURCE: bench/programs/no_setrlimit.c. */
export function runtimes(): readonly Runtime[] {
  const crun = ['crun', '--cgroup-manager=cgroupfs'];
  return [
    { name: 'tsrun', command: runtimeCommand },
    { name: 'runc', command: ['runc'] },
    { name: 'crun', command: ['env', `LD_PRELOAD=${withoutRaising()}`, ...crun] },
  ];
}

function withoutRaising(): string {
  const source = `${project}bench/programs/no_setrlimit.c`;
  const built = `${project}.cache/test-programs/no_setrlimit.so`;
  if (existsSync(built) && statSync(built).mtimeMs > statSync(source).mtimeMs) return built;
  mkdirSync(`${project}.cache/test-programs`, { recursive: true });
  execFileSync('gcc', ['-shared', '-fPIC', '-o', built, source]);
  return built;
}

// One cgroup v2 hierarchy for all three, and no other: the peers would use v1 on a host with both. The mounts are removed when the script
// ends.
const view = 'umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup || exit 99; ';

/** Runs a script in which "$@" is a runtime with its own state root, on a terminal if requested. */
export function underOneView({ name, command }: Runtime, script: string, onTerminal = false): Promise<Outcome> {
  const root = `${newDirectory()}/${name}`;
  const wrapper = onTerminal ? [program('on_terminal'), String(callersTerminal.rows), String(callersTerminal.columns)] : [];
  return start([...wrapper, 'unshare', '-m', '--propagation', 'private', 'sh', '-c', view + script, 'sh', ...command, '--root', root], {
    timeout: 60_000,
  }).done;
}
