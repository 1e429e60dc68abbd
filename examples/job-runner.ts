/**
 * A job runner: runs each line of its standard input as a shell command in a container of its own, some at a time, with a time limit, and
 * writes a log for each.
 *
 * Usage: job-runner ROOTFS LOGS [AT-ONCE] < jobs     (ROOTFS is a directory with a root file system that has a shell)
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { defineBundle, Runtime, RuntimeError } from '@tsrun/runtime';

const [, , rootfs = './rootfs', logs = './logs', atOnce = '4'] = process.argv;
const runtime = new Runtime();

interface Job {
  readonly number: number;
  readonly command: string;
}

/** Numbers the lines. It is read only as fast as jobs are done, so a long list costs no memory. */
async function* jobsFrom(input: NodeJS.ReadableStream): AsyncGenerator<Job> {
  let number = 0;
  for await (const command of createInterface({ input })) if (command.trim() !== '') yield { number: ++number, command };
}

/** Runs one job to its end and says how it ended. A job that fails must not stop the others, so this throws only for bugs. */
async function runJob({ number, command }: Job): Promise<string> {
  const log = createWriteStream(`${logs}/${number}.log`);
  try {
    const { code, signal, stdout, stderr, reachedLimits } = await runtime.run({
      // A read-only root, 64 MiB in /tmp, no network, no privileges, and limits. They need cgroup v2; `limits: 'none'` does without.
      ...defineBundle({ preset: 'sandbox', rootfs, args: ['sh', '-c', command] }),
      timeout: 10_000, // after which the job gets SIGTERM,
      grace: 1000, // and one second later SIGKILL.
      maxBuffer: 1 << 20, // It is killed if it writes more.
    });
    log.write(stdout + stderr);
    if (code === 0) return 'succeeded';
    const ending = signal === null ? `failed with code ${String(code)}` : `was killed by ${signal}`;
    // Such as `the memory limit of 268435456 bytes killed 1 process`.
    return [ending, ...reachedLimits.map(({ message }) => message)].join(': ');
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    // What the job had written until its time was over.
    log.write(`${String(error.output?.stdout ?? '')}${String(error.output?.stderr ?? '')}`);
    return `failed: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`;
  } finally {
    log.end();
  }
}

/** Takes job after job until there are none. All workers take from the same list. */
async function work(jobs: AsyncGenerator<Job>): Promise<void> {
  for (let next = await jobs.next(); next.done !== true; next = await jobs.next()) {
    const ending = await runJob(next.value);
    if (ending !== 'succeeded') process.exitCode = 1;
    console.log(`job ${next.value.number} ${ending}`);
  }
}

mkdirSync(logs, { recursive: true });
const jobs = jobsFrom(process.stdin);
await Promise.all(Array.from({ length: Number(atOnce) }, () => work(jobs)));
