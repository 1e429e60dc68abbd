import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const hierarchy = '/sys/fs/cgroup';

/** A container of /bin/true with a `memory.max` given in KiB, in a cgroup whose path is known. */
export class LimitedContainer {
  #subject;
  #setting;
  #id;
  #cgroup;

  constructor({ subject, setting }) {
    this.#subject = subject;
    this.#setting = setting;
    this.#id = `${setting.prefix}-${subject.name}-m`;
    this.#cgroup = `/${setting.prefix}-memory/${subject.name}`;
  }

  /** Whether `run` succeeds. */
  async run(limit) {
    const ran = await this.#succeeds(['run', '--bundle', this.#bundle(limit), this.#id]);
    if (!ran) await this.#remove();
    return ran;
  }

  /** Whether `create` and `start` succeed, and nothing is killed after them. */
  async createAndStart(limit) {
    const started = (await this.#create(limit)) && (await this.#succeeds(['start', this.#id]));
    if (started) await this.#subject.reap();
    // The command that started it cannot report how /bin/true ended.
    const enough = started && this.#count('memory.events', 'oom_kill') === 0;
    await this.#remove();
    return enough;
  }

  /** The memory in KiB that is charged to the cgroup while the container waits for its start. */
  async chargedWhenCreated(limit) {
    if (!(await this.#create(limit))) throw new Error(`${this.#subject.name}: create failed within ${limit} KiB`);
    const count = (name) => Math.round(this.#count('memory.stat', name) / 1024);
    const charged = { anonKiB: count('anon'), fileKiB: count('file'), kernelKiB: count('kernel') };
    await this.#remove();
    return charged;
  }

  #create(limit) {
    return this.#succeeds(['create', '--bundle', this.#bundle(limit), this.#id]);
  }

  /** Removes what a failed start left behind, if anything. */
  async #remove() {
    await this.#subject.callAndFail(['delete', '--force', this.#id]);
    await this.#subject.reap();
  }

  async #succeeds(args) {
    return (await this.#subject.callAndFail(args)).status === 0;
  }

  #count(file, name) {
    const text = readFileSync(join(hierarchy, this.#cgroup, file), 'utf8');
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)[1]);
  }

  #bundle(limit) {
    const bundle = join(this.#subject.directory, `memory-${limit}`);
    const config = JSON.parse(readFileSync(join(this.#setting.bundles.default.true, 'config.json'), 'utf8'));
    config.linux.cgroupsPath = this.#cgroup;
    config.linux.resources.memory = { limit: limit << 10 };
    mkdirSync(bundle, { recursive: true });
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
    return bundle;
  }
}
