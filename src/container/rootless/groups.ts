import { sys } from '../../sys/call.js';

/**
 * Whether the user namespace of a process denies setgroups(2), as it does where a user has mapped only the own group (user_namespaces(7)).
 */
export function deniesGroups(pid: number): boolean {
  return (
    sys()
      .readText({ path: `/proc/${pid}/setgroups`, limit: 16 })
      .trim() === 'deny'
  );
}
