import { systemError } from '../../fake_sys.js';
import type { End } from './channel.js';

export type NodeKind = 'file' | 'directory' | 'socket' | 'character';

/** f_type of statfs(2), from linux/magic.h. */
export const filesystems = { tmpfs: 0x01021994, cgroup2: 0x63677270, proc: 0x9fa0, nsfs: 0x6e736673, resctrl: 0x7655821 } as const;

/** A file by its inode: a descriptor keeps it, whatever happens to its name. */
export class Node {
  /** Of a bind mount, that of its source. */
  inode: number;
  readonly kind: NodeKind;
  readonly filesystem: number;
  /** By name; empty if it is not a directory. */
  readonly entries = new Map<string, Node>();
  readonly attributes = new Map<string, string>();
  parent: Node | null = null;
  name = '';
  /** The holder of flock(2). */
  lock: object | null = null;
  /** Whether somebody listens on a bound socket. */
  listens: () => boolean = () => false;
  /** Called with the other end of each connection to a bound socket. */
  accept: ((end: End) => void) | null = null;
  text = '';
  /** The pipes of those who watch it (inotify(7)). */
  readonly watches: { text: string }[] = [];
  /** Replaces `text` for a file of the kernel. */
  read: (() => string) | null = null;
  write: ((text: string) => void) | null = null;
  /** The id of the mount whose root this is. */
  mount: number | null = null;

  constructor(inode: number, kind: NodeKind, filesystem: number) {
    this.inode = inode;
    this.kind = kind;
    this.filesystem = filesystem;
  }

  get path(): string {
    return this.parent === null ? '' : `${this.parent.path}/${this.name}`;
  }

  /** Whether a path still leads to it. */
  get linked(): boolean {
    return this.parent === null ? this.name === '/' : this.parent.entries.get(this.name) === this && this.parent.linked;
  }
}

/** Files by their paths. There are no symlinks. */
export class Tree {
  readonly root: Node;
  #inode = 1000;

  constructor() {
    this.root = this.loose('directory', filesystems.tmpfs);
    this.root.name = '/';
  }

  /** A file without a name. */
  loose(kind: NodeKind, filesystem: number): Node {
    return new Node(this.#inode++, kind, filesystem);
  }

  find(path: string, from: Node = this.root): Node | null {
    let at: Node | undefined = path.startsWith('/') ? this.root : from;
    for (const part of path.split('/')) if (part !== '' && part !== '.') at = at?.entries.get(part);
    return at ?? null;
  }

  need(path: string, call: string, from?: Node): Node {
    return this.find(path, from) ?? fail('ENOENT', call, path);
  }

  add(path: string, kind: NodeKind, from?: Node): Node {
    const at = path.lastIndexOf('/');
    const parent = at < 0 ? (from ?? this.root) : this.need(path.slice(0, at) || '/', 'open', from);
    const name = path.slice(at + 1);
    if (parent.entries.has(name)) fail('EEXIST', 'open', path);
    if (parent.kind !== 'directory') fail('ENOTDIR', 'open', path);
    // The kernel creates nothing in a removed directory.
    if (!parent.linked) fail('ENOENT', 'open', path);
    return this.attach(parent, name, this.loose(kind, parent.filesystem));
  }

  attach(parent: Node, name: string, node: Node): Node {
    parent.entries.set(name, node);
    node.parent = parent;
    node.name = name;
    return node;
  }

  detach(node: Node): void {
    if (node.linked) node.parent?.entries.delete(node.name);
  }

  /** Creates a file and the directories above it. */
  plant(path: string, text: string | null, from: Node = this.root): Node {
    const parts = path.split('/').filter((part) => part !== '');
    let at = from;
    for (const part of parts.slice(0, -1)) at = at.entries.get(part) ?? this.attach(at, part, this.loose('directory', at.filesystem));
    const name = parts[parts.length - 1] as string;
    const there = at.entries.get(name);
    const node = there ?? this.attach(at, name, this.loose(text === null ? 'directory' : 'file', at.filesystem));
    node.text = text ?? '';
    return node;
  }

  /** Every path, with the text of files. Of the kernel's files, only those that show relevant state. */
  list(node: Node = this.root): string[] {
    return [...node.entries.values()]
      .filter(({ read, name }) => read === null || name === 'cgroup.events')
      .flatMap((entry) => [describe(entry), ...this.list(entry)]);
  }
}

function describe(node: Node): string {
  if (node.kind !== 'file') return `${node.path} (${node.kind})`;
  return `${node.path} ${JSON.stringify(node.read?.() ?? node.text)}`;
}

export function fail(code: string, call: string, subject: string): never {
  throw systemError(code, call, subject);
}
