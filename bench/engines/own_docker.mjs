import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Containerd } from './containerd.mjs';
import { Docker } from './docker.mjs';
import { imageArchive } from './image.mjs';
import { find, succeed } from './program.mjs';

/**
 * A dockerd with runc, its default, and the image of the default bundle, for a section that compares `docker run`. Returns its `host` and
 * `end`; null where Docker is not installed.
 */
export async function ownDocker({ setting, directory }) {
  if (!['containerd', 'dockerd', 'docker'].every((program) => find(program))) return null;
  mkdirSync(directory, { recursive: true });
  // Shims keep their sockets and state below /run/containerd. This is the benchmark's own mount namespace.
  succeed('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  const containerd = new Containerd({ directory: join(directory, 'containerd'), path: directory });
  const started = [containerd];
  const end = async () => {
    for (const one of started.reverse()) await one.end();
    succeed('umount', ['--lazy', '/run']);
  };
  try {
    await containerd.ready();
    const cgroup = `/${setting.prefix}-docker`;
    const docker = new Docker({ directory: join(directory, 'docker'), containerd, runtimes: {}, path: directory, cgroup });
    started.push(docker);
    await docker.ready(imageArchive(setting.bundles.default.true, directory));
    return { host: docker.host, end };
  } catch (error) {
    await end();
    throw error;
  }
}
