import { sys } from '../sys/call.js';

/**
 * Where to keep what can be created again, best first: the caller's directory of the XDG Base Directory Specification if there is one,
 * otherwise the machine's (hier(7)), or, for root of a user namespace, who may not write there, the one in the caller's home.
 */
export function cacheDirectories(): readonly string[] {
  const own = sys().variable({ name: 'XDG_CACHE_HOME' }) ?? '';
  // The specification says that relative paths are ignored.
  if (own.startsWith('/')) return [`${own}/tsrun`];
  const home = sys().variable({ name: 'HOME' }) ?? '';
  return ['/var/cache/tsrun', ...(home.startsWith('/') ? [`${home}/.cache/tsrun`] : [])];
}
