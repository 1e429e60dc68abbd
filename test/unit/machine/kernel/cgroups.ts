import type { Process, Processes } from './processes.js';
import { fail, filesystems, type Node, type Tree } from './tree.js';

const controllers = 'cpuset cpu io memory pids';

/** The cgroup v2 hierarchy of the machine (cgroup-v2.rst). */
export class Cgroups {
  readonly mount: Node;
  readonly #tree: Tree;
  readonly #processes: Processes;
  readonly #frozen = new Set<Node>();
  /** cgroup.kill exists since Linux 5.14. */
  readonly #hasKill: boolean;

  constructor({ tree, processes, path, hasKill = true }: { tree: Tree; processes: Processes; path: string; hasKill?: boolean }) {
    this.#tree = tree;
    this.#processes = processes;
    this.#hasKill = hasKill;
    const parent = tree.plant(path.slice(0, path.lastIndexOf('/')), null);
    this.mount = tree.attach(parent, path.slice(path.lastIndexOf('/') + 1), tree.loose('directory', filesystems.cgroup2));
    this.#file(this.mount, 'cgroup.controllers', () => controllers);
    this.#text(this.mount, 'cgroup.subtree_control', controllers);
  }

  make(path: string): Node {
    const made = this.#tree.add(path, 'directory');
    this.#file(made, 'cgroup.procs', () =>
      this.members(made)
        .map(({ pid }) => `${pid}\n`)
        .join(''),
    );
    this.#file(made, 'cgroup.type', () => 'domain\n');
    this.#file(made, 'cgroup.events', () => `populated ${this.below(made).length > 0 ? 1 : 0}\nfrozen ${this.#frozen.has(made) ? 1 : 0}\n`);
    this.#file(made, 'cgroup.stat', () => `nr_descendants ${descendantsOf(made)}\nnr_dying_descendants 0\n`);
    this.#file(made, 'cgroup.freeze', () => (this.#frozen.has(made) ? '1\n' : '0\n')).write = (text) => {
      if (text === '1') this.#frozen.add(made);
      else this.#frozen.delete(made);
    };
    this.#file(made, 'cgroup.controllers', () => controllers);
    this.#text(made, 'cgroup.subtree_control', '');
    for (const name of ['memory.max', 'memory.swap.max', 'memory.current', 'pids.max', 'cpu.weight']) this.#text(made, name, '0');
    this.#text(made, 'memory.events', kills(0));
    if (this.#hasKill) this.#file(made, 'cgroup.kill', () => '').write = () => this.#kill(made);
    return made;
  }

  /** What a cgroup hands down to those in it; '' is the root. */
  controllersBelow(path: string): string {
    const cgroup = this.#tree.need(`${this.mount.path}${path}`, 'open');
    return cgroup.entries.get('cgroup.subtree_control')?.text ?? '';
  }

  /** Relative to the root of the hierarchy. */
  pathOf(pid: number): string {
    return this.#processes.all.get(pid)?.cgroup?.path.slice(this.mount.path.length) ?? '';
  }

  /** The processes of one cgroup. */
  members(cgroup: Node): Process[] {
    return [...this.#processes.all.values()].filter((process) => process.cgroup === cgroup);
  }

  /** The processes of a cgroup and of all below it. */
  below(cgroup: Node): Process[] {
    return [...this.members(cgroup), ...childrenOf(cgroup).flatMap((child) => this.below(child))];
  }

  remove(cgroup: Node): void {
    if (childrenOf(cgroup).length > 0 || this.members(cgroup).length > 0) fail('EBUSY', 'rmdir', cgroup.path);
    this.#tree.detach(cgroup);
  }

  removeBelow(cgroup: Node): boolean {
    for (const child of childrenOf(cgroup)) {
      if (this.members(child).length > 0 || !this.removeBelow(child)) return false;
      this.remove(child);
    }
    return true;
  }

  /** The kernel kills a process because memory ran out. */
  outOfMemory(name: string): void {
    const process = [...this.#processes.all.values()].find((one) => one.name === name && one.alive);
    const file = process?.cgroup?.entries.get('memory.events');
    if (process === undefined || file === undefined) throw new Error(`no ${name} in a cgroup with memory.events`);
    file.text = kills(Number(/oom_kill (\d+)/.exec(file.text)?.[1]) + 1);
    for (const watch of file.watches) watch.text += 'changed';
    this.#processes.signal(process, 9);
  }

  #kill(cgroup: Node): void {
    for (const process of this.below(cgroup)) this.#processes.signal(process, 9);
  }

  #file(cgroup: Node, name: string, read: () => string): Node {
    const file = this.#tree.attach(cgroup, name, this.#tree.loose('file', filesystems.cgroup2));
    file.read = read;
    file.write = () => undefined;
    return file;
  }

  #text(cgroup: Node, name: string, text: string): void {
    const file = this.#file(cgroup, name, () => file.text);
    file.text = text;
    file.write = (written) => (file.text = name === 'cgroup.subtree_control' ? written.replace(/\+/g, '') : written);
  }
}

function kills(count: number): string {
  return `low 0\nhigh 0\nmax 0\noom ${count}\noom_kill ${count}\n`;
}

function childrenOf(cgroup: Node): Node[] {
  return [...cgroup.entries.values()].filter(({ kind }) => kind === 'directory');
}

function descendantsOf(cgroup: Node): number {
  return childrenOf(cgroup).reduce((sum, child) => sum + 1 + descendantsOf(child), 0);
}
