import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandSubject } from '../subjects/command.mjs';
import { FloorSubject } from '../subjects/floor.mjs';
import { LibrarySubject } from '../subjects/library.mjs';
import { WarmLibrarySubject } from '../subjects/warm_library.mjs';

const dist = join(import.meta.dirname, '../../dist');
const locations = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];

/**
 * Finds the subjects that can be measured here. Each is tried with one container first; those that work are put into `subjects`. `driver`
 * makes their cgroups.
 * @returns {Promise<{name: string, reason: string}[]>} the subjects that are missing or do not work
 */
export async function discoverSubjects({ setting, wanted, subjects, driver = 'cgroupfs' }) {
  const skipped = [];
  const peers = process.env.TSRUN_PEERS_ROOT;
  const systemd = driver === 'systemd' ? ['--systemd-cgroup'] : [];
  const crunOptions = driver === 'systemd' ? systemd : ['--cgroup-manager=cgroupfs'];
  const candidates = [
    { name: 'floor', make: () => new FloorSubject(setting) },
    { name: 'library', path: join(dist, 'library/index.js'), make: (parts) => new LibrarySubject(parts) },
    { name: 'library-warm', path: join(dist, 'library/index.js'), make: (parts) => new WarmLibrarySubject(parts) },
    commandCandidate({ name: 'tsrun', path: join(dist, 'tsrun'), options: systemd }),
    {
      ...commandCandidate({ name: 'tsrun-node', path: join(dist, 'main.js'), host: [process.execPath], options: systemd }),
      onRequest: true,
    },
    commandCandidate({ name: 'runc', path: locate('runc'), options: systemd }),
    commandCandidate({ name: 'crun', path: locate('crun'), options: crunOptions, preloadable: true }),
    ...(peers === undefined
      ? []
      : [
          commandCandidate({ name: 'runc-peer', path: locate('runc', peers), root: peers, options: systemd }),
          commandCandidate({
            name: 'crun-peer',
            path: locate('crun', peers),
            root: peers,
            options: crunOptions,
            preloadable: true,
          }),
        ]),
  ];
  for (const { name, path, root, make, preloadable, onRequest } of candidates) {
    if (wanted === undefined ? onRequest : !wanted.includes(name)) continue;
    if (path !== undefined && !existsSync(join(root ?? '/', path))) {
      skipped.push({ name, reason: `there is no ${path === 'absent' ? name : path.replace(dist, 'dist')}` });
      continue;
    }
    const directory = join(setting.directory, name);
    mkdirSync(directory);
    const parts = { ...setting, name, directory, shared: setting.directory };
    const tried = await tryOne(() => make(parts), setting);
    if (tried.subject !== undefined) {
      subjects.push(tried.subject);
      continue;
    }
    const second = preloadable ? await tryOne(() => make({ ...parts, preload: setting.programs.preload }), setting) : {};
    if (second.subject !== undefined) subjects.push(second.subject);
    else skipped.push({ name, reason: tried.reason });
  }
  return skipped;
}

function commandCandidate({ name, path = 'absent', root, host = [], options = [], preloadable = false }) {
  const make = (parts) =>
    new CommandSubject({ ...parts, root, command: [...host, path, ...options, '--root', join(parts.directory, 'state')] });
  return { name, path, root, make, preloadable };
}

function locate(program, root = '/') {
  return locations.map((directory) => join(directory, program)).find((path) => existsSync(join(root, path)));
}

async function tryOne(make, { bundles, prefix }) {
  const subject = make();
  try {
    await subject.run(bundles.default.true, `${prefix}-try`);
    return { subject };
  } catch (error) {
    await subject.delete?.(`${prefix}-try`, { force: true }).catch(() => undefined);
    await subject.end();
    return { reason: error.message };
  }
}
