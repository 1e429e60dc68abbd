/**
 * What /proc/PID/ns/user leads to in the initial user namespace: PROC_USER_INIT_INO of the kernel. A test of uid_map would be fooled by an
 * identity map.
 */
export const initialUserNamespace = 'user:[4026531837]';
