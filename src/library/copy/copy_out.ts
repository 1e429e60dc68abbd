import { constants, type Dir, type Stats } from 'node:fs';
import { open, opendir, readlink, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ContainerReference } from '../../container/options.js';
import { unlessLost } from '../../container/lost.js';
import { openRootOf, rootIsGone, type ContainerRoot } from '../../container/root_of.js';
import { sys } from '../../sys/call.js';
import { abortedError, onAbort } from '../aborting.js';
import { warner, type Warn } from '../warn.js';
import { attributesOf } from './attributes.js';
import { isKernelState, O_PATH, openDirectory, throughFd, type OpenDirectory } from './directory.js';
import { copyFailure, notOwned, refusal } from './failure.js';
import { padding, type Attributes } from './tar/member.js';
import { endOfArchive, headerBlocks } from './tar/write.js';

const method = 'copyOut';
const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } = constants;
/** Each keeps two descriptors open. */
const deepest = 128;
/** Of files with several names. Further ones are copied once for each name. */
const mostLinks = 100_000;
const pieceSize = 128 << 10;
/** What a container sees of an id that its user namespace does not have (/proc/sys/fs/overflowuid). */
const overflowId = 65_534;

export interface CopyOut {
  readonly reference: ContainerReference;
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  readonly warn: Warn;
}

/** An archive of a file or a directory of the container. */
export function copyOut(request: CopyOut): Promise<Readable> {
  return unlessLost({ container: request.reference, stopped: () => rootIsGone(method) }, () => begin(request));
}

async function begin({ reference, path, signal, warn }: CopyOut): Promise<Readable> {
  let root: ContainerRoot | undefined;
  let parent: OpenDirectory | null = null;
  let first: Node;
  try {
    root = openRootOf(method, reference);
    const [above, name] = split(path);
    parent = await openParent(root, above, path);
    first = name === '' ? { node: parent.handle, stats: parent.stats, path: '', above: null } : await nodeIn(parent.handle, name, name);
  } catch (error) {
    await parent?.handle.close();
    throw copyFailure({ method, path, error });
  } finally {
    root?.close();
  }
  const held = parent.handle;
  const archive = Readable.from(new Packing(root, path, warn).pack(first), { objectMode: false, highWaterMark: pieceSize });
  // A generator that has not begun does not close what it was given.
  archive.once('close', () => void Promise.all([held, first.node].map((handle) => handle.close())).catch(() => undefined));
  if (signal !== undefined) destroyOnAbort(archive, signal);
  return archive;
}

/** Who reads it gets the error. If nobody does, it must not end the program. */
function destroyOnAbort(archive: Readable, signal: AbortSignal): void {
  const abort = (): void => {
    archive.once('error', () => undefined).destroy(abortedError(signal));
  };
  if (signal.aborted) abort();
  else archive.once('close', onAbort(signal, abort));
}

/**
 * The directory, whose path is followed within the container's root, and a name in it, which is not followed; '' for the directory itself.
 */
function split(path: string): readonly [string, string] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '' || name === '.' || name === '..' ? [path, ''] : [path.slice(0, path.length - name.length), name];
}

async function openParent(root: ContainerRoot, above: string, path: string): Promise<OpenDirectory> {
  const fd = root.open(above);
  try {
    return await openDirectory(`${throughFd(fd)}/.`, path, method);
  } finally {
    sys().close({ fd });
  }
}

/** A file without access to it (O_PATH), so that opening it has no effect, whatever it is. */
interface Node {
  readonly node: FileHandle;
  readonly stats: Stats;
  /** In the archive. */
  readonly path: string;
  /** The path of the name that leads to it; null for the directory that the archive is of. */
  readonly above: string | null;
}

async function nodeIn(directory: FileHandle, name: string, path: string): Promise<Node> {
  const above = `${throughFd(directory.fd)}/${name}`;
  const node = await open(above, O_PATH | O_NOFOLLOW);
  try {
    return { node, stats: await node.stat(), path, above };
  } catch (error) {
    await node.close();
    throw error;
  }
}

interface Level extends Node {
  readonly entries: Dir;
}

class Packing {
  readonly #root: ContainerRoot;
  readonly #path: string;
  readonly #warn: Warn;
  /** The first path of a file with several names, by device and inode. */
  readonly #linked = new Map<string, string>();
  #leftOut = 0;
  #example = '';

  constructor(root: ContainerRoot, path: string, warn: Warn) {
    this.#root = root;
    this.#path = path;
    this.#warn = warn;
  }

