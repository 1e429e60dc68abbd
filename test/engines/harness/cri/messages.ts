/**
 * The fields that the tests use of the messages of the Container Runtime Interface, k8s.io/cri-api/pkg/apis/runtime/v1/api.proto. A map is
 * a list of its entries (protobuf.dev, "Encoding").
 */
import { bool, bytes, int64, message, messages, string, strings, uint32, uint64 } from '../../../../src/protobuf/message.js';

const entry = { key: string(1), value: string(2) };
/** A number that may be absent: google.protobuf.Int64Value, UInt64Value. */
const number = { value: int64(1) };

export const empty = {};
export const versionResponse = { version: string(1), runtime_name: string(2), runtime_version: string(3) };

/** The namespaces of a pod or a container: shared in the pod, the container's own, the host's, another container's. */
export const namespaceMode = { pod: 0, container: 1, node: 2, target: 3 } as const;
const idMapping = { host_id: uint32(1), container_id: uint32(2), length: uint32(3) };
const namespaceOption = {
  network: int64(1),
  pid: int64(2),
  ipc: int64(3),
  target_id: string(4),
  userns_options: message(5, { mode: int64(1), uids: messages(2, idMapping), gids: messages(3, idMapping) }),
};

export const podConfig = {
  metadata: message(1, { name: string(1), uid: string(2), namespace: string(3), attempt: uint32(4) }),
  hostname: string(2),
  log_directory: string(3),
  labels: messages(6, entry),
  annotations: messages(7, entry),
  linux: message(8, {
    cgroup_parent: string(1),
    security_context: message(2, { namespace_options: message(1, namespaceOption), privileged: bool(6) }),
    sysctls: messages(3, entry),
  }),
};
export const runPodRequest = { config: message(1, podConfig), runtime_handler: string(2) };
export const podRequest = { pod_sandbox_id: string(1) };
export const podStatusResponse = {
  status: message(1, { id: string(1), state: int64(3), network: message(5, { ip: string(1) }) }),
};

export const resources = {
  cpu_period: int64(1),
  cpu_quota: int64(2),
  cpu_shares: int64(3),
  memory_limit_in_bytes: int64(4),
  oom_score_adj: int64(5),
};
export const containerConfig = {
  metadata: message(1, { name: string(1), attempt: uint32(2) }),
  image: message(2, { image: string(1) }),
  command: strings(3),
  args: strings(4),
  working_dir: string(5),
  envs: messages(6, entry),
  mounts: messages(7, { container_path: string(1), host_path: string(2), readonly: bool(3) }),
  log_path: string(11),
  stdin: bool(12),
  stdin_once: bool(13),
  tty: bool(14),
  linux: message(15, {
    resources: message(1, resources),
    security_context: message(2, {
      capabilities: message(1, { add: strings(1), drop: strings(2) }),
      privileged: bool(2),
      namespace_options: message(3, namespaceOption),
      run_as_user: message(5, number),
      readonly_rootfs: bool(7),
      supplemental_groups: bytes(8),
      no_new_privs: bool(11),
      run_as_group: message(12, number),
    }),
  }),
};
export const createRequest = { pod_sandbox_id: string(1), config: message(2, containerConfig), sandbox_config: message(3, podConfig) };
export const containerRequest = { container_id: string(1) };
export const stopRequest = { container_id: string(1), timeout: int64(2) };

/** The states of a container, by their numbers. */
export const containerStates = ['created', 'running', 'exited', 'unknown'] as const;
export const containerStatusResponse = {
  status: message(1, {
    id: string(1),
    state: int64(3),
    started_at: int64(5),
    finished_at: int64(6),
    exit_code: int64(7),
    reason: string(10),
    message: string(11),
  }),
};
export const listContainersResponse = { containers: messages(1, { id: string(1), pod_sandbox_id: string(2), state: int64(6) }) };
export const listPodsResponse = { items: messages(1, { id: string(1), state: int64(3) }) };

export const updateRequest = { container_id: string(1), linux: message(2, resources) };

export const execSyncRequest = { container_id: string(1), cmd: strings(2), timeout: int64(3) };
export const execSyncResponse = { stdout: bytes(1), stderr: bytes(2), exit_code: int64(3) };
export const execRequest = { container_id: string(1), cmd: strings(2), tty: bool(3), stdin: bool(4), stdout: bool(5), stderr: bool(6) };
export const attachRequest = { container_id: string(1), stdin: bool(2), tty: bool(3), stdout: bool(4), stderr: bool(5) };
/** The ports are packed. */
export const forwardRequest = { pod_sandbox_id: string(1), port: bytes(2) };
export const urlResponse = { url: string(1) };

const stats = {
  attributes: message(1, { id: string(1) }),
  cpu: message(2, { timestamp: int64(1), usage_core_nano_seconds: message(2, { value: uint64(1) }) }),
  memory: message(3, { timestamp: int64(1), working_set_bytes: message(2, { value: uint64(1) }) }),
};
export const statsResponse = { stats: message(1, stats) };
export const listStatsResponse = { stats: messages(1, stats) };
export const podStatsResponse = {
  stats: message(1, {
    attributes: message(1, { id: string(1) }),
    linux: message(2, { process: message(4, { process_count: message(2, { value: uint64(1) }) }), containers: messages(5, stats) }),
  }),
};
