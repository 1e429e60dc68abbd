import type { Process, Processes } from './processes.js';
import { filesystems, type Node, type Tree } from './tree.js';

/** The resctrl file system of the machine (Documentation/filesystems/resctrl.rst): classes of service, and the processes in them. */
export class Resctrl {
  readonly #tree: Tree;
  readonly #processes: Processes;
  readonly #groups = new Map<Process, Set<Node>>();

  constructor({ tree, processes, path }: { readonly tree: Tree; readonly processes: Processes; readonly path: string }) {
    this.#tree = tree;
    this.#processes = processes;
    const parent = tree.plant(path.slice(0, path.lastIndexOf('/')), null);
    const mount = tree.attach(parent, path.slice(path.lastIndexOf('/') + 1), tree.loose('directory', filesystems.resctrl));
    this.#furnish(mount);
    tree.attach(mount, 'info', tree.loose('directory', filesystems.resctrl));
  }

  make(path: string): Node {
    const made = this.#tree.add(path, 'directory');
    this.#furnish(made);
    return made;
  }

  /** The processes of a class or of a monitoring group. */
  members(group: Node): Process[] {
    return [...this.#processes.all.values()].filter((process) => process.alive && this.#groups.get(process)?.has(group) === true);
  }

  #furnish(group: Node): void {
    const add = (name: string, kind: Node['kind']): Node => this.#tree.attach(group, name, this.#tree.loose(kind, filesystems.resctrl));
    const tasks = add('tasks', 'file');
    tasks.read = () =>
      this.members(group)
        .map(({ pid }) => `${pid}\n`)
        .join('');
    tasks.write = (text) => {
      const process = this.#processes.find(Number(text));
      this.#groups.set(process, (this.#groups.get(process) ?? new Set()).add(group));
    };
    const schemata = add('schemata', 'file');
    schemata.text = 'L3:0=fff\n';
    schemata.read = () => schemata.text;
    schemata.write = (text) => (schemata.text = text);
    if (group.parent?.name !== 'mon_groups') add('mon_groups', 'directory');
  }
}
