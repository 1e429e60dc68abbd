import { execFileSync } from 'node:child_process';
import { Server } from '../setting/server.mjs';

/** Only the system calls: it can only run, and only the default bundle. */
export class FloorSubject {
  kind = 'floor';
  name = 'floor';
  command = [];
  #server;
  #start;
  #probe;

  constructor({ programs, rootfs, cgroup }) {
    this.#start = () => new Server(programs.floor, ['--serve', rootfs, cgroup, '/bin/true']);
    this.#probe = () => execFileSync(programs.floor, [rootfs, cgroup, '/bin/probe'], { encoding: 'utf8' });
    this.#server = this.#start();
  }

  async run() {
    return { ns: Number(await this.#server.ask('')) };
  }

  probe() {
    return Promise.resolve(this.#probe());
  }

  async end() {
    await this.#server.end();
  }
}
