import { ioPriorityClasses } from '../names/scheduling/io_priority.js';
import { rlimitNumbers } from '../names/rlimits.js';
import { schedulerFlags, schedulerPolicies } from '../names/scheduling/scheduler.js';
import { flag, integer, listOf, nameOf, objectOf, required, text } from './shape.js';
import type { Capabilities, Process, Rlimit, Scheduler, User } from '../types.js';
import { id, uint32, uint64 } from './integers.js';

const texts = listOf(text);

/** Rows and columns of struct winsize (ioctl_tty(2)). */
const screenSize = integer(0, 2 ** 16 - 1);

/** `process` (config.md, "Process"), and the document that `exec --process` reads. */
export const processShape = objectOf<Process>({
  terminal: flag,
  consoleSize: objectOf<NonNullable<Process['consoleSize']>>({ height: required(screenSize), width: required(screenSize) }),
  user: required(objectOf<User>({ uid: required(id), gid: required(id), umask: uint32, additionalGids: listOf(id) })),
  args: texts,
  env: texts,
  cwd: required(text),
  capabilities: objectOf<Capabilities>({ bounding: texts, effective: texts, inheritable: texts, permitted: texts, ambient: texts }),
  rlimits: listOf(objectOf<Rlimit>({ type: required(nameOf(rlimitNumbers)), soft: required(uint64), hard: required(uint64) })),
  noNewPrivileges: flag,
  apparmorProfile: text,
  oomScoreAdj: integer(-1000, 1000),
  selinuxLabel: text,
  scheduler: objectOf<Scheduler>({
    policy: required(nameOf(schedulerPolicies)),
    nice: integer(-20, 19),
    priority: integer(0, 99),
    flags: listOf(nameOf(schedulerFlags)),
    runtime: uint64,
    deadline: uint64,
    period: uint64,
  }),
  ioPriority: objectOf<NonNullable<Process['ioPriority']>>({
    class: required(nameOf(ioPriorityClasses)),
    priority: required(integer(0, 7)),
  }),
  execCPUAffinity: objectOf<NonNullable<Process['execCPUAffinity']>>({ initial: text, final: text }),
});
