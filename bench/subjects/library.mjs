import { join } from 'node:path';
import { Server } from '../setting/server.mjs';

const worker = join(import.meta.dirname, 'library_worker.mjs');

/** The library in its own Node.js process, which does the timing: no process is created for the runtime. */
export class LibrarySubject {
  kind = 'library';
  name = 'library';
  command = [];
  #server;

  constructor({ directory }, flags = []) {
    this.directory = directory;
    this.#server = new Server(process.execPath, [worker, join(directory, 'state'), ...flags]);
  }

  async #ask(request) {
    const { failed, ...answer } = JSON.parse(await this.#server.ask(JSON.stringify(request)));
    if (failed !== undefined) throw new Error(`library ${request.verb}: ${failed}`);
    return answer;
  }

  run(bundle, id) {
    return this.#ask({ verb: 'run', bundle, id });
  }
  /** Creates and starts, until the process runs. */
  launch(bundle, id) {
    return this.#ask({ verb: 'launch', bundle, id });
  }
  async probe(bundle, id) {
    return (await this.#ask({ verb: 'probe', bundle, id })).output;
  }
  async create(bundle, id) {
    const { pid, ...sample } = await this.#ask({ verb: 'create', bundle, id });
    this.#pids.set(id, pid);
    return sample;
  }
  start(id) {
    return this.#ask({ verb: 'start', id });
  }
  delete(id, { force = false } = {}) {
    return this.#ask({ verb: 'delete', id, force });
  }
  exec(id) {
    return this.#ask({ verb: 'exec', id });
  }
  state(id) {
    return this.#ask({ verb: 'state', id });
  }
  kill(id) {
    return this.#ask({ verb: 'kill', id });
  }
  update(id) {
    return this.#ask({ verb: 'update', id });
  }
  stats(id) {
    return this.#ask({ verb: 'stats', id });
  }
  list() {
    return this.#ask({ verb: 'list' });
  }
  /** Waits for the process of a container. */
  reap(id) {
    return this.#ask({ verb: 'wait', id });
  }
  /** Containers per second with `width` of them in progress at any time. */
  parallel(bundle, id, { width, each }) {
    return this.#ask({ verb: 'parallel', bundle, id, width, each });
  }

  #pids = new Map();
  pidOf(id) {
    return this.#pids.get(id);
  }

  /** The worker kills and deletes its remaining containers. */
  async end() {
    await this.#server.end();
  }
}
