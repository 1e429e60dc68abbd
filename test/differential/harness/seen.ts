import { readlinkSync } from 'node:fs';

/** What the probe saw: a flat list of names and values, without anything that differs from run to run. */
export type Seen = ReadonlyMap<string, string>;

const kinds = ['mnt', 'pid', 'net', 'ipc', 'uts', 'user', 'cgroup', 'time'];

/** Flattens the probe's JSON. */
export function seenIn(text: string, id: string): Seen {
  const seen = new Map<string, string>();
  const document = JSON.parse(text.replaceAll(id, 'ID')) as Record<string, unknown>;
  for (const [name, value] of Object.entries(document)) {
    if (name === 'mounts') mounts(value as readonly string[], seen);
    else if (kinds.includes(name))
      seen.set(`namespace ${name}`, value === readlinkSync(`/proc/self/ns/${name}`) ? 'of the host' : 'its own');
    else if (name === 'status') status(value as readonly string[], seen);
    else flatten(name, value, seen);
  }
  // In the host's hierarchy, cgroups come and go.
  if (seen.get('namespace cgroup') === 'of the host') seen.delete('paths /sys/fs/cgroup');
  return seen;
}

function flatten(name: string, value: unknown, seen: Map<string, string>): void {
  if (Array.isArray(value) || value === null || typeof value !== 'object') seen.set(name, JSON.stringify(value));
  else for (const [key, inner] of Object.entries(value)) flatten(`${name} ${key}`, inner, seen);
}

function status(lines: readonly string[], seen: Map<string, string>): void {
  for (const line of lines) {
    const [name = '', value = ''] = line.split(':');
    // Pids differ between runs; the link of the namespace shows that there is one.
    if (name !== 'NSpid') seen.set(name, value.trim().replaceAll(/\s+/g, ' '));
  }
}

/** Reads mountinfo (proc(5)) without numbers. Of several mounts on one point it returns the last. */
function mounts(lines: readonly string[], seen: Map<string, string>): void {
  for (const line of lines) {
    const fields = line.split(' ');
    const end = fields.indexOf('-');
    const tags = fields.slice(6, end).map((tag) => tag.replace(/:\d+$/, ''));
    const [type, , superOptions = ''] = fields.slice(end + 1);
    const options = (list: string): string => list.split(',').sort().join();
    // tsrun sets the mode of a tmpfs as an option, runc with chmod(2); the directory's mode shows the result.
    const kept = options(superOptions.replace(/,mode=\d+/, ''));
    seen.set(`mount ${fields[4]}`, `${type} ${fields[3]} ${options(fields[5] ?? '')} ${kept}`.trim());
    seen.set(`propagation of ${fields[4]}`, tags.join(' '));
  }
}
