import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const program = join(import.meta.dirname, 'server.mjs');

/** A server of one kind (server.mjs), as its clients see it. */
export class HttpServer {
  #process;
  #agent = new Agent({ keepAlive: true });
  #port;
  /** Fails when the process has ended. */
  #ended;

  /** `dockerHost`: for the kind "docker". */
  constructor({ kind, bundle, directory, dockerHost }) {
    this.kind = kind;
    const state = join(directory, kind);
    mkdirSync(state, { recursive: true });
    const env = { ...process.env, ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }) };
    this.#process = fork(program, [kind, bundle, state], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env });
    this.#ended = once(this.#process, 'exit').then(([code]) => {
      throw new Error(`the server "${kind}" ended with ${String(code)}`);
    });
    this.#ended.catch(() => undefined);
  }

  async ready() {
    this.#port = (await this.#message()).port;
  }

  get pid() {
    return this.#process.pid;
  }

  /** Milliseconds of one request. */
  async request() {
    const start = process.hrtime.bigint();
    const response = await new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: this.#port, agent: this.#agent }, resolve).on('error', reject);
    });
    let text = '';
    for await (const part of response) text += part;
    if (response.statusCode !== 200) throw new Error(`the server "${this.kind}" answers: ${text.trim()}`);
    return Number(process.hrtime.bigint() - start) / 1e6;
  }

  /** The next request of each connection follows its answer. Returns the times of all, and how many there were in a second. */
  async busy({ connections, seconds }) {
    const times = [];
    const start = performance.now();
    const end = start + seconds * 1000;
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (performance.now() < end) times.push(await this.request());
      }),
    );
    return { times, perSecond: (times.length * 1000) / (performance.now() - start) };
  }

  /** Requests at a constant rate, however long the answers take. Returns the times of all. */
  async steady({ perSecond, seconds }) {
    const requests = [];
    const start = performance.now();
    for (let count = 0; count < perSecond * seconds; count++) {
      const wait = start + (count * 1000) / perSecond - performance.now();
      if (wait > 1) await sleep(wait);
      requests.push(this.request());
    }
    return Promise.all(requests);
  }

  /** Its connections are closed first: how many there were depends on how long the slowest answers took. */
  resources() {
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true });
    this.#process.send('resources');
    return this.#message();
  }

  async end() {
    this.#agent.destroy();
    if (this.#process.exitCode !== null) return;
    this.#process.send('end');
    await once(this.#process, 'exit');
  }

  async #message() {
    const [message] = await Promise.race([once(this.#process, 'message'), this.#ended]);
    return message;
  }
}
