import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, release, totalmem } from 'node:os';

/** Describes the machine, without its names or paths. */
export function describeMachine() {
  const model = cpus()[0]?.model.trim() || 'unknown';
  return {
    architecture: arch(),
    processor: model,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    virtual: /\bhypervisor\b/.test(readFileSync('/proc/cpuinfo', 'utf8')),
    // Only the version: the rest names the person who built the kernel.
    kernel: /^[\d.]+/.exec(release())[0],
    node: process.versions.node,
    cgroup: 'v2, by cgroupfs',
    controllers: controllers(),
  };
}

/** The controllers of cgroup v2, which is mounted on /sys/fs/cgroup here. */
export function controllers() {
  return readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8').trim().split(/\s+/).filter(Boolean);
}

/** A short word for the file name of the results. */
export function machineKind({ architecture, cores, virtual }) {
  return `${architecture}-${cores}core${virtual ? '-vm' : ''}`;
}

/** The version that each subject reports. */
export async function versionsOf(subjects) {
  const versions = {};
  for (const subject of subjects) {
    if (subject.kind !== 'command') continue;
    const { output } = await subject.call(['--version'], { output: true });
    versions[subject.name] =
      output.trim().split('\n')[0] + (subject.preloaded ? ' (with setrlimit preloaded: no CAP_SYS_RESOURCE here)' : '');
  }
  return { ...versions, compiler: execFileSync('cc', ['--version'], { encoding: 'utf8' }).split('\n')[0] };
}
