import type { End } from './channel.js';
import type { Process } from './processes.js';
import { fail, type Node } from './tree.js';

/** A pipe: its bytes, and how many descriptors can still write to it. */
export interface Pipe {
  text: string;
  writers: number;
  /** Called when there is more to read, or the end. */
  changed?: () => void;
  /** Whether somebody writes without pause. */
  endless: boolean;
}

export type Handle =
  | { readonly kind: 'file'; readonly node: Node }
  | { readonly kind: 'process'; readonly process: Process }
  | { readonly kind: 'socket'; readonly end: End }
  | { readonly kind: 'read' | 'write'; readonly pipe: Pipe }
  | { readonly kind: 'other'; readonly what: string };

/** The descriptors of this program. A number is never reused, so that a use after close is detected. */
export class Descriptors {
  readonly open = new Map<number, Handle>();
  /** Mistakes such as closing a descriptor twice, which in a multi-threaded program may close somebody else's. */
  readonly mistakes: string[] = [];
  #next = 100;

  constructor() {
    for (const fd of [0, 1, 2]) this.open.set(fd, { kind: 'other', what: `standard stream ${fd}` });
  }

  add(handle: Handle): number {
    this.open.set(this.#next, handle);
    return this.#next++;
  }

  get(fd: number, call: string): Handle {
    const handle = this.open.get(fd);
    if (handle !== undefined) return handle;
    this.mistakes.push(`${call} of descriptor ${fd}, which is not open`);
    return fail('EBADF', call, String(fd));
  }

  node(fd: number, call: string): Node {
    const handle = this.get(fd, call);
    return handle.kind === 'file' ? handle.node : fail('ENOTDIR', call, String(fd));
  }

  process(fd: number, call: string): Process {
    const handle = this.get(fd, call);
    return handle.kind === 'process' ? handle.process : fail('EBADF', call, String(fd));
  }

  end(fd: number, call: string): End {
    const handle = this.get(fd, call);
    return handle.kind === 'socket' ? handle.end : fail('ENOTSOCK', call, String(fd));
  }

  close(fd: number): void {
    const handle = this.get(fd, 'close');
    this.open.delete(fd);
    if (handle.kind === 'socket' && ![...this.open.values()].some((other) => other.kind === 'socket' && other.end === handle.end))
      handle.end.close();
    if (handle.kind === 'write') closeWriter(handle.pipe);
    if (handle.kind === 'file' && handle.node.lock === handle) handle.node.lock = null;
  }

  readable(fd: number): boolean {
    const handle = this.get(fd, 'poll');
    if (handle.kind === 'process') return !handle.process.alive;
    if (handle.kind === 'socket') return handle.end.readable;
    return handle.kind === 'read' ? handle.pipe.text !== '' || handle.pipe.endless || handle.pipe.writers === 0 : true;
  }

  /** Describes what is open besides the standard streams. */
  list(): string[] {
    return [...this.open].filter(([fd]) => fd > 2).map(([fd, handle]) => `${fd}: ${describe(handle)}`);
  }
}

/** One of those who may write to it is gone. */
export function closeWriter(pipe: Pipe): void {
  pipe.writers--;
  pipe.changed?.();
}

function describe(handle: Handle): string {
  if (handle.kind === 'file') return handle.node.path || `inode ${handle.node.inode}`;
  if (handle.kind === 'process') return `pidfd of ${handle.process.name}`;
  return handle.kind === 'other' ? handle.what : handle.kind;
}
