import type { FileStatus } from '../../../src/sys/contract.js';
import type { Descriptors, Handle } from './kernel/descriptors.js';
import type { Processes } from './kernel/processes.js';
import { fail, filesystems, type Node, type Tree } from './kernel/tree.js';

export interface PathsOf {
  readonly tree: Tree;
  readonly descriptors: Descriptors;
  readonly processes: Processes;
  /** Where cgroup v2 is mounted. */
  readonly cgroupMount: string;
}

/** Resolves paths, those below /proc too, and reads and writes what they lead to. */
export class Paths {
  readonly #tree: Tree;
  readonly #descriptors: Descriptors;
  readonly #processes: Processes;
  readonly #cgroupMount: string;

  constructor({ tree, descriptors, processes, cgroupMount }: PathsOf) {
    this.#tree = tree;
    this.#descriptors = descriptors;
    this.#processes = processes;
    this.#cgroupMount = cgroupMount;
  }

  find(path: string, directory?: number): Node | null {
    const magic = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(path);
    if (magic !== null) {
      const held = this.#descriptors.get(Number(magic[1]), 'open');
      const node = held.kind === 'file' ? held.node : this.#ofNamespace(held);
      return this.#tree.find((magic[2] ?? '').replace(/^\//, ''), node);
    }
    const process = /^\/proc\/(\d+)\/(.+)$/.exec(path);
    if (process !== null) return this.#ofProcess(Number(process[1]), process[2] as string);
    return this.#tree.find(path, directory === undefined || directory < 0 ? undefined : this.#descriptors.node(directory, 'openat'));
  }

  need(path: string, call: string, directory?: number): Node {
    return this.find(path, directory) ?? fail('ENOENT', call, path);
  }

  #ofNamespace(handle: Handle): Node {
    const node = this.#tree.loose(
      'file',
      handle.kind === 'other' && handle.what.startsWith('namespace') ? filesystems.nsfs : filesystems.tmpfs,
    );
    return node;
  }

  #ofProcess(pid: number, name: string): Node | null {
    const process = this.#processes.all.get(pid);
    if (process === undefined) return null;
    const node = this.#tree.loose('file', name.startsWith('ns/') ? filesystems.nsfs : filesystems.proc);
    node.write = () => undefined;
    node.read = () => {
      if (name === 'stat') return this.#processes.stat(process);
      if (name === 'cgroup') return `0::${process.cgroup?.path.slice(this.#cgroupMount.length) ?? '/'}\n`;
      return name.endsWith('_map') ? '0 100000 65536\n' : '';
    };
    return node;
  }

  read(node: Node, path: string): string {
    if (node.kind === 'directory') fail('EISDIR', 'read', path);
    return node.read === null ? node.text : node.read();
  }

  write(node: Node, text: string, path: string): void {
    if (node.kind === 'directory') fail('EISDIR', 'open', path);
    if (node.write === null) node.text = text;
    else node.write(text);
  }

  splitAtName(path: string, directory: number | undefined, call: string): { readonly parent: Node; readonly name: string } {
    const at = path.lastIndexOf('/');
    const above = at < 0 ? '' : path.slice(0, at) || '/';
    return { parent: this.need(above, call, directory), name: path.slice(at + 1) };
  }

  create(path: string, kind: Node['kind'], directory?: number): Node {
    const { parent, name } = this.splitAtName(path, directory, 'open');
    return this.#tree.add(name, kind, parent);
  }

  status(node: Node | null): FileStatus | null {
    if (node === null) return null;
    const { kind, inode, text, mount } = node;
    const where = { mount: mount ?? 1, mountRoot: mount !== null };
    return { kind, mode: 0o755, uid: 0, gid: 0, size: text.length, inode, device: 1, major: 0, minor: 0, ...where };
  }
}
