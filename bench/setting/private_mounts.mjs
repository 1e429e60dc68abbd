import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const marker = 'TSRUN_BENCH_DIRECTORY';

/** The directory of this run: a tmpfs of its own. Undefined outside of {@link inPrivateMounts}. */
export const workDirectory = process.env[marker];

/**
 * Runs this program again in its own mount namespace, with cgroup2 on /sys/fs/cgroup (on a hybrid host some runtimes would otherwise use
 * cgroup v1, which is different work) and a tmpfs as the working directory. Its mounts disappear with the namespace, however the run ends.
 * @returns the exit code
 */
export async function inPrivateMounts() {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-bench-'));
  const unified = / - cgroup2 /.test(
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[4] === '/sys/fs/cgroup') ?? '',
  );
  const mounts = [`mount -t tmpfs -o mode=755 tmpfs ${directory}`, ...(unified ? [] : ['mount -t cgroup2 cgroup2 /sys/fs/cgroup'])];
  const script = `${mounts.join(' && ')} && exec "$0" "$@"`;
  const command = ['-m', '--propagation', 'private', 'sh', '-c', script, process.execPath, ...process.argv.slice(1)];
  const child = spawn('unshare', command, { stdio: 'inherit', env: { ...process.env, [marker]: directory } });
  // The inner program cleans up. From a terminal it gets SIGINT twice, which has the same effect as once.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', (exitCode) => resolve(exitCode ?? 1)));
  rmdirSync(directory);
  return code;
}
