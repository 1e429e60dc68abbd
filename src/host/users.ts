import { sys, isSystemError } from '../sys/call.js';

/** Returns the name of a user of the host, or the number as text if /etc/passwd does not have it. */
export function userName(uid: number): string {
  if (uid === 0) return 'root';
  try {
    return nameIn(sys().readText({ path: '/etc/passwd', limit: 16 << 20 }), uid) ?? String(uid);
  } catch (error) {
    // Without /etc/passwd, or if it is not UTF-8, the number says as much.
    if (isSystemError(error)) return String(uid);
    throw error;
  }
}

/** passwd(5): name, password, uid, ... separated by colons. */
export function nameIn(passwd: string, uid: number): string | undefined {
  for (const line of passwd.split('\n')) {
    const [name, , number] = line.split(':');
    if (name !== undefined && name !== '' && number === String(uid)) return name;
  }
  return undefined;
}
