import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { cgroup2Mount, expect, isAlive, mark, newDirectory, runtime, running, stateOf, type Container } from '../../oci/harness/index.js';

/** Things that are unrelated to the tested containers: another container, a process of the host in a cgroup of the host, and a file. */
export interface Bystander {
  /** Expects that none of it was touched. */
  unharmed(): Promise<void>;
  end(): Promise<void>;
}

export async function bystander(): Promise<Bystander> {
  const container = await running({ args: ['sleep', '86400'] });
  const before = await seen(container);
  const cgroup = `${cgroup2Mount}/tsrun-bystander-${mark.slice(-8)}`;
  mkdirSync(cgroup);
  // It has its own environment, because the harness takes processes with the mark for leftovers.
  const child = spawn('sleep', ['86400'], { env: {}, stdio: 'ignore' });
  const pid = child.pid ?? 0;
  writeFileSync(`${cgroup}/cgroup.procs`, String(pid));
  const directory = newDirectory();
  writeFileSync(`${directory}/file`, 'unharmed');
  return {
    unharmed: async () => {
      expect(await seen(container)).toEqual(before);
      expect(isAlive(pid), 'the bystanding process').toBe(true);
      expect(readFileSync(`${cgroup}/cgroup.procs`, 'utf8').trim()).toBe(String(pid));
      expect(readFileSync(`${cgroup}/cgroup.events`, 'utf8')).toContain('frozen 0');
      expect(readdirSync(directory)).toEqual(['file']);
      expect(readFileSync(`${directory}/file`, 'utf8')).toBe('unharmed');
    },
    end: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.kill('SIGKILL')) await ended;
      for (let attempt = 0; attempt < 100 && existsSync(cgroup); attempt++) remove(cgroup);
      await runtime(['delete', '--force', container.id]);
    },
  };
}

async function seen({ id }: Container): Promise<unknown> {
  const { pid, status } = await stateOf(id);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Field 22 is its start time.
  return { pid, status, started: stat.slice(stat.lastIndexOf(')')).split(' ')[20], cgroup: readFileSync(`/proc/${pid}/cgroup`, 'utf8') };
}

function remove(cgroup: string): void {
  try {
    rmdirSync(cgroup);
  } catch {
    // The kernel has not finished removing its process.
  }
}
