import { readlinkSync } from 'node:fs';

/**
 * No subject may win by doing less, so before anything is timed, a probe in a container of each subject reports what the container is made
 * of. Differences in substance (a namespace, a mount, its read-only flag, masked paths, capabilities, seccomp, no_new_privs, a device) are
 * serious; differences in form (options, how a path is masked) are only reported.
 */
const seriousOptions = ['ro', 'nosuid', 'nodev', 'noexec'];

const kept = (options) => seriousOptions.filter((option) => options.split(',').includes(option)).join(',') || 'rw';

/** Parses the probe's output into the serious and other facts of one container, `name -> value`. */
export function factsOf(output) {
  const serious = new Map();
  const told = new Map();
  for (const line of output.trim().split('\n')) {
    const [kind, name, value = ''] = line.split('\t');
    const key = `${kind} ${name}`;
    if (kind === 'namespace') serious.set(key, value === hostNamespace(name) ? "the host's" : 'its own');
    else if (kind === 'mount') {
      const [root, options, ...rest] = value.split(' ');
      // A masked file is covered by the null device, either the container's own /dev/null or the host's.
      serious.set(key, root.endsWith('/null') ? 'the null device' : kept(options));
      told.set(key, [options, ...rest].join(' '));
    } else if (kind === 'cgroup') serious.set(key, value === '0::/' ? 'the root of its own' : 'visible from the host');
    // The size of a masked file matters only in whether anything can be read.
    else if (kind === 'masked') serious.set(key, value === '0' ? 'empty' : 'readable');
    else if (kind === 'process' && ['Uid', 'Gid', 'Groups'].includes(name)) told.set(key, value);
    else serious.set(key, value);
  }
  return { serious, told };
}

function hostNamespace(name) {
  return readlinkSync(`/proc/self/ns/${name}`);
}

/** Differences between the subjects' containers, one line each: `[{serious, text}]`. */
export function differences(facts) {
  const found = [];
  const entries = Object.entries(facts);
  for (const level of ['serious', 'told']) {
    const keys = new Set(entries.flatMap(([, fact]) => [...fact[level].keys()]));
    for (const key of [...keys].sort()) {
      const groups = new Map();
      for (const [name, fact] of entries) {
        const value = fact[level].get(key) ?? 'absent';
        groups.set(value, [...(groups.get(value) ?? []), name]);
      }
      if (groups.size < 2) continue;
      const text = `${key}: ${[...groups].map(([value, names]) => `${names.join(', ')}: ${value}`).join(' | ')}`;
      found.push({ serious: level === 'serious', text });
    }
  }
  return found;
}

/** Probes every subject that can run the bundle. */
export async function compareContainers({ subjects, setting, kind }) {
  const facts = {};
  for (const subject of subjects) {
    if (kind !== 'default' && subject.kind === 'floor') continue;
    facts[subject.name] = factsOf(await subject.probe(setting.bundles[kind].probe, `${setting.prefix}-probe`));
  }
  return differences(facts);
}
