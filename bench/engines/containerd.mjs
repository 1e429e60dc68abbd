import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GrpcClient } from './grpc.mjs';
import { any, encode, numberIn } from './protobuf.mjs';

/** containerd's namespace of the containers here. */
export const namespace = 'bench';

const types = 'types.containerd.io/opencontainers/runtime-spec/1';
const tasks = 'containerd.services.tasks.v1.Tasks';
const containers = 'containerd.services.containers.v1.Containers';

/** A containerd of this benchmark's own, and what it is asked to do by its API, without ctr. */
export class Containerd {
  #process;
  #client;
  #log;

  /** `path`: where it finds shims and runtimes. `preload`: a library for all its programs. */
  constructor({ directory, path, preload }) {
    mkdirSync(directory);
    this.socket = join(directory, 'socket');
    const configuration = join(directory, 'config.toml');
    writeFileSync(
      configuration,
      `version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = "${this.socket}"
[ttrpc]
address = "${directory}/ttrpc"
`,
    );
    this.#log = join(directory, 'log');
    const log = openSync(this.#log, 'w');
    const environment = { ...process.env, PATH: `${path}:${process.env.PATH}`, ...(preload === undefined ? {} : { LD_PRELOAD: preload }) };
    this.#process = spawn('containerd', ['--config', configuration], { stdio: ['ignore', log, log], env: environment, detached: true });
    this.#process.on('error', () => undefined);
  }

  async ready() {
    for (let tries = 0; !existsSync(this.socket); tries++) {
      if (tries === 200 || this.#process.exitCode !== null) throw new Error(`containerd does not start: ${this.lastWords()}`);
      await sleep(50);
    }
    this.#client = new GrpcClient(this.socket, { 'containerd-namespace': namespace });
  }

  lastWords() {
    return readFileSync(this.#log, 'utf8').trim().split('\n').slice(-3).join('; ');
  }

  /** Everything of a container that runs to its end: what `ctr run --rm` asks for. */
  async runToEnd({ id, spec, shim }) {
    await this.create({ id, spec, shim });
    const wait = this.#client.call(`${tasks}/Wait`, encode({ 1: id }));
    await this.start(id);
    const status = numberIn(await wait, 1);
    if (status !== 0) throw new Error(`${shim.name}: the container ended with ${status}`);
    await this.remove(id);
  }

  async create({ id, spec, shim }) {
    await this.#client.call(
      `${containers}/Create`,
      encode({ 1: encode({ 1: id, 4: encode({ 1: shim.type }), 5: any(`${types}/Spec`, JSON.stringify(spec)) }) }),
    );
    const options = shim.options === undefined ? undefined : any('containerd.runc.v1.Options', shim.options);
    await this.#client.call(`${tasks}/Create`, encode({ 1: id, 9: options }));
  }

  start(id) {
    return this.#client.call(`${tasks}/Start`, encode({ 1: id }));
  }

  async remove(id) {
    await this.#client.call(`${tasks}/Delete`, encode({ 1: id }));
    await this.#client.call(`${containers}/Delete`, encode({ 1: id }));
  }

  async kill(id) {
    const wait = this.#client.call(`${tasks}/Wait`, encode({ 1: id }));
    await this.#client.call(`${tasks}/Kill`, encode({ 1: id, 3: 9 }));
    await wait;
  }

  /** A further process that runs to its end. */
  async exec({ id, execId, process }) {
    await this.#client.call(`${tasks}/Exec`, encode({ 1: id, 6: any(`${types}/Process`, JSON.stringify(process)), 7: execId }));
    const wait = this.#client.call(`${tasks}/Wait`, encode({ 1: id, 2: execId }));
    await this.#client.call(`${tasks}/Start`, encode({ 1: id, 2: execId }));
    const status = numberIn(await wait, 1);
    if (status !== 0) throw new Error(`${id}: the process ended with ${status}`);
    await this.#client.call(`${tasks}/DeleteProcess`, encode({ 1: id, 2: execId }));
  }

  async end() {
    this.#client?.close();
    const ended = new Promise((resolve) => this.#process.on('exit', resolve));
    if (this.#process.exitCode !== null || this.#process.pid === undefined) return;
    this.#process.kill('SIGTERM');
    await ended;
  }
}
