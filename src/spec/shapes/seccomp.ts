import { seccompActions, seccompArchitectures, seccompFlags, seccompOperators } from '../names/seccomp.js';
import { integer, listOf, nameOf, objectOf, required, text } from './shape.js';
import type { Seccomp, SeccompArgument, SeccompSyscall } from '../types.js';
import { uint64 } from './integers.js';

const action = nameOf(seccompActions);

/** What fits in SECCOMP_RET_DATA, the low 16 bits of an action. */
const returnData = integer(0, 2 ** 16 - 1);

/** A system call has six arguments. */
const argument = objectOf<SeccompArgument>({
  index: required(integer(0, 5)),
  value: required(uint64),
  valueTwo: uint64,
  op: required(nameOf(seccompOperators)),
});

/** `linux.seccomp` (config-linux.md, "Seccomp"). */
export const seccompShape = objectOf<Seccomp>({
  defaultAction: required(action),
  defaultErrnoRet: returnData,
  architectures: listOf(nameOf(seccompArchitectures)),
  flags: listOf(nameOf(seccompFlags)),
  listenerPath: text,
  listenerMetadata: text,
  syscalls: listOf(
    objectOf<SeccompSyscall>({ names: required(listOf(text)), action: required(action), errnoRet: returnData, args: listOf(argument) }),
  ),
});
