import { isSystemError, sys } from '../../sys/call.js';
import type { Fd } from '../../sys/contract.js';
import { throughFd } from './directory.js';
import { refusal } from './failure.js';
import type { Attributes } from './tar/member.js';

/** Of one file, with their names. More would not fit into a header that copyIn, or GNU tar, reads. */
const mostBytes = 512 << 10;

/**
 * The extended attributes of an open file that are copied: those of the namespace `user`, which mean nothing to the kernel. File
 * capabilities (`security.capability`) give rights, and depend on the user namespace that they were set in; `trusted` is for root of the
 * host.
 *
 * @throws RuntimeError `unsupported` if they are too long
 */
export function attributesOf(fd: Fd, shown: string): Attributes {
  const path = throughFd(fd);
  const attributes = new Map<string, Uint8Array>();
  let size = 0;
  for (const name of sys().userAttributeNames({ path })) {
    const value = sys().userAttribute({ path, name });
    if (value === null) continue;
    size += name.length + value.length;
    if (size > mostBytes) throw refusal({ method: 'copyOut', path: shown, reason: `more than ${mostBytes} bytes of extended attributes` });
    attributes.set(name, value);
  }
  return attributes;
}

/**
 * Sets the attributes of a new file.
 * @returns false if its file system has none
 */
export function setAttributes(fd: Fd, attributes: Attributes): boolean {
  try {
    for (const [name, value] of attributes) sys().setUserAttribute({ fd, name, value });
  } catch (error) {
    if (isSystemError(error, 'ENOTSUP', 'EOPNOTSUPP')) return false;
    throw error;
  }
  return true;
}
