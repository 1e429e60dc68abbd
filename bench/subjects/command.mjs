import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from '../setting/server.mjs';

/** A runtime that is a command: every verb is a process, which the runner times. */
export class CommandSubject {
  kind = 'command';
  #runner;
  #output;
  #preload;

  /**
   * `command`: program and global options. `root`: the root directory of another system to run it in, where `shared` is at its own path.
   * `preload`: a library to preload into the command.
   */
  constructor({ name, command, directory, programs, shared, root, preload }) {
    this.name = name;
    this.command = command;
    this.directory = directory;
    this.#output = join(directory, 'output');
    this.#preload = preload;
    this.root = root;
    /** For creating another subject like it. */
    this.parts = { name, programs, shared, root, preload };
    this.#runner = new Server(programs.runner, [
      ...(root === undefined ? [] : ['--root', root, shared]),
      ...(preload === undefined ? [] : ['--env', `LD_PRELOAD=${preload}`]),
    ]);
  }

  /** Runs the command and waits for its end. @returns {Promise<{ns: number, rss: number, output?: string}>} */
  async call(args, { output = false, prefix = [] } = {}) {
    const to = output ? this.#output : '/dev/null';
    const [ns, rss, status] = (await this.#runner.ask([to, ...prefix, ...this.command, ...args].join('\t'))).split(' ').map(Number);
    if (status !== 0) throw new Error(await this.#why(args, status, prefix));
    return { ns, rss, ...(output ? { output: readFileSync(this.#output, 'utf8') } : {}) };
  }

  async #why(args, status, prefix) {
    await this.#runner.ask([this.#output, ...prefix, ...this.command, ...args].join('\t'));
    return `${this.name} ${args.join(' ')}: exit status ${status}; once more: ${readFileSync(this.#output, 'utf8').trim()}`;
  }

  /** As {@link call}, but a failure is a valid result. */
  async callAndFail(args) {
    const [ns, rss, status] = (await this.#runner.ask(['/dev/null', ...this.command, ...args].join('\t'))).split(' ').map(Number);
    return { ns, rss, status };
  }

  get preloaded() {
    return this.#preload !== undefined;
  }

  run(bundle, id) {
    return this.call(['run', '--bundle', bundle, id]);
  }
  async probe(bundle, id) {
    return (await this.call(['run', '--bundle', bundle, id], { output: true })).output;
  }
  create(bundle, id) {
    return this.call(['create', '--bundle', bundle, '--pid-file', this.#pidFile(id), id]);
  }
  start(id) {
    return this.call(['start', id]);
  }
  delete(id, { force = false } = {}) {
    return this.call(['delete', ...(force ? ['--force'] : []), id]);
  }
  exec(id) {
    return this.call(['exec', id, '/bin/true']);
  }
  state(id) {
    return this.call(['state', id]);
  }
  kill(id) {
    // The container's init has no handler for it and so ignores it (pid_namespaces(7)); it can be sent any number of times.
    return this.call(['kill', id, 'WINCH']);
  }
  update(id) {
    return this.call(['update', '--pids-limit', '100', id]);
  }
  stats(id) {
    return this.call(['events', '--stats', id]);
  }
  list() {
    return this.call(['list']);
  }

  /** Waits for the processes of containers whose creator has exited. */
  reap() {
    return this.#runner.ask('reap');
  }

  /** The process id of a created container's init. */
  pidOf(id) {
    return Number(readFileSync(this.#pidFile(id), 'utf8'));
  }

  #pidFile(id) {
    return join(this.directory, `${id}.pid`);
  }

  /** Kills remaining containers; the runner reaps them. */
  async end() {
    await this.#runner.end();
  }
}
