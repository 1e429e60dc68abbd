import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { image } from './image.mjs';
import { succeed } from './program.mjs';

/** Podman with a storage of this benchmark's own, without networks. */
export class Podman {
  #environment;

  #paths;
  #cgroup;

  /**
   * `runtimes`: paths by name. `preloads`: a library for some of them. conmon does not pass our environment on, so a script sets it, which
   * adds a shell's start of under 1 ms. `cgroup`: as for Docker.
   */
  constructor({ directory, archive, runtimes, preloads, cgroup }) {
    this.#cgroup = cgroup;
    mkdirSync(join(directory, 'bin'), { recursive: true });
    const executable = ([name, path]) => {
      if (preloads[name] === undefined) return [name, path];
      const script = join(directory, 'bin', name);
      writeFileSync(script, `#!/bin/sh\nLD_PRELOAD=${preloads[name]} exec ${path} "$@"\n`, { mode: 0o755 });
      return [name, script];
    };
    this.#paths = Object.fromEntries(Object.entries(runtimes).map(executable));
    const lines = Object.entries(this.#paths).map(([name, path]) => `"${name}" = ["${path}"]`);
    writeFileSync(
      join(directory, 'containers.conf'),
      `[containers]
pids_limit = 0
log_driver = "k8s-file"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[engine.runtimes]
${lines.join('\n')}
`,
    );
    writeFileSync(
      join(directory, 'storage.conf'),
      `[storage]\ndriver = "overlay"\nrunroot = "${directory}/run"\ngraphroot = "${directory}/storage"\n`,
    );
    this.#environment = {
      ...process.env,
      CONTAINERS_CONF: join(directory, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf'),
    };
    this.#succeed(['import', archive, image]);
  }

  /** `podman run --rm` of true. */
  run(name) {
    this.#succeed(['--runtime', this.#paths[name], 'run', '--rm', '--network=none', `--cgroup-parent=${this.#cgroup}`, image, '/bin/true']);
  }

  #succeed(args) {
    succeed('podman', args, { env: this.#environment });
  }
}
