import { sys } from '../sys/call.js';

/**
 * Where what can be made again is kept, the best place first: in that of the XDG Base Directory Specification, if the caller has one, else in the machine's (hier(7)), or,
 * for a root of a user namespace, who may not write there, in that of the caller's home.
 */
export function cacheDirectories(): readonly string[] {
  const own = sys().variable({ name: 'XDG_CACHE_HOME' }) ?? '';
  // The specification has relative paths ignored.
  if (own.startsWith('/')) return [`${own}/tsrun`];
  const home = sys().variable({ name: 'HOME' }) ?? '';
  return ['/var/cache/tsrun', ...(home.startsWith('/') ? [`${home}/.cache/tsrun`] : [])];
}
