import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { image } from './image.mjs';
import { succeed } from './program.mjs';

/** A dockerd of this benchmark's own on its containerd, without networks. */
export class Docker {
  #process;
  #log;
  #host;

  /**
   * `runtimes`: the path of the program by the name that `docker run --runtime` takes. `path`: where it finds shims.
   * `cgroup`: whose children are those of the containers.
   */
  constructor({ directory, containerd, runtimes, path, cgroup }) {
    mkdirSync(directory);
    this.#host = `unix://${directory}/socket`;
    const configuration = join(directory, 'daemon.json');
    const paths = Object.fromEntries(Object.entries(runtimes).map(([name, path]) => [name, { path }]));
    // dockerd has a runtime "runc" of its own, and the name is reserved.
    writeFileSync(
      configuration,
      JSON.stringify({ runtimes: paths, 'exec-opts': ['native.cgroupdriver=cgroupfs'], 'cgroup-parent': cgroup, 'log-level': 'error' }),
    );
    this.#log = join(directory, 'log');
    const log = openSync(this.#log, 'w');
    const own = [`--host=${this.#host}`, `--data-root=${directory}/data`, `--exec-root=${directory}/exec`, `--pidfile=${directory}/pid`];
    const network = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'];
    this.#process = spawn('dockerd', ['--config-file', configuration, '--containerd', containerd.socket, ...own, ...network], {
      stdio: ['ignore', log, log],
      detached: true,
      env: { ...process.env, PATH: `${path}:${process.env.PATH}` },
    });
    this.#process.on('error', () => undefined);
  }

  /** As DOCKER_HOST. */
  get host() {
    return this.#host;
  }

  async ready(archive) {
    for (let tries = 0; !this.#answers(); tries++) {
      if (tries === 200 || this.#process.exitCode !== null) throw new Error(`dockerd does not start: ${this.#lastWords()}`);
      await sleep(50);
    }
    this.#succeed(['import', archive, image]);
  }

  /** `docker run --rm` of true. */
  run(runtime) {
    this.#succeed(['run', '--rm', '--network=none', `--runtime=${runtime}`, image, '/bin/true']);
  }

  async end() {
    if (this.#process.exitCode !== null) return;
    this.#process.kill('SIGTERM');
    await new Promise((resolve) => this.#process.once('exit', resolve));
  }

  #answers() {
    try {
      this.#succeed(['version']);
      return true;
    } catch {
      return false;
    }
  }

  #succeed(args) {
    succeed('docker', ['--host', this.#host, ...args]);
  }

  #lastWords() {
    return readFileSync(this.#log, 'utf8').trim().split('\n').slice(-3).join('; ');
  }
}
