/**
 * What is used of CRIU's RPC (https://criu.org/RPC; images/rpc.proto of CRIU), field by field. Field numbers never change. It is proto2,
 * which tells a field that is 0 from one that is absent, so numbers are written whenever they are given.
 */
import {
  bool,
  int64,
  message,
  messages,
  string,
  strings,
  uint32,
  type Field,
  type Message,
  type Partially,
} from '../../../protobuf/message.js';

const number = (index: number): Field<number> => ({
  ...int64(index),
  write: (writer, value) => {
    writer.number(index, value);
  },
});
const text = (index: number): Field<string> => ({
  ...string(index),
  write: (writer, value) => {
    writer.text(index, value);
  },
});

export const requestType = { dump: 1, restore: 2, preDump: 4, notify: 6, featureCheck: 9, version: 10 } as const;

const pageServer = { address: string(1), port: number(2) };
const externalMount = { key: text(1), val: text(2) };
const cgroupRoot = { ctrl: text(1), path: text(2) };
const inheritedDescriptor = { key: text(1), fd: number(2) };
const joinedNamespace = { ns: text(1), ns_file: text(2) };

export const criuOptions = {
  /** Descriptors of directories are numbers of the program at the other end of the socket, which CRIU opens by /proc. */
  images_dir_fd: number(1),
  pid: number(2),
  leave_running: bool(3),
  ext_unix_sk: bool(4),
  tcp_established: bool(5),
  evasive_devices: bool(6),
  shell_job: bool(7),
  file_locks: bool(8),
  log_level: number(9),
  log_file: string(10),
  ps: message(11, pageServer),
  notify_scripts: bool(12),
  root: string(13),
  parent_img: string(14),
  track_mem: bool(15),
  auto_dedup: bool(16),
  work_dir_fd: number(17),
  link_remap: bool(18),
  ext_mnt: messages(23, externalMount),
  manage_cgroups: bool(24),
  cg_root: messages(25, cgroupRoot),
  rst_sibling: bool(26),
  inherit_fd: messages(27, inheritedDescriptor),
  manage_cgroups_mode: number(34),
  external: strings(37),
  empty_ns: uint32(38),
  join_ns: messages(39, joinedNamespace),
  cgroup_dump_controller: strings(43),
  freeze_cgroup: string(44),
  tcp_skip_in_flight: bool(46),
  lazy_pages: bool(48),
  orphan_pts_master: bool(50),
  config_file: string(51),
  tcp_close: bool(52),
  lsm_profile: string(53),
  lsm_mount_context: string(63),
  network_lock: number(64),
};
export type CriuOptions = Partially<typeof criuOptions>;

export const features = { mem_track: bool(1), lazy_pages: bool(2) };
export type Features = Message<typeof features>;

export const criuRequest = {
  type: number(1),
  opts: message(2, criuOptions),
  notify_success: bool(3),
  keep_open: bool(4),
  features: message(5, features),
};
export type CriuRequest = Partially<typeof criuRequest>;

const restored = { pid: number(1) };
const notification = { script: string(1), pid: number(2) };
export type Notification = Partially<typeof notification>;
const version = { major_number: number(1), minor_number: number(2), sublevel: number(4) };

export const criuResponse = {
  type: number(1),
  success: bool(2),
  restore: message(4, restored),
  notify: message(5, notification),
  cr_errno: number(7),
  features: message(8, features),
  cr_errmsg: string(9),
  version: message(10, version),
};
export type CriuResponse = Message<typeof criuResponse>;
