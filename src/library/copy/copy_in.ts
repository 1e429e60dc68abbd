import { randomUUID } from 'node:crypto';
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { cleanUp } from '../../errors/clean_up.js';
import { RuntimeError } from '../../errors/runtime_error.js';
import type { ContainerReference } from '../../container/options.js';
import { unlessLost } from '../../container/lost.js';
import { openRootOf, rootIsGone, type ContainerRoot } from '../../container/root_of.js';
import { sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { throwIfAborted } from '../aborting.js';
import { checked } from '../arguments/checked.js';
import { optionsOf } from '../arguments/options_of.js';
import { warner, type Warn } from '../warn.js';
import { setAttributes } from './attributes.js';
import { namesOf, withoutNul } from './names.js';
import { openDirectory, throughFd, type OpenDirectory } from './directory.js';
import { iterated, unreadable } from './source.js';
import { copyFailure, failedWith, notOwned, refusal } from './failure.js';
import { copyInShape, type CopyInRequest } from './request.js';
import { membersOf, type Member } from './tar/read.js';
import { writeFile } from './write_file.js';

const method = 'copyIn';
/** Each keeps a descriptor open. */
const deepest = 128;

export interface CopyIn {
  readonly reference: ContainerReference;
  readonly source: AsyncIterable<Uint8Array> | Uint8Array;
  readonly path: string;
  readonly request: CopyInRequest;
  readonly warn: Warn;
}

/** Unpacks an archive below a directory of the container. */
export async function copyIn({ reference, source, path, request, warn }: CopyIn): Promise<void> {
  const { signal, ...data } = optionsOf(method, request);
  throwIfAborted(signal);
  const options = checked({ method, value: data, shape: copyInShape });
  const bytes = source instanceof Uint8Array ? [source] : source;
  if (!Array.isArray(bytes) && typeof Reflect.get(Object(bytes) as object, Symbol.asyncIterator) !== 'function') {
    throw new RuntimeError(`${method}: the source must be bytes, a stream, or another async iterable of bytes`, {
      code: 'usage',
      phase: 'command',
      operation: method,
    });
  }
  const work = (): Promise<void> => unpack({ reference, bytes, path, options, signal, warn });
  try {
    await unlessLost({ container: reference, stopped: () => rootIsGone(method) }, work);
  } catch (error) {
    // Nobody else reads it to its end.
    if (source instanceof Readable) source.destroy();
    throw error;
  }
}

interface Unpack extends Pick<CopyIn, 'reference' | 'path' | 'warn'> {
  readonly bytes: AsyncIterable<Uint8Array> | readonly Uint8Array[];
  readonly options: CopyInRequest;
  readonly signal: AbortSignal | undefined;
}

async function unpack({ reference, bytes, path, options, signal, warn }: Unpack): Promise<void> {
  let root: ContainerRoot | undefined;
  let unpacking: Unpacking | undefined;
  try {
    root = openRootOf(method, reference);
    unpacking = new Unpacking(root, options, await openTarget(root, path));
    const members = membersOf(iterated(bytes, signal));
    for (;;) {
      const { done, value } = await members.next().catch(unreadable);
      if (done === true) break;
      try {
        await unpacking.place(value);
      } catch (error) {
        // The source is closed without what is left of it being read.
        await members.return();
        throw copyFailure({ method, path: value.path, error });
      }
    }
    const { without } = unpacking;
    if (without !== '') warner(warn)(`${method} "${path}": the file system has no extended attributes for files such as "${without}"`);
  } catch (error) {
    throw copyFailure({ method, path, error });
  } finally {
    root?.close();
    await unpacking?.close();
  }
}

/** The directory of the path, which may lead through symbolic links: they stay in the container's root. */
async function openTarget(root: ContainerRoot, path: string): Promise<OpenDirectory> {
  let fd = -1;
  try {
    fd = root.open(path);
    return await openDirectory(`${throughFd(fd)}/.`, path, method);
  } catch (error) {
    throw copyFailure({ method, path, error });
  } finally {
    if (fd >= 0) sys().close({ fd });
  }
}

interface Entered {
  readonly name: string;
  readonly directory: OpenDirectory;
}

/** The directories from the target to where the last member was placed stay open. */
class Unpacking {
  readonly #root: ContainerRoot;
  readonly #options: CopyInRequest;
  readonly #entered: Entered[];
  /** A file whose extended attributes its file system cannot have; '' for none. */
  without = '';

  constructor(root: ContainerRoot, options: CopyInRequest, target: OpenDirectory) {
    this.#root = root;
    this.#options = options;
    this.#entered = [{ name: '', directory: target }];
  }

  async close(): Promise<void> {
    while (this.#entered.length > 0) await this.#leave();
  }

  async place(member: Member): Promise<void> {
    if (member.type !== 'file' && member.type !== 'directory' && member.type !== 'symlink' && member.type !== 'link') {
      const reason = `it is a ${member.type === 'unknown' ? 'file of an unknown type' : member.type}`;
      throw refusal({ method, path: member.path, reason, hint: 'only files, directories, symbolic links and hard links are copied' });
    }
    const names = namesOf(member.path);
    const name = names.pop();
    if (name === undefined) {
      // The target is as it is.
      if (member.type === 'directory') return;
      throw refusal({ method, path: member.path, reason: 'a file has no name' });
    }
    const parent = await this.#enter(names);
    if (member.type === 'directory') await this.#makeDirectory(parent, name, member);
    else await this.#makeFile(parent, name, member);
  }

  /** Opens, or makes, one directory after the other. */
  async #enter(names: readonly string[]): Promise<Entered> {
    if (names.length > deepest) throw refusal({ method, path: names.join('/'), reason: `deeper than ${deepest} directories` });
    const common = names.findIndex((name, index) => this.#entered[index + 1]?.name !== name);
    const kept = 1 + (common < 0 ? names.length : common);
    while (this.#entered.length > kept) await this.#leave();
    for (const name of names.slice(kept - 1)) {
      const directory = await this.#makeDirectory(this.#last(), name, null);
      this.#entered.push({ name, directory });
    }
    return this.#last();
  }

  #last(): Entered {
    const last = this.#entered.at(-1);
    if (last === undefined) throw new TypeError('no directory is open');
    return last;
  }

  async #leave(): Promise<void> {
    await this.#entered.pop()?.directory.handle.close();
  }

  /** An existing directory stays as it is. Returns it open if it is one above a member, and otherwise closes it. */
  async #makeDirectory(parent: Entered, name: string, member: Member | null): Promise<OpenDirectory> {
    const path = pathIn(parent, name);
    let directory: OpenDirectory;
    try {
      directory = await openDirectory(path, name, method);
    } catch (error) {
      if (!failedWith(error, 'ENOENT')) throw error;
      const mode = this.#modeOf(member?.mode ?? 0o755);
      await this.#make(parent, name, ({ directory, name }) => {
        sys().makeAs({ directory, name, kind: 'directory', mode, ...this.#ownerOf(member) });
      });
      directory = await openDirectory(path, name, method);
      if (member !== null) this.#setAttributes(directory.handle.fd, member);
    }
    if (member !== null) await directory.handle.close();
    return directory;
  }

  async #makeFile(parent: Entered, as: string, member: Member): Promise<void> {
    await this.#make(parent, as, async (made) => {
      if (member.type === 'link') return this.#link(made, member);
      const { directory, name } = made;
      const owner = this.#ownerOf(member);
      if (member.type === 'file') return this.#write(sys().makeAs({ directory, name, kind: 'file', ...owner }), member);
      sys().makeAs({ directory, name, kind: 'symlink', target: withoutNul(member.linkPath), ...owner });
    });
  }

  /**
   * Makes a file under another name, and then gives it its name, in place of what may have it. So a process never sees half of it, and
   * nothing is opened or followed that the container may have put there.
   */
  async #make(parent: Entered, name: string, make: (made: Made) => unknown): Promise<void> {
    const { stats, handle } = parent.directory;
    // What the kernel requires of root in a user namespace (capable_wrt_inode_uidgid): this program has more rights than the container.
    if (this.#root.uids.toContainer(stats.uid) === null || this.#root.gids.toContainer(stats.gid) === null) throw notOwned(method, name);
    const made = { directory: handle.fd, name: `.tsrun-${randomUUID()}`, owner: { uid: stats.uid, gid: stats.gid } };
    const path = pathIn(parent, made.name);
    try {
      await make(made);
      sys().makeAs({ directory: handle.fd, name, kind: 'rename', from: handle.fd, target: made.name, ...made.owner });
    } catch (error) {
      throw await cleanUp(copyFailure({ method, path: name, error }), [() => discard(path)]);
    }
    // rename(2) does nothing if both names are one file.
    await discard(path);
  }

  async #write(fd: Fd, member: Member): Promise<void> {
    try {
      this.#setAttributes(fd, member);
      await writeFile(fd, { ...member, content: readable(member.content) }, this.#modeOf(member.mode));
    } finally {
      sys().close({ fd });
    }
  }

  #setAttributes(fd: Fd, { attributes, path }: Member): void {
    if (!setAttributes(fd, attributes)) this.without ||= path;
  }

  /** Another name of a file below the target. */
  async #link(made: Made, member: Member): Promise<void> {
    const names = namesOf(member.linkPath);
    const name = names.pop();
    if (name === undefined) throw refusal({ method, path: member.path, reason: 'a hard link leads to no file' });
    const opened: OpenDirectory[] = [];
    try {
      let directory = this.#entered[0]?.directory;
      for (const between of names) {
        directory = await openDirectory(`${throughFd(directory?.handle.fd ?? -1)}/${between}`, between, method);
        opened.push(directory);
      }
      const from = directory?.handle.fd ?? -1;
      sys().makeAs({ directory: made.directory, name: made.name, kind: 'link', from, target: name, ...made.owner });
    } finally {
      for (const { handle } of opened) await handle.close();
    }
    const stats = await lstat(`${throughFd(made.directory)}/${made.name}`);
    if (!stats.isFile()) throw refusal({ method, path: member.path, reason: 'a hard link leads to something that is no file' });
    if (this.#root.uids.toContainer(stats.uid) === null || this.#root.gids.toContainer(stats.gid) === null)
      throw notOwned(method, member.path);
  }

  #modeOf(mode: number): number {
    return this.#options.specialBits === true ? mode : mode & 0o777;
  }

  /** Without a member, of a directory above one: the container's root. */
  #ownerOf(member: Member | null): { readonly uid: number; readonly gid: number } {
    const wanted = this.#options.user ?? member ?? { uid: 0, gid: 0 };
    const uid = this.#root.uids.toHost(wanted.uid);
    const gid = this.#root.gids.toHost(wanted.gid);
    if (uid !== null && gid !== null) return { uid, gid };
    throw refusal({
      method,
      path: member?.path ?? '/',
      reason: `the container's user namespace does not have the ${uid === null ? `user ${wanted.uid}` : `group ${wanted.gid}`}`,
      hint: 'pass "user", or map more ids',
    });
  }
}

/** Where something is made. */
interface Made {
  readonly directory: Fd;
  readonly name: string;
  /** Of the directory: a user whom its file system has. */
  readonly owner: { readonly uid: number; readonly gid: number };
}

const pathIn = ({ directory }: Entered, name: string): string => `${throughFd(directory.handle.fd)}/${name}`;

/** What the source brings to fail with is not a failure of the container's file. */
async function* readable(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const iterator = content[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await iterator.next().catch(unreadable);
    if (done === true) return;
    yield value;
  }
}

async function discard(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (failedWith(error, 'EISDIR', 'EPERM')) await rmdir(path);
    else if (!failedWith(error, 'ENOENT', 'EROFS')) throw error;
  }
}
