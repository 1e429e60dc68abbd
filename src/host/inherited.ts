import { sys } from '../sys/call.js';
import { latin1 } from './latin1.js';

/**
 * What a child inherits from this process when it is cloned (fork(2), execve(2)) and keeps unless the configuration says otherwise, and the
 * names that a new UTS namespace starts with: as text, for comparison.
 */
export function inherited(): string {
  const { hostname, domainname } = sys().uname();
  return [hostname, domainname, read('oom_score_adj'), read('limits'), statusLines(read('status')), scheduling(read('stat'))].join('\n');
}

/**
 * The cgroups of this process in other hierarchies than that of version 2 (cgroups(7)): on a hybrid host, a child is born in them and stays
 * there. Empty on any other host.
 */
export function otherCgroups(): string {
  const lines = read('cgroup').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('0::')).join('\n');
}

function read(name: string): string {
  return latin1(sys().readBytes({ path: `/proc/self/${name}`, limit: 64 << 10 }));
}

const handedDown = /^(?:Umask|Uid|Gid|Groups|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp\w*|Cpus_allowed|Mems_allowed):.*$/gm;

function statusLines(status: string): string {
  return (status.match(handedDown) ?? []).join('\n');
}

/** Nice value, real-time priority and policy: fields 19, 40 and 41 of proc_pid_stat(5); the name in the second may hold anything. */
function scheduling(stat: string): string {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [fields[16], fields[37], fields[38]].join(' ');
}