  async *pack(first: Node): AsyncGenerator<Uint8Array, void> {
    const levels: Level[] = [];
    let current = first;
    try {
      yield* this.#one(first, levels);
      for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
        const entry = await level.entries.read();
        if (entry === null) {
          levels.pop();
          await level.entries.close();
          if (level.node !== first.node) await level.node.close();
          continue;
        }
        const name = nameOf(entry.name as unknown as Uint8Array, level.path);
        current = await nodeIn(level.node, name, level.path === '' ? name : `${level.path}/${name}`);
        const depth = levels.length;
        try {
          yield* this.#one(current, levels);
        } finally {
          if (levels.length === depth) await current.node.close();
        }
      }
      yield endOfArchive;
      this.#report();
    } catch (error) {
      throw copyFailure({ method, path: current.path === '' ? this.#path : current.path, error });
    } finally {
      for (const { entries, node } of levels) {
        await entries.close();
        if (node !== first.node) await node.close();
      }
    }
  }

  /** One member; a directory's entries follow, because it is added to the levels. */
  async *#one(current: Node, levels: Level[]): AsyncGenerator<Uint8Array, void> {
    const { node, stats, path, above } = current;
    const type = stats.mode & S_IFMT;
    if (type === S_IFREG) yield* this.#file(current);
    else if (type === S_IFDIR) {
      this.#checkReadable(stats, 0o005, path);
      if (path !== '') yield this.#header(stats, { type: 'directory', path }, attributesOf(node.fd, path));
      if (await isKernelState(node)) return this.#leave(path);
      if (levels.length >= deepest) throw refusal({ method, path, reason: `deeper than ${deepest} directories` });
      levels.push({ ...current, entries: await opendir(`${throughFd(node.fd)}/.`, { encoding: 'buffer' as BufferEncoding }) });
    } else if (type === S_IFLNK && above !== null) {
      const target = nameOf(await readlink(above, { encoding: 'buffer' }), path);
      yield this.#header(stats, { type: 'symlink', path, linkPath: target });
    } else this.#leave(path);
  }

  async *#file({ node, stats, path }: Node): AsyncGenerator<Uint8Array, void> {
    this.#checkReadable(stats, 0o004, path);
    const key = `${stats.dev}:${stats.ino}`;
    const linkPath = stats.nlink > 1 ? this.#linked.get(key) : undefined;
    if (linkPath !== undefined) return yield this.#header(stats, { type: 'link', path, linkPath });
    if (stats.nlink > 1 && this.#linked.size < mostLinks) this.#linked.set(key, path);
    if (await isKernelState(node)) return this.#leave(path);
    // Without waiting: a process of the container may hold a lease on it (fcntl(2), F_SETLEASE).
    const file = await open(throughFd(node.fd), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    try {
      yield this.#header(stats, { type: 'file', path }, attributesOf(file.fd, path));
      for (let left = stats.size; left > 0;) {
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.allocUnsafe(Math.min(left, pieceSize)) });
        if (bytesRead === 0)
          throw refusal({ method, path, reason: 'the file became shorter while it was read', hint: 'pause the container' });
        left -= bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      yield Buffer.alloc(padding(stats.size));
    } finally {
      await file.close();
    }
  }

  #header(
    { mode, uid, gid, size, mtimeMs }: Stats,
    { type, path, linkPath = '' }: { type: 'file' | 'directory' | 'symlink' | 'link'; path: string; linkPath?: string },
    attributes?: Attributes,
  ): Buffer {
    const header = {
      type,
      path: type === 'directory' ? `${path}/` : path,
      linkPath,
      mode: mode & 0o7777,
      uid: this.#root.uids.toContainer(uid) ?? overflowId,
      gid: this.#root.gids.toContainer(gid) ?? overflowId,
      size: type === 'file' ? size : 0,
      mtime: Number.isFinite(mtimeMs) ? Math.floor(mtimeMs / 1000) : 0,
    };
    return headerBlocks(header, attributes);
  }

  /** What root in the container's user namespace could not read, this program could: it must not do it for the container. */
  #checkReadable({ uid, gid, mode }: Stats, bits: number, path: string): void {
    const isMapped = this.#root.uids.toContainer(uid) !== null && this.#root.gids.toContainer(gid) !== null;
    if (!isMapped && (mode & bits) !== bits) throw notOwned(method, path === '' ? this.#path : path);
  }

  #leave(path: string): void {
    this.#leftOut++;
    this.#example ||= path;
  }

  #report(): void {
    if (this.#leftOut === 0) return;
    const what = 'devices, FIFOs, sockets and directories of the kernel';
    warner(this.#warn)(`copyOut "${this.#path}": ${this.#leftOut} ${what} are left out, such as "${this.#example}"`);
  }
}

/** Names are bytes in the kernel, and UTF-8 in an archive. */
function nameOf(bytes: Uint8Array, path: string): string {
  const text = Buffer.from(bytes).toString();
  if (Buffer.from(text).equals(bytes)) return text;
  throw refusal({ method, path, reason: 'a name is not UTF-8', hint: 'rename it, or run tar in the container' });
}
