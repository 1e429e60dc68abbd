/** What a hostile program tries, and what the kernel answers: always an error. */
export const tricks: readonly { readonly script: string; readonly error: RegExp }[] = [
  { script: 'echo x >/etc/passwd', error: /Read-only/ },
  { script: 'ln -s /etc /tmp/etc && echo x >/tmp/etc/passwd', error: /Read-only/ },
  { script: 'ln -s /proc/1/root /tmp/root && echo x >/tmp/root/etc/passwd', error: /Read-only/ },
  { script: 'echo x >/proc/self/root/etc/passwd', error: /Read-only/ },
  { script: 'cat /proc/1/root/../../../run/tsrun', error: /No such file/ },
  { script: 'ln -s /proc/sys/kernel/core_pattern /tmp/p && echo "|/tmp/x" >/tmp/p', error: /Read-only|Permission denied/ },
  // Not every kernel has the file.
  { script: 'echo b >/proc/sysrq-trigger', error: /Read-only|Permission denied|nonexistent/ },
  { script: 'echo -1000 >/proc/self/oom_score_adj', error: /Permission denied/ },
  { script: 'cat /proc/kmsg', error: /Permission denied|Operation not permitted/ },
  { script: 'mknod /tmp/sda b 8 0', error: /Operation not permitted/ },
  { script: 'mount -t tmpfs none /tmp', error: /permission denied|Operation not permitted/ },
  { script: 'mount -o remount,rw /', error: /permission denied|Operation not permitted/ },
  { script: 'unshare -U true', error: /Operation not permitted/ },
  { script: 'chroot / true', error: /Operation not permitted/ },
  { script: 'echo max >/sys/fs/cgroup/pids.max', error: /Read-only|nonexistent|Permission denied/ },
  { script: 'mkdir /sys/fs/cgroup/mine', error: /Read-only|No such file|Permission denied/ },
  { script: 'nc 127.0.0.1 22', error: /Connection refused|Network is unreachable/ },
  { script: 'nc 192.0.2.1 80', error: /Network is unreachable/ },
];

/** Tries one after the other, and prints a line for each: its error, or that it was possible. */
export const tryAll = tricks
  .map(({ script }) => `if ( ${script} ) >/dev/null 2>/tmp/error; then echo possible; else head -n 1 /tmp/error; fi`)
  .join('\n');
