/**
 * Containers from a program on Node.js, without starting a process for the runtime. A container's init is a child of the program.
 *
 * {@link Runtime} creates containers and finds existing ones; {@link Container} is one of them. Every failure is a {@link RuntimeError}.
 * Linux only: as root, or as any user if the container has a user namespace.
 *
 * @packageDocumentation
 */
import { loadAddon } from '../sys/addon.js';
import { bindSys } from '../sys/call.js';
import { interruptible } from './interruption.js';

bindSys(interruptible(loadAddon()));

export { defineBundle, type DefinedBundle } from './bundle/define_bundle.js';
export type { BundleDefinition, BundleIds, BundleLimits, BundleUser, PresetName } from './bundle/definition.js';
export type { ConfigBlockIo } from './bundle/config/block_io.js';
export type { ConfigHook } from './bundle/config/hook.js';
export type { ConfigIdMapping } from './bundle/config/id_mapping.js';
export type { Config } from './bundle/config/index.js';
export type { ConfigLinux } from './bundle/config/linux.js';
export type { ConfigMount } from './bundle/config/mount.js';
export type { ConfigProcess } from './bundle/config/process.js';
export type { ConfigResources } from './bundle/config/resources.js';
export type { ConfigSeccomp } from './bundle/config/seccomp.js';
export { Container } from './container/container.js';
export type { Exit } from './exit.js';
export { ExecProcess, type ExecRequest } from './container/exec_process.js';
export type { CopyInRequest } from './copy/request.js';
export type { LogEntry, LoggedStream } from './logs/entries.js';
export { readLog } from './logs/read.js';
export type { LogsRequest } from './logs/request.js';
export type {
  AbortOptions,
  BundleSource,
  CheckpointContainer,
  CheckRequest,
  CreateRequest,
  DeleteContainer,
  EventsRequest,
  PlannedOperation,
  PlanRequest,
  PrewarmRequest,
  PruneContainers,
  RestoreRequest,
  RuntimeOptions,
  SignalTarget,
  SpecRequest,
  WaitRequest,
} from './requests.js';
export { Terminal } from './container/terminal/terminal.js';
export type { TerminalSize } from './container/terminal/size.js';
export type { RunInContainerRequest, RunRequest } from './run.js';
export type { RunResult, ToEndOptions } from './to_end.js';
export { Runtime } from './runtime/runtime.js';
export type { DamagedContainer } from './runtime/state_root.js';
export type { HandedFiles, OpenFile, Stdio, StreamRequest } from './stdio.js';
export type { WarmPool } from './pools/warm_pool.js';
export type { Warn, Warning } from './warn.js';
export type { ReachedLimit } from '../errors/reached_limit.js';
export { RuntimeError, type ErrorCode, type Phase, type ProgramOutput } from '../errors/runtime_error.js';
export type { CheckpointOptions, CriuSettings } from '../container/checkpoint/options.js';
export type { ContainerEvent } from '../container/events/index.js';
export type { ContainerStats } from '../container/events/stats.js';
export type {
  BlkioEntry,
  BlkioStats,
  CgroupStats,
  CpusetStats,
  CpuStats,
  HugetlbStats,
  MemoryEntry,
  MemoryStats,
  PidsStats,
  PressureEntry,
  PressureStats,
  RdmaEntry,
  RdmaStats,
  ResctrlStats,
} from '../container/events/types.js';
export type { Enabled, Features, LinuxFeatures, SeccompFeatures } from '../features/types.js';
export type { Problem } from '../spec/problem.js';
export type { ContainerState, ContainerStatus } from '../container/options.js';
export type {
  BlockIo,
  CpuResources,
  DeviceRule,
  MemoryResources,
  RdmaLimits,
  Resources,
  ThrottleDevice,
  WeightDevice,
} from '../spec/types.js';
