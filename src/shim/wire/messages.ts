/**
 * The messages of containerd's shim API (api/runtime/task/v3/shim.proto, api/types/, api/events/, ttrpc's request and response), field by
 * field. Services v2 and v3 have the same messages. Field numbers never change; containerd and tsrun skip unknown fields.
 */
import { bool, bytes, int64, message, messages, string, strings, uint32, type Message } from '../../protobuf/message.js';

/** google.protobuf.Any. */
export const any = { type_url: string(1), value: bytes(2) };
/** An Any whose value is text: JSON documents of the runtime specification. */
export const textAny = { type_url: string(1), value: string(2) };
/** google.protobuf.Timestamp. */
export const timestamp = { seconds: int64(1), nanos: int64(2) };
export const empty = {};

/** ttrpc. */
export const keyValue = { key: string(1), value: string(2) };
export const request = {
  service: string(1),
  method: string(2),
  payload: bytes(3),
  timeout_nano: int64(4),
  metadata: messages(5, keyValue),
};
export const status = { code: int64(1), message: string(2) };
export const response = { status: message(1, status), payload: bytes(2) };

export const mount = { type: string(1), source: string(2), target: string(3), options: strings(4) };

export const createTaskRequest = {
  id: string(1),
  bundle: string(2),
  rootfs: messages(3, mount),
  terminal: bool(4),
  stdin: string(5),
  stdout: string(6),
  stderr: string(7),
  checkpoint: string(8),
  parent_checkpoint: string(9),
  options: message(10, any),
};
export const pidResponse = { pid: uint32(1) };

/** State, Start, Delete, Wait. */
export const processRequest = { id: string(1), exec_id: string(2) };
/** Pids, Pause, Resume, Stats, Connect, Shutdown. */
export const containerRequest = { id: string(1) };
export const deleteResponse = { pid: uint32(1), exit_status: uint32(2), exited_at: message(3, timestamp) };

export const execProcessRequest = {
  id: string(1),
  exec_id: string(2),
  terminal: bool(3),
  stdin: string(4),
  stdout: string(5),
  stderr: string(6),
  spec: message(7, textAny),
};

export const resizePtyRequest = { id: string(1), exec_id: string(2), width: uint32(3), height: uint32(4) };

/** containerd.v1.types.Status. */
export const taskStatus = { unknown: 0, created: 1, running: 2, stopped: 3, paused: 4 } as const;

export const stateResponse = {
  id: string(1),
  bundle: string(2),
  pid: uint32(3),
  status: uint32(4),
  stdin: string(5),
  stdout: string(6),
  stderr: string(7),
  terminal: bool(8),
  exit_status: uint32(9),
  exited_at: message(10, timestamp),
  exec_id: string(11),
};

export const killRequest = { id: string(1), exec_id: string(2), signal: uint32(3), all: bool(4) };
export const closeIoRequest = { id: string(1), exec_id: string(2), stdin: bool(3) };

export const processInfo = { pid: uint32(1), info: message(2, any) };
export const pidsResponse = { processes: messages(1, processInfo) };
/** containerd.runc.v1.ProcessDetails. */
export const processDetails = { exec_id: string(1) };

export const updateTaskRequest = { id: string(1), resources: message(2, textAny) };
export const waitResponse = { exit_status: uint32(1), exited_at: message(2, timestamp) };
export const statsResponse = { stats: message(1, any) };
export const connectResponse = { shim_pid: uint32(1), task_pid: uint32(2), version: string(3) };

export const checkpointTaskRequest = { id: string(1), path: string(2), options: message(3, any) };
/** containerd.runc.v1.CheckpointOptions. */
export const checkpointOptions = {
  exit: bool(1),
  open_tcp: bool(2),
  external_unix_sockets: bool(3),
  terminal: bool(4),
  file_locks: bool(5),
  empty_namespaces: strings(6),
  cgroups_mode: string(7),
  image_path: string(8),
  work_path: string(9),
};

/** containerd.runc.v1.Options. */
export const runcOptions = {
  no_pivot_root: bool(1),
  no_new_keyring: bool(2),
  shim_cgroup: string(3),
  io_uid: uint32(4),
  io_gid: uint32(5),
  binary_name: string(6),
  root: string(7),
  systemd_cgroup: bool(9),
};
export type RuncOptions = Message<typeof runcOptions>;

/** containerd.runtime.bootstrap: what containerd 2.3 writes to standard input of `start`. */
export const bootstrapParams = {
  instance_id: string(1),
  namespace: string(2),
  log_level: int64(3),
  containerd_version: string(4),
  containerd_ttrpc_address: string(5),
  containerd_grpc_address: string(6),
  containerd_binary: string(7),
  extensions: messages(8, { value: message(1, any) }),
  socket_dir: string(9),
};

/** What `-info` prints. */
export const runtimeVersion = { version: string(1), revision: string(2) };
export const runtimeInfo = {
  name: string(1),
  version: message(2, runtimeVersion),
  options: message(3, any),
  features: message(4, textAny),
};
