import { constants, type Stats } from 'node:fs';
import { open, statfs, type FileHandle } from 'node:fs/promises';
import { refusal, type CopyFailure } from './failure.js';

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
/** open(2); Node.js does not have it. */
export const O_PATH = 0o10000000;
const listing = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;

/**
 * statfs(2): file systems whose files are the kernel's state, such as the memory of processes. Also those of this program, if the container
 * shares its pid namespace.
 */
const kernelFilesystems = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x63677270, // cgroup2
  0x27e0eb, // cgroup
  0x1cd1, // devpts
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0xcafe4a11, // bpf
  0x19800202, // mqueue
  0x62656570, // configfs
  0x6165676c, // pstore
  0xde5e81e4, // efivarfs
  0xf97cff8c, // selinuxfs
  0x43415d53, // smackfs
  0x42494e4d, // binfmt_misc
  0x65735543, // fusectl
  0x6e736673, // nsfs
]);

/** The path of an open file for calls of Node.js: of the file itself, whatever has its name now. */
export const throughFd = (fd: number): string => `/proc/self/fd/${fd}`;

/** An open directory of the container. Its entries are used by their names in it, which no call follows if they are symbolic links. */
export interface OpenDirectory {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

/**
 * Opens a directory by a path that ends in one name, or in a descriptor.
 * @throws the error of Node.js; RuntimeError `unsupported` on a file system of the kernel's state
 */
export async function openDirectory(path: string, shown: string, method: CopyFailure['method']): Promise<OpenDirectory> {
  const handle = await open(path, listing);
  try {
    const stats = await handle.stat();
    if (await isKernelState(handle)) {
      throw refusal({ method, path: shown, reason: 'it is on a file system of the kernel, such as /proc', hint: 'use exec() for it' });
    }
    return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

export async function isKernelState({ fd }: FileHandle): Promise<boolean> {
  return kernelFilesystems.has((await statfs(throughFd(fd))).type);
}
